//! `godwit access …`

use super::Context;
use crate::args::{AccessExport, Output};
use crate::clock;
use crate::console::{look, print, print_json};
use crate::errors::{Error, Exit, Outcome, reason};
use crate::render::{Credential, credentials};
use godwit_common::time::Time;
use godwit_transport::{Access, Role, access};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes a credential as one file.
pub(super) fn export(context: &Context, arguments: &AccessExport) -> Outcome {
    let directory = context.cluster.directory()?;
    let text = access::export(directory, arguments.role.into()).map_err(Error::infrastructure)?;
    match &arguments.output {
        None => print(&text)?,
        Some(path) => write_private(path, &text)?,
    }
    Ok(Exit::Success)
}

/// Writes a file that only its owner can read, and that was not there before: an older one may be readable by others.
fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        let problem = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "there is a file of that name; remove it first".to_owned(),
            _ => reason(&error),
        };
        Error::usage(format!("cannot write the credential to {}: {problem}", path.display()))
    })
}

/// Lists the credentials of the access directory.
pub(super) fn list(context: &Context, output: Output) -> Outcome {
    let directory = context.cluster.directory()?;
    let mut list = Vec::new();
    for role in Role::ALL {
        let found = Access::load(directory, role).map_err(Error::infrastructure)?;
        list.push(credential(&found));
    }
    match output {
        Output::Json => print_json(&list)?,
        Output::Quiet => print(&list.iter().map(|found| format!("{}\n", found.role)).collect::<String>())?,
        Output::Table => print(&credentials(&list, clock::now(), look()))?,
    }
    Ok(Exit::Success)
}

fn credential(access: &Access) -> Credential {
    Credential {
        role: access.role().to_string(),
        cluster: access.cluster().to_string(),
        expires: Time(u64::try_from(access.expires().as_microsecond()).unwrap_or_default()),
    }
}

//! A credential as one file, for machines that do not share the access directory.

use crate::access::credential::Texts;
use crate::access::{AUTHORITY_FILE, Access, credential_path, files, read_announcement};
use crate::error::Error;
use crate::hello::Role;
use godwit_common::ids::Token;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// Goes up when the file's shape changes.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exported {
    godwit_access: u32,
    cluster: String,
    role: Role,
    /// Where the coordinator was at that time; a hint.
    addresses: Vec<String>,
    authority: String,
    credential: String,
}

/// The text of a file that holds the credential of `role`: with it, and nothing else, a machine can take part in that
/// role. It contains a private key; [`Access::from_file`] insists that only its owner can read it.
///
/// # Errors
/// As [`Access::load`].
pub fn export(directory: &Path, role: Role) -> Result<String, Error> {
    let access = Access::load(directory, role)?;
    let read = |path: &Path| files::read(path)?.ok_or_else(|| Error::NoAccess { path: directory.to_owned() });
    let exported = Exported {
        godwit_access: FORMAT,
        cluster: access.cluster().to_string(),
        role,
        addresses: read_announcement(directory)?.map(|found| found.addresses).unwrap_or_default(),
        authority: read(&directory.join(AUTHORITY_FILE))?,
        credential: read(&credential_path(directory, role))?,
    };
    let text = serde_json::to_string_pretty(&exported)
        .map_err(|error| Error::file("export", directory, io::Error::other(error)))?;
    Ok(text + "\n")
}

pub(crate) fn load(path: &Path) -> Result<Access, Error> {
    let text = files::read(path)?.ok_or_else(|| Error::file("read", path, io::ErrorKind::NotFound.into()))?;
    let exported: Exported = serde_json::from_str(&text).map_err(|_| {
        let problem =
            "it is not a whole file that 'godwit access export' of this version wrote; export it again";
        Error::credential(path, problem)
    })?;
    if exported.godwit_access != FORMAT {
        let found = exported.godwit_access;
        let problem =
            format!("it has format {found} but this version reads format {FORMAT}; export it again");
        return Err(Error::credential(path, problem));
    }
    let texts = Texts { origin: path, authority: &exported.authority, credential: &exported.credential };
    let access = Access::new(&texts)?.with_addresses(exported.addresses);
    access.require(exported.role)?;
    if access.cluster() != parse_cluster(path, &exported.cluster)? {
        return Err(Error::credential(path, "its parts are of different clusters; export it again"));
    }
    Ok(access)
}

fn parse_cluster(path: &Path, text: &str) -> Result<Token, Error> {
    u128::from_str_radix(text, 16)
        .map(Token)
        .map_err(|_| Error::credential(path, "its cluster is not written in hexadecimal; export it again"))
}

//! A credential as one file, for machines that do not share the access directory.
//!
//! A coordinator's file has everything: the credentials of all roles, and the authority's key if it is there. From it
//! another machine makes an access directory of its own, so that a coordinator can go on there.

use crate::access::credential::{Texts, certificate_in};
use crate::access::{
    AUTHORITY_FILE, AUTHORITY_KEY_FILE, Access, MAKING_LOCK_FILE, credential_path, files, read_announcement,
};
use crate::error::Error;
use crate::hello::Role;
use godwit_common::ids::Token;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
    /// Of a coordinator: the credentials of the other roles, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    others: BTreeMap<String, String>,
    /// Of a coordinator: the authority's key, with which credentials are renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authority_key: Option<String>,
}

/// The text of a file that holds the credential of `role`: with it, and nothing else, a machine can take part in that
/// role. It contains a private key; [`Access::from_file`] insists that only its owner can read it. The file of a
/// coordinator can make a whole access directory, see [`import`].
///
/// # Errors
/// As [`Access::load`].
pub fn export(directory: &Path, role: Role) -> Result<String, Error> {
    let access = Access::load(directory, role)?;
    let read = |path: &Path| files::read(path)?.ok_or_else(|| Error::NoAccess { path: directory.to_owned() });
    let mut others = BTreeMap::new();
    let mut authority_key = None;
    if role == Role::Coordinator {
        authority_key = files::read(&directory.join(AUTHORITY_KEY_FILE))?;
        for other in Role::ALL.into_iter().filter(|other| *other != role) {
            let text = files::read(&credential_path(directory, other))?;
            others.extend(text.map(|text| (other.to_string(), text)));
        }
    }
    let exported = Exported {
        godwit_access: FORMAT,
        cluster: access.cluster().to_string(),
        role,
        addresses: read_announcement(directory)?.map(|found| found.addresses).unwrap_or_default(),
        authority: read(&directory.join(AUTHORITY_FILE))?,
        credential: read(&credential_path(directory, role))?,
        others,
        authority_key,
    };
    let text = serde_json::to_string_pretty(&exported)
        .map_err(|error| Error::file("export", directory, io::Error::other(error)))?;
    Ok(text + "\n")
}

pub(crate) fn load(path: &Path) -> Result<Access, Error> {
    let exported = parse(path)?;
    let texts = Texts { origin: path, authority: &exported.authority, credential: &exported.credential };
    let access = Access::new(&texts)?.with_addresses(exported.addresses);
    access.require(exported.role)?;
    if access.cluster() != parse_cluster(path, &exported.cluster)? {
        return Err(Error::credential(path, "its parts are of different clusters; export it again"));
    }
    Ok(access)
}

/// Makes an access directory from the file of a coordinator. What is there of the same cluster stays as it is.
///
/// # Errors
/// [`Error::Credential`] if the file is not a coordinator's, is damaged, or is of another cluster than the directory;
/// otherwise as [`create_or_load`](crate::access::create_or_load).
pub fn import(file: &Path, directory: &Path) -> Result<(), Error> {
    let access = load(file)?;
    access.require(Role::Coordinator)?;
    let exported = parse(file)?;
    files::create_directory(directory)?;
    let path = directory.join(MAKING_LOCK_FILE);
    let making = files::open_lock(&path)?;
    making.lock().map_err(|source| Error::file("lock", &path, source))?;
    let authority = directory.join(AUTHORITY_FILE);
    if let Some(text) = files::read(&authority)?
        && certificate_in(&authority, &text)?.1.cluster != access.cluster()
    {
        let place = directory.display();
        let problem = format!(
            "it is of another cluster than the access directory {place}; name another with --cluster"
        );
        return Err(Error::credential(file, problem));
    }
    let write_missing = |path: &Path, text: &str| match files::read(path)? {
        Some(_) => Ok(()),
        None => files::write(path, text),
    };
    if let Some(key) = &exported.authority_key {
        write_missing(&directory.join(AUTHORITY_KEY_FILE), key)?;
    }
    write_missing(&credential_path(directory, Role::Coordinator), &exported.credential)?;
    for role in Role::ALL {
        if let Some(credential) = exported.others.get(role.name()) {
            write_missing(&credential_path(directory, role), credential)?;
        }
    }
    // Its presence says that everything is there.
    write_missing(&authority, &exported.authority)
}

fn parse(path: &Path) -> Result<Exported, Error> {
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
    Ok(exported)
}

fn parse_cluster(path: &Path, text: &str) -> Result<Token, Error> {
    u128::from_str_radix(text, 16)
        .map(Token)
        .map_err(|_| Error::credential(path, "its cluster is not written in hexadecimal; export it again"))
}

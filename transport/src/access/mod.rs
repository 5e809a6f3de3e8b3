//! The access directory: who belongs to a cluster. Whoever can read it can take part; nobody else can.
//!
//! ```text
//! ca.pem                  the cluster authority's certificate
//! ca-key.pem              its key; may be kept elsewhere, then nothing is renewed
//! <role>.pem              the credential of each role: certificate and key
//! coordinator.json        where the coordinator is          (announcement)
//! coordinator.lock        held by the running coordinator   (lock)
//! access.lock             held while the above are made
//! ```
//!
//! Where the directory is, is the caller's business; so is telling people that a credential will soon expire.

mod announcement;
mod authority;
mod certificate;
mod credential;
mod exported;
mod files;
mod lock;

pub use announcement::{Announcement, announce, read_announcement, withdraw};
#[cfg(test)]
pub(crate) use authority::Authority;
pub(crate) use authority::COORDINATOR_NAME;
#[cfg(test)]
pub(crate) use certificate::Validity;
pub(crate) use certificate::{Holder, read as read_certificate};
pub use credential::Access;
pub use exported::{export, import};
pub use lock::{Lock, lock};

use crate::error::Error;
use crate::hello::Role;
use authority::{Authority as Issuing, RENEWAL_DAYS};
use credential::certificate_in;
use godwit_common::ids::Token;
use jiff::Timestamp;
use std::path::{Path, PathBuf};

const AUTHORITY_FILE: &str = "ca.pem";
const AUTHORITY_KEY_FILE: &str = "ca-key.pem";
const MAKING_LOCK_FILE: &str = "access.lock";

/// Makes what is missing in the access directory, renews what expires within 90 days, and loads the coordinator's
/// credential. Two processes that do this at once agree on one cluster.
///
/// # Errors
/// [`Error::Exposed`] if others can get at the keys, [`Error::Credential`] if what is there is damaged,
/// [`Error::File`] if something cannot be read or written.
pub fn create_or_load(directory: &Path) -> Result<Access, Error> {
    files::create_directory(directory)?;
    let path = directory.join(MAKING_LOCK_FILE);
    let making = files::open_lock(&path)?;
    making.lock().map_err(|source| Error::file("lock", &path, source))?;
    let authority = create_or_load_authority(directory)?;
    for role in Role::ALL {
        issue_if_needed(directory, &authority, role)?;
    }
    Access::load(directory, Role::Coordinator)
}

/// The cluster's authority, as far as this directory has it.
struct Found {
    cluster: Token,
    key: Option<Issuing>,
}

fn create_or_load_authority(directory: &Path) -> Result<Found, Error> {
    let path = directory.join(AUTHORITY_FILE);
    let key_path = directory.join(AUTHORITY_KEY_FILE);
    let Some(text) = files::read(&path)? else {
        return create_authority(&path, &key_path);
    };
    let (_, facts) = certificate_in(&path, &text)?;
    let key = match files::read(&key_path)? {
        Some(key) => Some(
            Issuing::load(facts.cluster, facts.validity, &key)
                .map_err(|error| Error::credential(&key_path, error.to_string()))?,
        ),
        None => None,
    };
    Ok(Found { cluster: facts.cluster, key })
}

/// Writes the key before the certificate: the certificate's presence says that both are complete.
fn create_authority(path: &Path, key_path: &Path) -> Result<Found, Error> {
    let failed =
        |error: &dyn std::fmt::Display| Error::credential(path, format!("it cannot be made: {error}"));
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| failed(&error))?;
    let cluster = Token(u128::from_le_bytes(random));
    let (authority, made) = Issuing::create(cluster, Timestamp::now()).map_err(|error| failed(&error))?;
    files::write(key_path, &made.key)?;
    files::write(path, &made.certificate)?;
    Ok(Found { cluster, key: Some(authority) })
}

fn issue_if_needed(directory: &Path, found: &Found, role: Role) -> Result<(), Error> {
    let path = credential_path(directory, role);
    let present = match files::read(&path)? {
        Some(text) => {
            let (_, facts) = certificate_in(&path, &text)?;
            // A credential of another cluster is left over from an authority that was removed.
            Some(facts.validity.not_after).filter(|_| facts.cluster == found.cluster)
        }
        None => None,
    };
    let now = Timestamp::now();
    let Some(authority) = &found.key else {
        return Ok(());
    };
    if present.is_some_and(|not_after| days_between(now, not_after) >= RENEWAL_DAYS) {
        return Ok(());
    }
    let credential = authority
        .issue(role, now)
        .map_err(|error| Error::credential(&path, format!("it cannot be made: {error}")))?;
    files::write(&path, &credential)
}

fn credential_path(directory: &Path, role: Role) -> PathBuf {
    directory.join(format!("{role}.pem"))
}

/// Whole days from `start` to `end`, negative if it is past.
fn days_between(start: Timestamp, end: Timestamp) -> i64 {
    end.duration_since(start).as_secs().div_euclid(24 * 60 * 60)
}

//! One credential, ready for use: the authority to trust, and the certificate and key to show.

use crate::access::certificate::{self, Facts, Holder, MAKE_ANEW, Validity};
use crate::access::{AUTHORITY_FILE, credential_path, days_between, exported, files};
use crate::error::Error;
use crate::hello::Role;
use godwit_common::ids::Token;
use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;
use std::path::{Path, PathBuf};

/// What a process needs to take part in a cluster in one role.
pub struct Access {
    pub(crate) authority: CertificateDer<'static>,
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) key: PrivateKeyDer<'static>,
    origin: PathBuf,
    cluster: Token,
    role: Role,
    validity: Validity,
    addresses: Vec<String>,
}

/// A credential's texts, and where they are from.
pub(crate) struct Texts<'a> {
    /// For error messages.
    pub(crate) origin: &'a Path,
    /// The authority's certificate in PEM.
    pub(crate) authority: &'a str,
    /// Certificate and key in PEM.
    pub(crate) credential: &'a str,
}

impl Access {
    /// Loads the credential of `role` from an access directory.
    ///
    /// # Errors
    /// [`Error::NoAccess`] if there is none, [`Error::Exposed`] if others can get at the keys,
    /// [`Error::Credential`] if it is damaged. Whether it has expired is looked at when it is used.
    pub fn load(directory: &Path, role: Role) -> Result<Access, Error> {
        files::check_directory(directory)?;
        let missing = || Error::NoAccess { path: directory.to_owned() };
        let authority = files::read(&directory.join(AUTHORITY_FILE))?.ok_or_else(missing)?;
        let path = credential_path(directory, role);
        let credential = files::read(&path)?.ok_or_else(|| {
            Error::credential(
                &path,
                "there is none; start a coordinator with this access directory to have it made",
            )
        })?;
        let access = Access::new(&Texts { origin: &path, authority: &authority, credential: &credential })?;
        access.require(role)?;
        Ok(access)
    }

    /// Loads a credential that [`export`](crate::access::export) wrote.
    ///
    /// # Errors
    /// As [`Access::load`].
    pub fn from_file(path: &Path) -> Result<Access, Error> {
        exported::load(path)
    }

    pub(crate) fn new(texts: &Texts<'_>) -> Result<Access, Error> {
        let origin = texts.origin;
        let (authority, signer) = certificate_in(origin, texts.authority)?;
        let (certificate, facts) = certificate_in(origin, texts.credential)?;
        let key = PrivateKeyDer::from_pem_slice(texts.credential.as_bytes())
            .map_err(|_| Error::credential(origin, format!("its key is damaged or missing; {MAKE_ANEW}")))?;
        let Holder::Role(role) = facts.holder else {
            return Err(Error::credential(origin, "it is an authority's; a credential of a role is needed"));
        };
        if signer.holder != Holder::Authority || signer.cluster != facts.cluster {
            return Err(Error::credential(
                origin,
                format!("it is of another cluster than the authority beside it; {MAKE_ANEW}"),
            ));
        }
        let validity = Validity {
            not_before: facts.validity.not_before.max(signer.validity.not_before),
            not_after: facts.validity.not_after.min(signer.validity.not_after),
        };
        let (origin, addresses) = (origin.to_owned(), Vec::new());
        Ok(Access { authority, certificate, key, origin, cluster: facts.cluster, role, validity, addresses })
    }

    pub(crate) fn with_addresses(self, addresses: Vec<String>) -> Access {
        Access { addresses, ..self }
    }

    /// The cluster, as it stands in every certificate.
    pub fn cluster(&self) -> Token {
        self.cluster
    }

    /// The role that the credential is for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Where the coordinator was when the credential was exported; empty for an access directory.
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// When the credential expires.
    pub fn expires(&self) -> Timestamp {
        self.validity.not_after
    }

    /// Whole days until the credential expires, by this machine's clock.
    pub fn days_left(&self) -> i64 {
        days_between(Timestamp::now(), self.expires())
    }

    /// Refuses to go on with a credential of another role.
    ///
    /// # Errors
    /// [`Error::Credential`] says how to get the right one.
    pub fn require(&self, role: Role) -> Result<(), Error> {
        if self.role == role {
            return Ok(());
        }
        let found = self.role;
        Err(Error::credential(
            &self.origin,
            format!(
                "it is a {found}'s but a {role}'s is needed; make one with 'godwit access export --role {role}'"
            ),
        ))
    }

    /// Refuses to go on with a credential that is out of date, before a peer does so in fewer words.
    pub(crate) fn require_valid(&self, now: Timestamp) -> Result<(), Error> {
        let Validity { not_before, not_after } = self.validity;
        if now > not_after {
            let problem = format!(
                "it expired at {not_after}; start the coordinator again, which renews it, \
                 and export it again for machines that do not share the access directory"
            );
            return Err(Error::credential(&self.origin, problem));
        }
        if now < not_before {
            let problem =
                format!("it is valid from {not_before} but the clock here says {now:.0}; set the clock");
            return Err(Error::credential(&self.origin, problem));
        }
        Ok(())
    }
}

#[cfg(test)]
impl Access {
    /// Uses the credential whatever its validity and role, as a peer would whose clock is wrong or who means ill.
    pub(crate) fn pretend(self, role: Role) -> Access {
        let validity = Validity { not_before: Timestamp::MIN, not_after: Timestamp::MAX };
        Access { role, validity, ..self }
    }
}

/// The first certificate in a PEM text, and what it says.
pub(crate) fn certificate_in(path: &Path, text: &str) -> Result<(CertificateDer<'static>, Facts), Error> {
    let der = CertificateDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        Error::credential(path, format!("its certificate is damaged or missing; {MAKE_ANEW}"))
    })?;
    let facts = certificate::read(&der).map_err(|problem| Error::credential(path, problem))?;
    Ok((der, facts))
}

/// Shows everything but the key.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("origin", &self.origin)
            .field("cluster", &self.cluster)
            .field("role", &self.role)
            .field("validity", &self.validity)
            .finish_non_exhaustive()
    }
}

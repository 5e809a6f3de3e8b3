//! What a certificate says about its holder: cluster, role, validity.
//!
//! Signatures are not looked at here; TLS does that before anybody asks.

use crate::hello::Role;
use godwit_common::ids::Token;
use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) cluster: Token,
    pub(crate) holder: Holder,
    pub(crate) validity: Validity,
}

/// Whose certificate it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The cluster's authority, which signs the others.
    Authority,
    /// A process in this role.
    Role(Role),
}

/// From when to when a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
}

/// The URI in a certificate that names its holder. Everything else in it is decoration.
pub(crate) fn uri(cluster: Token, holder: Holder) -> String {
    match holder {
        Holder::Authority => format!("godwit://{cluster}/authority"),
        Holder::Role(role) => format!("godwit://{cluster}/role/{role}"),
    }
}

/// What to do about a credential that is of no use, wherever it came from.
pub(crate) const MAKE_ANEW: &str =
    "export it again, or remove it and start the coordinator again, which makes it anew";

/// Reads a certificate in DER.
pub(crate) fn read(der: &[u8]) -> Result<Facts, String> {
    // What exactly the decoder stumbled over helps nobody who has only the damaged file.
    let damaged = || format!("its certificate is damaged; {MAKE_ANEW}");
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| damaged())?;
    if !rest.is_empty() {
        return Err(damaged());
    }
    let (cluster, holder) = named(&certificate).ok_or("the certificate was not made by godwit")?;
    let time = |seconds| Timestamp::from_second(seconds).map_err(|error| error.to_string());
    let validity = Validity {
        not_before: time(certificate.validity().not_before.timestamp())?,
        not_after: time(certificate.validity().not_after.timestamp())?,
    };
    Ok(Facts { cluster, holder, validity })
}

fn named(certificate: &X509Certificate<'_>) -> Option<(Token, Holder)> {
    let names = certificate.subject_alternative_name().ok()??;
    names.value.general_names.iter().find_map(|name| match name {
        GeneralName::URI(uri) => parse_uri(uri),
        _ => None,
    })
}

fn parse_uri(uri: &str) -> Option<(Token, Holder)> {
    let (cluster, rest) = uri.strip_prefix("godwit://")?.split_once('/')?;
    let holder = match rest {
        "authority" => Holder::Authority,
        _ => Holder::Role(rest.strip_prefix("role/")?.parse().ok()?),
    };
    Some((Token(u128::from_str_radix(cluster, 16).ok()?), holder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_read_back() {
        let cluster = Token(0xab);
        for holder in Role::ALL.map(Holder::Role).into_iter().chain([Holder::Authority]) {
            assert_eq!(parse_uri(&uri(cluster, holder)), Some((cluster, holder)));
        }
        for foreign in
            ["", "godwit://", "godwit://x/role/worker", "godwit://1/role/king", "https://1/role/worker"]
        {
            assert_eq!(parse_uri(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn foreign_bytes_are_refused() {
        assert!(read(b"").is_err());
        assert!(read(&[0x30; 400]).is_err());
    }
}

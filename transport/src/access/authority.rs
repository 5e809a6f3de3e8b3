//! The cluster's authority: makes itself, and one credential for each role.
//!
//! Keys are Ed25519. The authority is valid for ten years and a credential for two, both from the day before, so that
//! a machine whose clock is a day behind still takes part.

use crate::access::certificate::{Holder, Validity, uri};
use crate::hello::Role;
use godwit_common::ids::Token;
use jiff::{SignedDuration, Timestamp};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ED25519, SanType, date_time_ymd,
};
use std::time::Duration;

/// The name in a coordinator's certificate that its peers insist on, whatever address they used.
pub(crate) const COORDINATOR_NAME: &str = "coordinator.godwit";

/// Credentials with fewer days left than this are made anew when a coordinator starts.
pub(crate) const RENEWAL_DAYS: i64 = 90;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const AUTHORITY_DAYS: i32 = 3650;
const CREDENTIAL_DAYS: i32 = 730;

/// The authority with its private key.
pub(crate) struct Authority {
    cluster: Token,
    validity: Validity,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Makes a new authority for a new cluster.
    pub(crate) fn create(
        cluster: Token,
        now: Timestamp,
    ) -> Result<(Authority, AuthorityFiles), rcgen::Error> {
        let validity = valid_for(AUTHORITY_DAYS, now);
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let certificate = parameters(cluster, Holder::Authority, validity)?.self_signed(&key)?.pem();
        let files = AuthorityFiles { certificate, key: key.serialize_pem() };
        Ok((Authority::with_key(cluster, validity, key)?, files))
    }

    /// Takes up the authority of an existing cluster.
    pub(crate) fn load(cluster: Token, validity: Validity, key: &str) -> Result<Authority, rcgen::Error> {
        Authority::with_key(cluster, validity, KeyPair::from_pem(key)?)
    }

    fn with_key(cluster: Token, validity: Validity, key: KeyPair) -> Result<Authority, rcgen::Error> {
        let issuer = Issuer::new(parameters(cluster, Holder::Authority, validity)?, key);
        Ok(Authority { cluster, validity, issuer })
    }

    /// Makes a credential for `role`: certificate and private key as one PEM text.
    pub(crate) fn issue(&self, role: Role, now: Timestamp) -> Result<String, rcgen::Error> {
        let Validity { not_before, not_after } = valid_for(CREDENTIAL_DAYS, now);
        let not_after = not_after.min(self.validity.not_after);
        self.issue_valid(role, Validity { not_before, not_after })
    }

    /// The same with a validity of the caller's choice.
    pub(crate) fn issue_valid(&self, role: Role, validity: Validity) -> Result<String, rcgen::Error> {
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let certificate =
            parameters(self.cluster, Holder::Role(role), validity)?.signed_by(&key, &self.issuer)?;
        Ok(certificate.pem() + &key.serialize_pem())
    }
}

/// A new authority as PEM texts.
pub(crate) struct AuthorityFiles {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

fn valid_for(days: i32, now: Timestamp) -> Validity {
    Validity { not_before: now - DAY, not_after: now + DAY * days }
}

fn parameters(cluster: Token, holder: Holder, validity: Validity) -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::default();
    // Certificates count whole seconds; times before 1970 do not occur.
    let since_1970 = |time: Timestamp| Duration::from_secs(u64::try_from(time.as_second()).unwrap_or(0));
    parameters.not_before = date_time_ymd(1970, 1, 1) + since_1970(validity.not_before);
    parameters.not_after = date_time_ymd(1970, 1, 1) + since_1970(validity.not_after);
    parameters.subject_alt_names = vec![SanType::URI(Ia5String::try_from(uri(cluster, holder))?)];
    parameters.distinguished_name.push(DnType::OrganizationName, format!("godwit cluster {cluster}"));
    match holder {
        Holder::Authority => {
            parameters.distinguished_name.push(DnType::CommonName, "authority");
            parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
            parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        }
        Holder::Role(role) => {
            parameters.distinguished_name.push(DnType::CommonName, role.name());
            parameters.use_authority_key_identifier_extension = true;
            parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            if role == Role::Coordinator {
                parameters.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
                parameters.subject_alt_names.push(SanType::DnsName(Ia5String::try_from(COORDINATOR_NAME)?));
            }
        }
    }
    Ok(parameters)
}

//! What an error of an S3 server means, and how to say it: what happened, where, and what to do.
//!
//! The client keeps its error types to itself, so status and S3's error code are read from the words that it is known
//! to use; a test with a real socket holds them.

use super::Server;
use super::access::{MACHINE, NO_CREDENTIALS};
use crate::fault::{Effect, causes, sentence};
use godwit_common::printable::{one_line, reason};
use object_store::client::{HttpError, HttpErrorKind};
use std::error::Error;
use std::io;

/// What an error means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There is no such object.
    Missing,
    /// There is such an object, or somebody is just making it.
    Exists,
    /// It was refused, or never reached the server: nothing was done.
    NotSent,
    /// It broke off: it may have been done.
    Broken,
    /// It will be refused until somebody changes something.
    Lasting,
    /// The server does not have this operation.
    Unsupported,
}

/// An answer that is an error.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reply {
    status: u16,
    code: String,
    message: String,
}

/// Judges an error.
pub(crate) fn judge(error: &object_store::Error, server: &Server, effect: Effect) -> (Verdict, String) {
    if of_credentials(error, server) {
        return (Verdict::Lasting, NO_CREDENTIALS.to_owned());
    }
    if let Some(reply) = causes(error).find_map(|cause| Reply::parse(&cause.to_string())) {
        return of_reply(error, &reply, server, effect);
    }
    if causes(error).any(|cause| cause.to_string().starts_with("Received redirect without LOCATION")) {
        return (Verdict::Lasting, other_region(server, ""));
    }
    match causes(error).find_map(|cause| cause.downcast_ref::<HttpError>()) {
        Some(http) => of_connection(error, http.kind(), server),
        None => match error {
            object_store::Error::NotFound { .. } => (Verdict::Missing, String::new()),
            object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. } => {
                (Verdict::Exists, String::new())
            }
            _ => (Verdict::Broken, format!("{}: {}", server.endpoint, sentence(error))),
        },
    }
}

/// Whether the machine was asked for credentials and has none.
fn of_credentials(error: &object_store::Error, server: &Server) -> bool {
    let asked = ["169.254.", "/security-credentials", "token for web identity"];
    server.credentials == MACHINE
        && causes(error).any(|cause| {
            let words = cause.to_string();
            asked.iter().any(|place| words.contains(place))
        })
}

fn of_reply(
    error: &object_store::Error,
    reply: &Reply,
    server: &Server,
    effect: Effect,
) -> (Verdict, String) {
    match (reply.status, reply.code.as_str()) {
        (_, "NoSuchBucket") => {}
        (404, _) if matches!(error, object_store::Error::NotFound { .. }) && effect == Effect::None => {
            return (Verdict::Missing, String::new());
        }
        (304 | 409 | 412, _) => return (Verdict::Exists, String::new()),
        _ => {}
    }
    let sentence = refused(reply, server, effect);
    let verdict = match (reply.status, reply.code.as_str()) {
        (501, _) => Verdict::Unsupported,
        (429, _) | (503, "SlowDown") => Verdict::NotSent,
        (408 | 500.., _) => Verdict::Broken,
        _ => Verdict::Lasting,
    };
    (verdict, sentence)
}

/// A refusal as a sentence.
fn refused(reply: &Reply, server: &Server, effect: Effect) -> String {
    let Server { endpoint, bucket, credentials, .. } = server;
    let message = reply.message();
    match (reply.status, reply.code.as_str()) {
        (_, "NoSuchBucket") => {
            format!("there is no bucket '{bucket}' at {endpoint}; make it, or correct the URL")
        }
        (_, "InvalidAccessKeyId" | "InvalidClientTokenId") => {
            format!("{endpoint} does not know the access key from {credentials}; correct it")
        }
        (_, "SignatureDoesNotMatch") => {
            format!("the secret that belongs to the access key from {credentials} is wrong; correct it")
        }
        (_, "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired" | "RequestExpired") => {
            format!("the credentials from {credentials} have expired; get new ones")
        }
        (_, "RequestTimeTooSkewed") => {
            format!(
                "the clock of this machine differs too much from that of {endpoint}; set it right{message}"
            )
        }
        (_, "AuthorizationHeaderMalformed" | "PermanentRedirect" | "IllegalLocationConstraintException")
        | (301 | 302 | 307 | 308, _) => other_region(server, &message),
        (401 | 403, _) => {
            let (verb, right) = match effect {
                Effect::None => ("read", "s3:GetObject and s3:ListBucket"),
                Effect::Write => ("write to", "s3:PutObject and s3:DeleteObject"),
            };
            format!(
                "the credentials from {credentials} may not {verb} the bucket '{bucket}' at {endpoint}{message}; \
                 correct them, or give them the right to {right}"
            )
        }
        (507, _) | (_, "XMinioStorageFull" | "QuotaExceeded" | "InsufficientStorage") => {
            format!("there is no space left in the bucket '{bucket}' at {endpoint}{message}")
        }
        (429, _) | (503, "SlowDown") => format!("{endpoint} asks for fewer requests{message}"),
        (404 | 405, "") => {
            format!(
                "{endpoint} answered {}: it does not seem to speak S3; correct store.endpoint",
                reply.status
            )
        }
        (status, "") => format!("{endpoint} answered {status}{message}"),
        (status, code) => format!("{endpoint} answered {status} {code}{message}"),
    }
}

fn other_region(server: &Server, message: &str) -> String {
    let Server { endpoint, bucket, region, .. } = server;
    format!("the bucket '{bucket}' is not in the region {region} of {endpoint}{message}; set store.region")
}

fn of_connection(error: &object_store::Error, kind: HttpErrorKind, server: &Server) -> (Verdict, String) {
    let endpoint = &server.endpoint;
    if let Some(tls) = causes(error).find_map(tls_error) {
        return (Verdict::Lasting, untrusted(&tls, endpoint));
    }
    let cause = match causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last() {
        Some(io) => reason(io),
        None => causes(error).last().map_or_else(String::new, |cause| one_line(&cause.to_string())),
    };
    match kind {
        HttpErrorKind::Connect if cause == "tls handshake eof" => (Verdict::NotSent, no_tls(endpoint)),
        HttpErrorKind::Connect => (
            Verdict::NotSent,
            format!("{endpoint} cannot be reached: {cause}; is store.endpoint right, and does it run?"),
        ),
        HttpErrorKind::Timeout => (Verdict::Broken, format!("{endpoint} does not answer in time")),
        _ => (Verdict::Broken, format!("the connection with {endpoint} broke: {cause}")),
    }
}

/// The error of TLS, which hides in errors of the connection, one in the other.
fn tls_error(cause: &(dyn Error + 'static)) -> Option<rustls::Error> {
    let mut cause = cause;
    loop {
        if let Some(found) = cause.downcast_ref::<rustls::Error>() {
            return Some(found.clone());
        }
        cause = cause.downcast_ref::<io::Error>()?.get_ref()?;
    }
}

fn untrusted(error: &rustls::Error, endpoint: &str) -> String {
    match error {
        rustls::Error::InvalidCertificate(fault) => format!(
            "the certificate of {endpoint} is not trusted: {fault:?}; install its authority on this machine, or name \
             the file of it in SSL_CERT_FILE"
        ),
        rustls::Error::InvalidMessage(_) => no_tls(endpoint),
        other => format!("no encrypted connection with {endpoint}: {}", one_line(&other.to_string())),
    }
}

fn no_tls(endpoint: &str) -> String {
    format!("{endpoint} does not speak TLS; is it meant to be http://?")
}

impl Reply {
    /// Reads what the client says about an answer that is an error.
    fn parse(words: &str) -> Option<Reply> {
        let rest = words.strip_prefix("Server returned non-2xx status code: ");
        let rest = rest.or_else(|| words.strip_prefix("Server returned error response: "))?;
        let (status, body) = rest.split_once(": ").unwrap_or((rest, ""));
        let status = status.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(200);
        let element = |name: &str| {
            let (_, rest) = body.split_once(&format!("<{name}>"))?;
            Some(one_line(rest.split_once(&format!("</{name}>"))?.0.trim()))
        };
        Some(Reply {
            status,
            code: element("Code").unwrap_or_default(),
            message: element("Message").unwrap_or_default(),
        })
    }

    /// What the server said, as an insertion.
    fn message(&self) -> String {
        match self.message.trim_end_matches('.') {
            "" => String::new(),
            message => format!(" (\"{message}\")"),
        }
    }
}

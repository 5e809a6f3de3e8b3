//! What a store in a bucket says and does when its server does what no real one does on demand.

mod support;

use godwit_checkpoint::{Answer, Operation};
use godwit_common::settings::StoreSettings;
use godwit_store::{Error, Store};
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{Creation, Objects, Reply, Request, fault, start, start_with};

const URL: &str = "s3://bucket/folder";

/// A store at `endpoint`, and the folder with its secret, which is `hush`.
fn store(endpoint: &str) -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "hush").expect("a file");
    let settings = StoreSettings {
        endpoint: Some(endpoint.to_owned()),
        allow_http: true,
        access_key_id: Some("key".to_owned()),
        secret_access_key_file: Some(secret.to_str().expect("UTF-8").to_owned()),
        timeout: Duration::from_millis(1500),
        ..StoreSettings::default()
    };
    (Store::open(URL, &settings).expect("settings that lead somewhere"), folder)
}

fn create() -> Operation {
    Operation::Create { key: "log/1".to_owned(), body: b"ours".as_slice().into() }
}

fn get() -> Operation {
    Operation::Get { key: "log/1".to_owned() }
}

async fn perform(store: &Store, operation: Operation) -> Answer {
    store.perform(operation).await.expect("an answer")
}

fn creating(creation: Creation) -> impl Fn(&Request, usize) -> Reply {
    let objects = Objects::default();
    move |request, _| objects.serve(request, creation)
}

/// What `prepare` says, which must hold the URL, the parts in this order, and no secret.
async fn check_refused(endpoint: &str, parts: &[&str]) -> Error {
    let (store, _folder) = store(endpoint);
    let error = store.prepare().await.expect_err("it cannot be used");
    let sentence = error.to_string();
    let mut rest = sentence.as_str();
    for part in [URL].iter().chain(parts) {
        let Some((_, behind)) = rest.split_once(part) else { panic!("no '{part}' in: {sentence}") };
        rest = behind;
    }
    assert!(!format!("{sentence} {error:?} {store:?}").contains("hush"), "{sentence}");
    error
}

#[tokio::test]
async fn a_server_that_creates_atomically_is_used() {
    let (store, _folder) = store(&start(creating(Creation::Atomic)));
    store.prepare().await.expect("it is exact");
    assert_eq!(perform(&store, create()).await, Answer::Created);
    assert_eq!(perform(&store, create()).await, Answer::AlreadyExists);
    assert_eq!(perform(&store, get()).await, Answer::Found(b"ours".as_slice().into()));
}

#[tokio::test]
async fn servers_that_do_not_create_atomically_are_refused() {
    for (creation, found) in [
        (Creation::Overwriting, "cannot keep two coordinators apart: "),
        (Creation::Late, "cannot keep two coordinators apart: two creations of one object at the same time"),
    ] {
        let error =
            check_refused(&start(creating(creation)), &[found, "store.fencing = \"lock-file\""]).await;
        assert!(matches!(error, Error::NotAtomic { .. }), "{error:?}");
    }
    let error = check_refused(&start(|_, _| fault(501, "NotImplemented")), &["cannot keep two"]).await;
    assert!(matches!(error, Error::NotAtomic { .. }), "{error:?}");
    let never = start(|request, _| match request.method.as_str() {
        "PUT" => fault(409, "ConditionalRequestConflict"),
        "GET" => fault(404, "NoSuchKey"),
        _ => Reply::Status(204, Vec::new()),
    });
    check_refused(&never, &["it refused 10 times to create an object that was not there"]).await;
}

#[tokio::test]
async fn every_refusal_is_a_sentence() {
    for (status, code, parts) in [
        (404, "NoSuchBucket", &["there is no bucket 'bucket' at http://", "make it, or correct the URL"][..]),
        (403, "InvalidAccessKeyId", &["does not know the access key from settings and ", "correct it"]),
        (
            403,
            "SignatureDoesNotMatch",
            &["the secret that belongs to the access key from settings", "correct it"],
        ),
        (400, "ExpiredToken", &["the credentials from settings and ", "have expired; get new ones"]),
        (
            403,
            "AccessDenied",
            &["may not write to the bucket 'bucket'", "Because of AccessDenied", "s3:PutObject"],
        ),
        (403, "RequestTimeTooSkewed", &["the clock of this machine differs too much from that of http://"]),
        (400, "AuthorizationHeaderMalformed", &["is not in the region us-east-1", "set store.region"]),
        (301, "PermanentRedirect", &["is not in the region us-east-1", "set store.region"]),
        (507, "InsufficientStorage", &["there is no space left in the bucket 'bucket'"]),
        (400, "Strange", &["answered 400 Strange (\"Because of Strange\")"]),
        (503, "SlowDown", &["asks for fewer requests (\"Because of SlowDown\")"]),
        (500, "InternalError", &["answered 500 InternalError"]),
    ] {
        let start_of_all = Instant::now();
        let error = check_refused(&start(move |_, _| fault(status, code)), parts).await;
        assert!(matches!(error, Error::Away { .. }), "{error:?}");
        assert!(start_of_all.elapsed() < Duration::from_secs(5), "{code}");
    }
}

#[tokio::test]
async fn what_is_no_s3_server_is_a_sentence() {
    let website = start(|_, _| Reply::Status(405, b"<html>Method not allowed</html>".to_vec()));
    check_refused(&website, &["answered 405: it does not seem to speak S3; correct store.endpoint"]).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port");
    let parts =
        ["cannot be reached: connection refused; is store.endpoint right, and does it run?; put that right"];
    check_refused(&closed.to_string(), &parts).await;
    check_refused(&start(|_, _| Reply::Hang), &["there was no answer about probe/", "for 1s500ms"]).await;
    check_refused(&start(|_, _| Reply::Close), &["the connection with http://", " broke: "]).await;
}

#[tokio::test]
async fn a_server_without_encryption_is_a_sentence() {
    // Who does not know TLS takes its greeting for a bad request, or hangs up.
    let answers = start_with(creating(Creation::Atomic), |mut stream| {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").ok()?;
        Some(Box::new(stream))
    });
    for plain in [answers, start(creating(Creation::Atomic))] {
        let parts = ["does not speak TLS; is it meant to be http://?"];
        check_refused(&format!("https://{plain}"), &parts).await;
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_a_sentence() {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a certificate");
    let config = Arc::new(config);
    let address = start_with(creating(Creation::Atomic), move |stream| {
        let session = rustls::ServerConnection::new(config.clone()).ok()?;
        Some(Box::new(rustls::StreamOwned::new(session, stream)))
    });
    let parts = ["the certificate of https://127.0.0.1:", "is not trusted: ", "SSL_CERT_FILE"];
    check_refused(&format!("https://{address}"), &parts).await;
}

#[tokio::test]
async fn throttling_that_passes_is_not_noticed() {
    let objects = Objects::default();
    let (store, _folder) = store(&start(move |request, before| match before {
        0 | 3 => fault(503, "SlowDown"),
        1 | 4 => fault(429, "TooManyRequests"),
        _ => objects.serve(request, Creation::Atomic),
    }));
    assert_eq!(perform(&store, create()).await, Answer::Created);
    assert_eq!(perform(&store, get()).await, Answer::Found(b"ours".as_slice().into()));
}

/// How long to go on is the log's business: it is told after a moment.
#[tokio::test]
async fn trouble_that_does_not_pass_is_an_answer_in_time() {
    for (reply, expected) in [
        (503, "asks for fewer requests"),
        (500, "answered 500 InternalError"),
        (0, "no answer about log/1 for 1s500ms"),
    ] {
        let (store, _folder) = store(&start(move |_, _| match reply {
            503 => fault(503, "SlowDown"),
            500 => fault(500, "InternalError"),
            _ => Reply::Hang,
        }));
        let began = Instant::now();
        let answer = perform(&store, get()).await;
        assert!(matches!(&answer, Answer::Failed(problem) if problem.contains(expected)), "{answer:?}");
        // Only what was refused for sure was not done.
        let answer = perform(&store, create()).await;
        let ((Answer::Failed(problem), 503) | (Answer::Unknown(problem), 500 | 0)) = (&answer, reply) else {
            panic!("{answer:?}")
        };
        assert!(problem.contains(expected), "{problem}");
        assert!(began.elapsed() < Duration::from_secs(6), "{reply}: {:?}", began.elapsed());
    }
}

/// The object is there although the answer says otherwise: whoever asked has to read it back.
#[tokio::test]
async fn a_put_whose_answer_was_lost_is_never_called_undone() {
    for lost in [500, 0] {
        let objects = Objects::default();
        let (store, _folder) = store(&start(move |request, before| {
            let reply = objects.serve(request, Creation::Atomic);
            match (before, lost) {
                (0, 500) => fault(500, "InternalError"),
                (0, _) => Reply::Close,
                _ => reply,
            }
        }));
        let answer = perform(&store, create()).await;
        assert!(matches!(answer, Answer::AlreadyExists | Answer::Unknown(_)), "{answer:?}");
        assert_eq!(perform(&store, get()).await, Answer::Found(b"ours".as_slice().into()));
    }
}

/// S3 refuses one of two that create the same key at the same time, and sometimes both.
#[tokio::test]
async fn a_conflict_counts_as_an_object_that_is_there() {
    let (store, _folder) = store(&start(|_, _| fault(409, "ConditionalRequestConflict")));
    assert_eq!(perform(&store, create()).await, Answer::AlreadyExists);
}

#[tokio::test]
async fn a_bucket_that_vanished_has_no_missing_objects() {
    let (store, _folder) = store(&start(|_, _| fault(404, "NoSuchBucket")));
    let answer = perform(&store, get()).await;
    assert!(matches!(&answer, Answer::Failed(problem) if problem.contains("no bucket")), "{answer:?}");
    let error = store.get_latest_claim().await.expect_err("there is no bucket");
    assert!(error.to_string().contains("there is no bucket 'bucket'"), "{error}");
}

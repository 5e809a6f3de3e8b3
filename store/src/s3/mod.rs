//! Stores in a bucket that speaks S3: how to reach it, who to be there, and what its errors mean.

mod access;
mod profile;
mod surroundings;
mod verdict;

pub(crate) use surroundings::Surroundings;
pub(crate) use verdict::{Verdict, judge};

use access::{Access, Credentials};
use godwit_common::settings::StoreSettings;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, HeaderValue, ObjectStore, RetryConfig};
use std::sync::Arc;
use std::time::Duration;

/// A server that answers does so within this; it is part of the time for the whole operation.
const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(5);

/// Servers close connections that were idle for longer, and a put that meets a closing one has an unknown outcome.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// What sentences about a server name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// Its URL, without anything secret.
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) bucket: String,
    /// Where the credentials came from, such as `the environment`.
    pub(crate) credentials: String,
}

/// Prepares to speak to the bucket. Nothing is sent yet.
///
/// # Errors
/// A sentence that says which setting leads nowhere.
pub(crate) fn open(
    bucket: &str,
    prefix: &str,
    settings: &StoreSettings,
    surroundings: &Surroundings,
) -> Result<(Arc<dyn ObjectStore>, Server), String> {
    let access = Access::find(settings, surroundings)?;
    let server = Server {
        endpoint: access
            .endpoint
            .clone()
            .unwrap_or_else(|| format!("https://s3.{}.amazonaws.com", access.region)),
        region: access.region.clone(),
        bucket: bucket.to_owned(),
        credentials: access.credentials.source().to_owned(),
    };
    // Fails if another part of the process was first, which has then made the same choice.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = builder(bucket, settings, surroundings, &access)
        .build()
        .map_err(|error| format!("it cannot be spoken to: {error}"))?;
    let objects: Arc<dyn ObjectStore> = match prefix {
        "" => Arc::new(client),
        prefix => Arc::new(PrefixStore::new(client, Path::from(prefix))),
    };
    Ok((objects, server))
}

fn builder(
    bucket: &str,
    settings: &StoreSettings,
    surroundings: &Surroundings,
    access: &Access,
) -> AmazonS3Builder {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&access.region)
        .with_virtual_hosted_style_request(!access.path_style)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_disable_bulk_delete(true)
        .with_retry(retries(settings))
        .with_client_options(client_options(settings, access));
    if let Some(endpoint) = &access.endpoint {
        builder = builder.with_endpoint(endpoint_of(endpoint, bucket, access.path_style));
    }
    match &access.credentials {
        Credentials::Key { id, secret, token, .. } => {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret);
            if let Some(token) = token {
                builder = builder.with_token(token);
            }
        }
        Credentials::Machine => builder = of_machine(builder, surroundings),
    }
    builder
}

/// The client takes an endpoint without path style as that of the bucket.
fn endpoint_of(endpoint: &str, bucket: &str, path_style: bool) -> String {
    match endpoint.split_once("://") {
        Some((scheme, host)) if !path_style => format!("{scheme}://{bucket}.{host}"),
        _ => endpoint.to_owned(),
    }
}

/// What machines of AWS, Kubernetes and the like say about themselves, in the variables of AWS tools.
fn of_machine(mut builder: AmazonS3Builder, surroundings: &Surroundings) -> AmazonS3Builder {
    use AmazonS3ConfigKey as Key;
    for (name, key) in [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", Key::WebIdentityTokenFile),
        ("AWS_ROLE_ARN", Key::RoleArn),
        ("AWS_ROLE_SESSION_NAME", Key::RoleSessionName),
        ("AWS_ENDPOINT_URL_STS", Key::StsEndpoint),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", Key::ContainerCredentialsRelativeUri),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", Key::ContainerCredentialsFullUri),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Key::ContainerAuthorizationTokenFile),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", Key::MetadataEndpoint),
    ] {
        if let Some(value) = surroundings.variable(name) {
            builder = builder.with_config(key, value);
        }
    }
    builder
}

/// Few and short: how long to go on is decided by the log, which knows what it means for a lease.
fn retries(settings: &StoreSettings) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(50),
            max_backoff: Duration::from_secs(1),
            base: 2.0,
        },
        max_retries: usize::try_from(settings.retries).unwrap_or(0),
        retry_timeout: settings.timeout / 2,
    }
}

fn client_options(settings: &StoreSettings, access: &Access) -> ClientOptions {
    let unencrypted = access.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://"));
    ClientOptions::new()
        .with_user_agent(HeaderValue::from_static(concat!("godwit/", env!("CARGO_PKG_VERSION"))))
        .with_allow_http(unencrypted)
        // A machine without any certificates can still speak without encryption.
        .with_no_system_certificates(unencrypted)
        .with_connect_timeout(settings.timeout.min(CONNECT_TIMEOUT_MAX))
        // The driver limits each operation as a whole, by its size.
        .with_timeout_disabled()
        .with_pool_idle_timeout(POOL_IDLE_TIMEOUT)
}

//! How to reach a bucket and who to be there. Settings go first, then the environment, then the files of AWS tools, then
//! what the machine itself is given.

use super::profile::Profile;
use super::surroundings::Surroundings;
use godwit_common::printable::reason;
use godwit_common::settings::StoreSettings;
use std::path::Path;

/// What AWS tools take if nothing is said.
const REGION_DEFAULT: &str = "us-east-1";

/// Larger than any secret, so that a wrong file name reads no large file.
const SECRET_BYTES_MAX: u64 = 4096;

/// Where a bucket is.
pub(super) struct Access {
    /// With its scheme and without a slash at its end; none for AWS.
    pub(super) endpoint: Option<String>,
    pub(super) region: String,
    pub(super) path_style: bool,
    pub(super) credentials: Credentials,
}

/// Who to be. Secret: there is no `Debug`.
pub(super) enum Credentials {
    /// A key that was given.
    Key { id: String, secret: String, token: Option<String>, source: String },
    /// What the machine is given: a web identity, or those of its container or instance.
    Machine,
}

impl Credentials {
    pub(super) fn source(&self) -> &str {
        match self {
            Credentials::Key { source, .. } => source,
            Credentials::Machine => MACHINE,
        }
    }
}

/// The source of credentials that nobody gave.
pub(super) const MACHINE: &str = "the machine";

impl Access {
    /// Looks everywhere.
    ///
    /// # Errors
    /// A sentence that names what leads nowhere, and nothing secret.
    pub(super) fn find(settings: &StoreSettings, surroundings: &Surroundings) -> Result<Access, String> {
        let name = settings.profile.as_deref().or_else(|| surroundings.variable("AWS_PROFILE"));
        let profile = Profile::read(name.unwrap_or("default"), surroundings)?;
        if let (Some(name), false) = (name, profile.is_found()) {
            return Err(format!(
                "there is no profile '{name}' in ~/.aws/credentials or ~/.aws/config; correct store.profile or AWS_PROFILE"
            ));
        }
        let first = |setting: &Option<String>, variables: [&str; 2], key| {
            let variable = || variables.into_iter().find_map(|name| surroundings.variable(name));
            let found = setting.as_deref().or_else(variable).or_else(|| profile.get(key));
            found.map(str::to_owned)
        };
        let endpoint = first(&settings.endpoint, ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"], "endpoint_url");
        let region = first(&settings.region, ["AWS_REGION", "AWS_DEFAULT_REGION"], "region");
        let endpoint = endpoint.map(|endpoint| with_scheme(&endpoint, settings.allow_http)).transpose()?;
        Ok(Access {
            region: region.unwrap_or_else(|| REGION_DEFAULT.to_owned()),
            path_style: settings.path_style.unwrap_or(endpoint.is_some()),
            credentials: credentials(settings, surroundings, name, &profile)?,
            endpoint,
        })
    }
}

fn credentials(
    settings: &StoreSettings,
    surroundings: &Surroundings,
    profile_name: Option<&str>,
    profile: &Profile,
) -> Result<Credentials, String> {
    if let (Some(id), Some(file)) = (&settings.access_key_id, &settings.secret_access_key_file) {
        let secret = read_secret(file)?;
        return Ok(Credentials::Key {
            id: id.clone(),
            secret,
            token: None,
            source: format!("settings and {file}"),
        });
    }
    let chosen = settings.profile.is_some();
    if !chosen && let Some(key) = of_environment(surroundings)? {
        return Ok(key);
    }
    match (of_profile(profile, profile_name), profile_name) {
        (Some(key), _) => Ok(key),
        (None, Some(name)) if chosen => Err(format!(
            "the profile '{name}' has no access key, and godwit does not follow roles and single sign-on; get keys with \
             'aws configure export-credentials --profile {name} --format env'"
        )),
        _ if surroundings.variable("AWS_EC2_METADATA_DISABLED") == Some("true")
            && !has_identity(surroundings) =>
        {
            Err(NO_CREDENTIALS.to_owned())
        }
        _ => Ok(Credentials::Machine),
    }
}

/// What to say when there is nobody to be.
pub(super) const NO_CREDENTIALS: &str = "there are no credentials: set store.access_key_id and \
    store.secret_access_key_file, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or store.profile";

fn of_environment(surroundings: &Surroundings) -> Result<Option<Credentials>, String> {
    let id = surroundings.variable("AWS_ACCESS_KEY_ID");
    let secret = surroundings.variable("AWS_SECRET_ACCESS_KEY");
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(Some(Credentials::Key {
            id: id.to_owned(),
            secret: secret.to_owned(),
            token: surroundings.variable("AWS_SESSION_TOKEN").map(str::to_owned),
            source: "the environment".to_owned(),
        })),
        (Some(_), None) => Err("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not".to_owned()),
        (None, Some(_)) => Err("AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not".to_owned()),
        (None, None) => Ok(None),
    }
}

fn of_profile(profile: &Profile, name: Option<&str>) -> Option<Credentials> {
    Some(Credentials::Key {
        id: profile.get("aws_access_key_id")?.to_owned(),
        secret: profile.get("aws_secret_access_key")?.to_owned(),
        token: profile.get("aws_session_token").map(str::to_owned),
        source: format!("the profile '{}'", name.unwrap_or("default")),
    })
}

fn has_identity(surroundings: &Surroundings) -> bool {
    [
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]
    .iter()
    .any(|name| surroundings.variable(name).is_some())
}

fn read_secret(file: &str) -> Result<String, String> {
    let path = Path::new(file);
    let fail = |problem: &str| {
        format!("the secret access key in {file} {problem}; correct store.secret_access_key_file")
    };
    let size =
        std::fs::metadata(path).map_err(|error| fail(&format!("cannot be read: {}", reason(&error))))?.len();
    if size > SECRET_BYTES_MAX {
        return Err(fail("is too long to be one"));
    }
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| fail(&format!("cannot be read: {}", reason(&error))))?;
    match text.trim() {
        "" => Err(fail("is empty")),
        secret if secret.chars().any(|c| c.is_whitespace() || c.is_control()) => {
            Err(fail("has more than one word"))
        }
        secret => Ok(secret.to_owned()),
    }
}

/// An endpoint with its scheme, which decides whether encryption is used.
fn with_scheme(endpoint: &str, allow_http: bool) -> Result<String, String> {
    let endpoint = endpoint.trim_end_matches('/');
    if endpoint.contains('@') {
        return Err("the endpoint has credentials in it; name the key with AWS_ACCESS_KEY_ID and \
                    AWS_SECRET_ACCESS_KEY instead"
            .to_owned());
    }
    match endpoint.split_once("://") {
        Some(("http" | "https", _)) => Ok(endpoint.to_owned()),
        None => Ok(format!("{}://{endpoint}", if allow_http { "http" } else { "https" })),
        Some((scheme, _)) => {
            Err(format!("the endpoint begins with {scheme}://, expected https:// or http://"))
        }
    }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;

//! What is found, and in which order it is looked for.

use super::*;
use tempfile::TempDir;

/// A home with two profiles and a secret.
fn home() -> TempDir {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(home.path().join(".aws")).expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).expect("a file");
    write(".aws/credentials", "[default]\naws_access_key_id = D\naws_secret_access_key = hush-d\n");
    write(
        ".aws/config",
        "[profile p]\naws_access_key_id = P\naws_secret_access_key = hush-p\naws_session_token = hush-t\n\
         region = eu-north-1\nendpoint_url = https://p.example.org/\n[profile role]\nrole_arn = x\n",
    );
    write("secret", "hush-s\n");
    home
}

/// Endpoint, region, path style, key and source in one line; or the error.
fn shown(settings: &StoreSettings, variables: &[(&str, &str)], home: &TempDir) -> String {
    let folder = home.path().to_str().expect("UTF-8");
    let surroundings = Surroundings::of(&[&[("HOME", folder)], variables].concat());
    match Access::find(settings, &surroundings) {
        Ok(Access { endpoint, region, path_style, credentials }) => {
            let key = match &credentials {
                Credentials::Key { id, secret, token, .. } => format!("{id}:{secret}:{token:?}"),
                Credentials::Machine => String::new(),
            };
            let endpoint = endpoint.as_deref().unwrap_or("aws");
            let source = credentials.source().replace(folder, "~");
            format!("{endpoint} {region} {path_style} {key} from {source}")
        }
        Err(problem) => problem.replace(folder, "~"),
    }
}

fn settings(home: &TempDir, text: &str) -> StoreSettings {
    let text = text.replace('~', home.path().to_str().expect("UTF-8"));
    let pairs = text.split_whitespace().map(|pair| pair.split_once('=').expect("KEY=VALUE"));
    let mut settings = StoreSettings::default();
    for (key, value) in pairs {
        let value = value.to_owned();
        match key {
            "endpoint" => settings.endpoint = Some(value),
            "region" => settings.region = Some(value),
            "path_style" => settings.path_style = Some(value == "true"),
            "allow_http" => settings.allow_http = value == "true",
            "access_key_id" => settings.access_key_id = Some(value),
            "secret_access_key_file" => settings.secret_access_key_file = Some(value),
            "profile" => settings.profile = Some(value),
            _ => panic!("{key}"),
        }
    }
    settings
}

#[track_caller]
fn check(text: &str, variables: &[(&str, &str)], expected: &str) {
    let home = home();
    assert_eq!(shown(&settings(&home, text), variables, &home), expected);
}

const KEY: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "E"), ("AWS_SECRET_ACCESS_KEY", "hush-e")];

#[test]
fn settings_go_before_the_environment_and_that_before_files() {
    let given = "access_key_id=S secret_access_key_file=~/secret region=x-1 endpoint=http://h:9/";
    check(given, &KEY, "http://h:9 x-1 true S:hush-s:None from settings and ~/secret");
    check("", &KEY, "aws us-east-1 false E:hush-e:None from the environment");
    check("", &[], "aws us-east-1 false D:hush-d:None from the profile 'default'");
    let p = "https://p.example.org eu-north-1 true P:hush-p:Some(\"hush-t\") from the profile 'p'";
    check("profile=p", &KEY, p);
    check("", &[("AWS_PROFILE", "p")], p);
    check("", &[("HOME", "/nowhere")], "aws us-east-1 false  from the machine");
    let session =
        [&KEY[..], &[("AWS_SESSION_TOKEN", "hush-t"), ("AWS_REGION", "r"), ("AWS_DEFAULT_REGION", "q")]];
    check("", &session.concat(), "aws r false E:hush-e:Some(\"hush-t\") from the environment");
}

#[test]
fn endpoints_say_whether_they_are_encrypted() {
    let with = |endpoint: &str, style: bool| {
        format!("{endpoint} us-east-1 {style} E:hush-e:None from the environment")
    };
    check("endpoint=h:9", &KEY, &with("https://h:9", true));
    check("endpoint=h:9 allow_http=true", &KEY, &with("http://h:9", true));
    check("endpoint=https://h allow_http=true path_style=false", &KEY, &with("https://h", false));
    let variables =
        [&KEY[..], &[("AWS_ENDPOINT_URL", "http://a"), ("AWS_ENDPOINT_URL_S3", "http://b")]].concat();
    check("", &variables, &with("http://b", true));
}

#[test]
fn what_leads_nowhere_is_named_without_its_secret() {
    check(
        "profile=q",
        &[],
        "there is no profile 'q' in ~/.aws/credentials or ~/.aws/config; correct store.profile or AWS_PROFILE",
    );
    check(
        "profile=role",
        &KEY,
        "the profile 'role' has no access key, and godwit does not follow roles and single sign-on; get keys with \
         'aws configure export-credentials --profile role --format env'",
    );
    check("", &KEY[..1], "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not");
    check("", &KEY[1..], "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not");
    check(
        "access_key_id=S secret_access_key_file=~/gone",
        &[],
        "the secret access key in ~/gone cannot be read: no such file or directory; correct store.secret_access_key_file",
    );
    check(
        "access_key_id=S secret_access_key_file=~/.aws/config",
        &[],
        "the secret access key in ~/.aws/config has more than one word; correct store.secret_access_key_file",
    );
    check("", &[("HOME", "/nowhere"), ("AWS_EC2_METADATA_DISABLED", "true")], NO_CREDENTIALS);
    let secret = [("AWS_ENDPOINT_URL", "http://key:hush@host")];
    let home = home();
    assert!(!shown(&StoreSettings::default(), &secret, &home).contains("hush@"));
}

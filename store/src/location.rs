//! URLs of stores.

use crate::Error;
use godwit_common::printable::one_line;
use nix::unistd::{AccessFlags, access};
use std::io;
use std::path::{Path, PathBuf};

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// In this process only.
    Memory,
    /// In this folder, absolute.
    Folder(PathBuf),
    /// Below this prefix, which may be empty, of a bucket.
    Bucket {
        /// Its name.
        bucket: String,
        /// Without slashes at its ends.
        prefix: String,
    },
}

impl Location {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`Error::Url`], in which credentials that stood in the URL are left out.
    pub(crate) fn parse(url: &str) -> Result<Location, Error> {
        location(url).map_err(|problem| Error::Url { url: one_line(&without_credentials(url)), problem })
    }
}

fn location(url: &str) -> Result<Location, String> {
    if url == "memory:" {
        return Ok(Location::Memory);
    }
    match url.split_once(':') {
        Some(("file", rest)) => folder(rest.strip_prefix("//").unwrap_or(rest)),
        Some(("s3" | "s3a", rest)) => bucket(rest),
        Some(("http" | "https", _)) => Err("write s3://BUCKET/FOLDER, and the URL of its server as \
                                            store.endpoint"
            .to_owned()),
        Some((scheme, _)) if is_scheme(scheme) => Err(format!(
            "this version has no stores of kind '{scheme}'; use file:///FOLDER or s3://BUCKET/FOLDER"
        )),
        _ => folder(url),
    }
}

fn folder(path: &str) -> Result<Location, String> {
    let folder = Path::new(path);
    if !folder.is_absolute() {
        return Err("its folder is not absolute; write it like file:///data/project/state".to_owned());
    }
    Ok(Location::Folder(folder.to_owned()))
}

fn bucket(rest: &str) -> Result<Location, String> {
    let rest = rest.strip_prefix("//").unwrap_or_default().trim_end_matches('/');
    if rest.contains('@') {
        return Err(
            "credentials in a URL end up where others read them; name the key with store.access_key_id and \
                    store.secret_access_key_file, or use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                .to_owned(),
        );
    }
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if !(1..=255).contains(&bucket.len()) || !bucket.bytes().all(in_name) {
        return Err("it names no bucket; write it like s3://BUCKET/FOLDER".to_owned());
    }
    let segment = |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(in_segment);
    if !prefix.is_empty() && !prefix.split('/').all(segment) {
        return Err(
            "the folder below its bucket may have letters, digits and any of .-_=+,!~ in the names between \
                    single slashes"
                .to_owned(),
        );
    }
    Ok(Location::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
}

/// Characters that every server and tool takes as they are.
fn in_segment(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".-_=+,!~".contains(&byte)
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The URL as it may be printed: what stands before an `@` in it, and behind a `?`, may be secret.
fn without_credentials(url: &str) -> String {
    let (url, query) = url.split_once('?').map_or((url, ""), |(url, _)| (url, "?…"));
    match (url.split_once(':'), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) if is_scheme(scheme) && scheme != "file" => {
            format!("{scheme}://…@{rest}{query}")
        }
        _ => format!("{url}{query}"),
    }
}

/// Makes the folder if need be and finds out whether it can be written, before anything depends on it.
pub(crate) fn prepare(folder: &Path, url: &str) -> Result<(), Error> {
    let fail = |doing, source, advice| Error::Folder { doing, url: url.to_owned(), source, advice };
    std::fs::create_dir_all(folder).map_err(|source| {
        fail("make the folder of", source, "name a folder that you may write to with --store file:///FOLDER")
    })?;
    access(folder, AccessFlags::W_OK | AccessFlags::X_OK).map_err(|errno| {
        fail(
            "write to",
            io::Error::from(errno),
            "give yourself the right to write there, or name another with --store",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Result<&str, &str>) {
        let shown = match Location::parse(url) {
            Ok(Location::Memory) => Ok("memory".to_owned()),
            Ok(Location::Folder(folder)) => Ok(folder.display().to_string()),
            Ok(Location::Bucket { bucket, prefix }) => Ok(format!("{bucket}:{prefix}")),
            Err(error) => Err(error.to_string()),
        };
        match (&shown, expected) {
            (Ok(shown), Ok(expected)) => assert_eq!(shown, expected),
            (Err(problem), Err(part)) => assert!(problem.contains(part), "{problem}"),
            _ => panic!("{url}: {shown:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn urls_are_read() {
        check("memory:", Ok("memory"));
        check("file:///a/b", Ok("/a/b"));
        check("file:/a/b", Ok("/a/b"));
        check("/a/b", Ok("/a/b"));
        check("s3://bucket", Ok("bucket:"));
        check("s3://bucket/", Ok("bucket:"));
        check("s3a://my.bucket-1/a/b_c=1/", Ok("my.bucket-1:a/b_c=1"));
    }

    #[test]
    fn urls_that_lead_nowhere_are_refused() {
        check("a/b", Err("not absolute"));
        check("file://a/b", Err("not absolute"));
        check("gopher://x", Err("no stores of kind 'gopher'"));
        check("https://s3.example.org/b", Err("store.endpoint"));
        for url in ["s3:", "s3:bucket", "s3://", "s3:///a", "s3://a b/c", "s3://bü/c"] {
            check(url, Err("it names no bucket"));
        }
        for url in ["s3://b//c", "s3://b/../c", "s3://b/a%20", "s3://b/a?x=y", "s3://b/a#1"] {
            check(url, Err("the folder below its bucket"));
        }
    }

    #[test]
    fn credentials_in_a_url_are_refused_and_not_repeated() {
        for url in ["s3://key:hush@bucket/a", "s3://bucket/a@b?secret=hush", "https://k:hush@host/b?x=hush"] {
            let error = Location::parse(url).expect_err(url).to_string();
            assert!(!error.contains("hush") && error.contains('…'), "{error}");
        }
        check("s3://key:hush@bucket/a", Err("cannot use the store 's3://…@bucket/a': credentials in a URL"));
    }
}

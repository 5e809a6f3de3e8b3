//! URLs of stores.

use crate::Error;
use nix::unistd::{AccessFlags, access};
use std::io;
use std::path::{Path, PathBuf};

/// Where a store is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// In this process only.
    Memory,
    /// In this folder, absolute.
    Folder(PathBuf),
}

impl Location {
    pub(super) fn parse(url: &str) -> Result<Location, String> {
        if url == "memory:" {
            return Ok(Location::Memory);
        }
        let path = match url.split_once(':') {
            Some(("file", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            Some((scheme, _)) if is_scheme(scheme) => {
                return Err(format!("this version has no stores of kind '{scheme}'; use file:///FOLDER"));
            }
            _ => url,
        };
        let folder = Path::new(path);
        if !folder.is_absolute() {
            return Err("its folder is not absolute; write it like file:///data/project/state".to_owned());
        }
        Ok(Location::Folder(folder.to_owned()))
    }
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Makes the folder if need be and finds out whether it can be written, before anything depends on it.
pub(super) fn prepare(folder: &Path, url: &str) -> Result<(), Error> {
    let fail = |doing, source, advice| Error::StoreFolder { doing, url: url.to_owned(), source, advice };
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
        match (Location::parse(url), expected) {
            (Ok(Location::Folder(folder)), Ok(path)) => assert_eq!(folder, Path::new(path)),
            (Ok(Location::Memory), Ok(path)) => assert_eq!(path, "memory"),
            (Err(problem), Err(part)) => assert!(problem.contains(part), "{problem}"),
            (found, expected) => panic!("{url}: {found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn urls_are_read() {
        check("memory:", Ok("memory"));
        check("file:///a/b", Ok("/a/b"));
        check("file:/a/b", Ok("/a/b"));
        check("/a/b", Ok("/a/b"));
        check("a/b", Err("not absolute"));
        check("file://a/b", Err("not absolute"));
        check("gopher://x", Err("no stores of kind 'gopher'"));
    }
}

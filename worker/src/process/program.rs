//! Finding the program of a task, and saying in plain words why a process could not be started.
//!
//! The program is looked up here, with the task's own `PATH`, because the standard library would otherwise have to
//! fork, which costs more the larger this process is.

use super::plan::Plan;
use nix::libc;
use std::ffi::OsString;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where programs are if `PATH` does not say.
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

/// Bytes of one word or variable with the zero at its end: 32 pages on every Linux with pages of 4 KiB.
const STRING_BYTES_MAX: usize = 128 << 10;

/// The file to start for a task's first word.
pub(crate) fn find(plan: &Plan) -> Result<PathBuf, String> {
    let word = plan.words.first().map_or("", String::as_str);
    if word.is_empty() {
        return Err("the command is empty".to_owned());
    }
    if word.contains('/') {
        return Ok(PathBuf::from(word));
    }
    let path = plan.variable("PATH").unwrap_or_else(|| OsString::from(PATH_DEFAULT));
    let mut not_executable = None;
    for folder in std::env::split_paths(&path) {
        let candidate = plan.cwd.join(folder).join(word);
        match candidate.metadata() {
            Ok(found) if found.is_file() && found.permissions().mode() & 0o111 != 0 => return Ok(candidate),
            Ok(found) if found.is_file() => not_executable = not_executable.or(Some(candidate)),
            _ => {}
        }
    }
    Err(match not_executable {
        Some(file) => not_executable_sentence(&file),
        None => format!("the command '{word}' was not found in PATH"),
    })
}

/// Why the folder in which a task is to start is none.
pub(crate) fn folder_fault(folder: &Path) -> Option<String> {
    let shown = folder.display();
    match folder.metadata() {
        Ok(found) if found.is_dir() => None,
        Ok(_) => Some(format!("{shown} is not a folder")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Some(format!("the folder {shown} does not exist"))
        }
        Err(error) => Some(format!("the folder {shown} cannot be entered: {}", cause(&error))),
    }
}

/// Why `program` could not be started, after the system has said `error`.
pub(crate) fn diagnose(plan: &Plan, program: &Path, error: &io::Error) -> String {
    let file = plan.cwd.join(program);
    let shown = program.display();
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::ENOTDIR) if !super::plan::exists(&file) => {
            format!("the command '{shown}' does not exist")
        }
        Some(libc::ENOENT) => {
            format!("the interpreter that the first line of '{shown}' names does not exist")
        }
        Some(libc::EACCES) if file.is_dir() => format!("the command '{shown}' is a folder"),
        Some(libc::EACCES) => not_executable_sentence(program),
        Some(libc::ENOEXEC) => {
            format!(
                "'{shown}' is neither a program for this machine nor a script whose first line begins with '#!'"
            )
        }
        Some(libc::E2BIG) => too_long_sentence(plan),
        Some(libc::EAGAIN) => "this user has as many processes as the system allows".to_owned(),
        None if error.kind() == io::ErrorKind::InvalidInput => {
            "its command or its environment contains a NUL character".to_owned()
        }
        _ => format!("'{shown}' does not start: {}", cause(error)),
    }
}

/// What is too long for the kernel, and what to do instead.
fn too_long_sentence(plan: &Plan) -> String {
    let is_shell = plan.words.len() == 3 && plan.words[..2] == ["/bin/sh", "-c"];
    let word = |(position, word): (usize, &String)| match position {
        2 if is_shell => ("the text of its shell".to_owned(), word.len()),
        _ => (format!("word {} of its command", position + 1), word.len()),
    };
    let variable =
        |(name, value): &(String, String)| (format!("its variable {name}"), name.len() + 1 + value.len());
    let strings = plan.words.iter().enumerate().map(word).chain(plan.environment.iter().map(variable));
    match strings.max_by_key(|(_, bytes)| *bytes) {
        Some((what, bytes)) if bytes >= STRING_BYTES_MAX => format!(
            "{what} has {bytes} bytes, and the system takes at most {}; hand it over as standard input",
            STRING_BYTES_MAX - 1
        ),
        Some((what, bytes)) => format!(
            "its command and its environment together are too long for the system; the longest part is {what} \
             with {bytes} bytes, which standard input or a file could hold"
        ),
        None => "its command and its environment are too long for the system".to_owned(),
    }
}

fn not_executable_sentence(file: &Path) -> String {
    let shown = file.display();
    format!("the command '{shown}' is not executable; run 'chmod +x {shown}'")
}

/// What the system said, without Rust's error number.
pub(crate) fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

//! Reads a workflow file from disk; what it means is `godwit_common::workflow_file`'s business.

use crate::chance;
use crate::cluster::absolute;
use crate::errors::{Error, reason};
use godwit_common::workflow::Workflow;
use godwit_common::workflow_file::{Format, Source, parse};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file is read into memory whole, so bound it; the frame that a workflow travels in is smaller still.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// A workflow, and the folder of its file.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) workflow: Workflow,
    pub(super) folder: PathBuf,
}

/// Reads the workflow file at `path`.
///
/// # Errors
/// One sentence, with file, line and key where there are any.
pub(super) fn load(path: &Path) -> Result<Loaded, Error> {
    let text = read(path).map_err(|problem| {
        Error::usage(format!("cannot read the workflow file {}: {problem}", path.display()))
    })?;
    let file = absolute(path)?;
    let folder = file.parent().unwrap_or(&file).to_owned();
    let source = Source {
        path: &path.display().to_string(),
        format: format(path, &text),
        folder: folder.to_str().ok_or_else(|| {
            Error::usage(format!(
                "the folder {} of the workflow file is not named in UTF-8",
                folder.display()
            ))
        })?,
    };
    let mut read_items = |path: &str| read(Path::new(path));
    let workflow = parse(&text, &source, &mut read_items, chance::token()?).map_err(Error::usage)?;
    Ok(Loaded { workflow, folder })
}

/// By its name, or by its first character: no TOML begins with a brace.
fn format(path: &Path, text: &str) -> Format {
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if is_json || text.trim_start().starts_with('{') { Format::Json } else { Format::Toml }
}

/// The lines of a file, each an item; empty ones do not count.
///
/// # Errors
/// If it cannot be read.
pub(super) fn lines(path: &Path) -> Result<Vec<String>, Error> {
    let text = read(path)
        .map_err(|problem| Error::usage(format!("cannot read the items in {}: {problem}", path.display())))?;
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
}

fn read(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| reason(&error))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("it is larger than {}", godwit_common::size::Size(FILE_BYTES_MAX)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("it is not text in UTF-8, as line {line} shows")
    })
}

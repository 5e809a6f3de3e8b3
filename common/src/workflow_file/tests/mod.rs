//! Workflow files as people write them, well and badly.

mod bad;
mod bad_caching;
mod bad_keys;
mod checker;
mod examples;
mod fuzz;
mod good;
mod json;
mod keys;
mod schema;

use super::{FileError, Format, Source, parse};
use crate::ids::Token;
use crate::workflow::Workflow;

/// Reads `text` as if it stood in `/data/w.toml` (or `w.json`), beside a file `samples.txt`.
fn read(text: &str, format: Format) -> Result<Workflow, FileError> {
    let path = match format {
        Format::Toml => "w.toml",
        Format::Json => "w.json",
    };
    let source = Source { path, format, folder: "/data" };
    parse(text, &source, &mut file, Token(7))
}

fn file(path: &str) -> Result<String, String> {
    match path {
        "/data/samples.txt" => Ok("s1\r\n\n s2 \n# s3\n".to_owned()),
        "/data/1" => Ok("one item".to_owned()),
        "/data/empty.txt" => Ok("\n \n".to_owned()),
        _ => Err("No such file or directory (os error 2)".to_owned()),
    }
}

fn toml(text: &str) -> Workflow {
    read(text, Format::Toml).unwrap_or_else(|error| panic!("{error}"))
}

fn toml_error(text: &str) -> String {
    match read(text, Format::Toml) {
        Ok(workflow) => panic!("accepted: {workflow:?}"),
        Err(error) => error.to_string(),
    }
}

//! The workflows in `examples/` are read, and fit the schema.

#![expect(clippy::disallowed_methods, reason = "the test reads the files that people are given")]

use super::super::{Format, Source, parse, schema};
use super::checker::fits;
use crate::ids::Token;
use std::path::{Path, PathBuf};

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let entries = std::fs::read_dir(folder).expect("the folder of examples");
    let folders = entries.map(|entry| entry.expect("an example").path());
    let mut files: Vec<PathBuf> = folders.map(|folder| folder.join("workflow.toml")).collect();
    files.retain(|file| file.is_file());
    files.sort();
    files
}

#[test]
fn every_example_is_valid() {
    let examples = examples();
    assert!(!examples.is_empty());
    for path in examples {
        let text = std::fs::read_to_string(&path).expect("an example");
        let folder = path.parent().and_then(Path::to_str).expect("a folder with a name");
        let name = path.display().to_string();
        let source = Source { path: &name, format: Format::Toml, folder };
        let mut read = |path: &str| std::fs::read_to_string(path).map_err(|error| error.to_string());
        parse(&text, &source, &mut read, Token(1)).unwrap_or_else(|error| panic!("{error}"));
        let value: serde_json::Value = toml::from_str(&text).expect("it was just parsed");
        assert_eq!(fits(&schema(), &value), Ok(()), "{name}");
    }
}

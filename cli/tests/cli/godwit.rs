//! Runs the binary in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A folder with a home of its own, in which commands run.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

/// What a command printed, and how it exited.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { folder: tempfile::tempdir().expect("a folder") }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file and says where it is.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// The command, with nothing in its environment that could change its answer.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_godwit"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        let foreign = std::env::vars().filter(|(name, _)| name.starts_with("GODWIT"));
        foreign.for_each(|(name, _)| {
            command.env_remove(name);
        });
        command.env("GODWIT_HOME", self.path().join("home")).env("COLUMNS", "80");
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Printed {
        self.command(arguments).output().expect("the binary starts").into()
    }

    /// Starts it and lets it run.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
    }
}

impl From<Output> for Printed {
    fn from(output: Output) -> Printed {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Printed { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Printed {
    /// The same, if it exited with this code.
    #[track_caller]
    pub(crate) fn exited(self, code: i32) -> Printed {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        self
    }

    /// What it printed as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {}", self.out))
    }
}

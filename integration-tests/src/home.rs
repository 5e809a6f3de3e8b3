//! A folder of its own for each test: home, access directory, working folder.

use crate::binary;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Everything that one test writes. Gone when dropped.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Answer {
    /// The exit code, or -1 for a signal.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Home {
    /// A new, empty one.
    ///
    /// # Panics
    /// If no folder can be made.
    #[expect(clippy::new_without_default, reason = "making a folder is nothing that a default does")]
    pub fn new() -> Home {
        let folder = tempfile::Builder::new().prefix("godwit-test-").tempdir().expect("a folder can be made");
        std::fs::create_dir(folder.path().join("work")).expect("a folder can be made");
        Home { folder, environment: Vec::new() }
    }

    /// Sets a variable for every command of this home.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// The working folder of commands.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// The path of a file below this folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the working folder.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.work().join(name);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
        std::fs::write(&path, text).expect("a file can be written");
        path
    }

    /// A `godwit` command that sees nothing of the machine's own settings.
    pub fn godwit(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.work()).env("GODWIT_HOME", self.path("home"));
        for name in ["GODWIT_ACCESS", "GODWIT_CLUSTER", "NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a `godwit` command to its end.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.godwit(arguments).output().expect("the binary can be started"))
    }

    /// Runs a `godwit` command that has to succeed, and reads its JSON.
    ///
    /// # Panics
    /// If it fails or prints something else.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--output", "json"]).collect();
        let answer = self.run(&arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {answer:?}");
        answer.json()
    }
}

impl Answer {
    /// What a finished command printed.
    pub fn of(output: Output) -> Answer {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// If it is not.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("not JSON ({error}): {self:?}"))
    }
}

impl AsRef<Path> for Home {
    fn as_ref(&self) -> &Path {
        self.folder.path()
    }
}

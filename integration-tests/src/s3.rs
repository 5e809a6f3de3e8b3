//! Real S3-compatible servers on loopback, started by `scripts/lib/s3`.

use crate::{Home, source_root};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The bucket that every server has.
pub const BUCKET: &str = "godwit";
/// The key that every server knows.
pub const ACCESS_KEY_ID: &str = "test";
/// Its secret.
pub const SECRET_ACCESS_KEY: &str = "testtest";

/// What servers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum S3Kind {
    /// Creates atomically; forgets everything when it is stopped; knows no wrong credentials.
    Moto,
    /// Creates atomically; keeps everything on disk.
    SeaweedFs,
    /// Overwrites what it should only create.
    Rclone,
}

/// A server. It is ended when this is dropped.
#[derive(Debug)]
pub struct S3Server {
    kind: S3Kind,
    folder: PathBuf,
    endpoint: String,
}

impl S3Kind {
    fn name(self) -> &'static str {
        match self {
            S3Kind::Moto => "moto",
            S3Kind::SeaweedFs => "seaweedfs",
            S3Kind::Rclone => "rclone",
        }
    }
}

impl S3Server {
    /// Starts a server that keeps everything in `folder`, and waits until it answers.
    ///
    /// # Panics
    /// If it cannot be had or does not start.
    pub fn start(kind: S3Kind, folder: &Path) -> S3Server {
        let mut server = S3Server { kind, folder: folder.to_owned(), endpoint: String::new() };
        server.start_again();
        server
    }

    /// Starts it again where it was, with what it had on disk.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&mut self) {
        // What it prints beside its endpoint goes to the test's own output, so that nothing waits for a pipe's end.
        let mut command = script();
        command.args(["start", self.kind.name()]).arg(&self.folder).stderr(Stdio::inherit());
        let output = command.output().expect("scripts/lib/s3 can be started");
        assert!(output.status.success(), "{} does not start: {output:?}", self.kind.name());
        self.endpoint = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    }

    /// Ends it with SIGTERM.
    pub fn stop(&mut self) {
        self.tell("stop");
    }

    /// Ends it with SIGKILL.
    pub fn kill(&mut self) {
        self.tell("kill");
    }

    fn tell(&self, order: &str) {
        // It may have ended by itself.
        let _ = script().arg(order).arg(&self.folder).status();
    }

    /// Its URL.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The URL of a store below `prefix` in its bucket.
    pub fn url(&self, prefix: &str) -> String {
        format!("s3://{BUCKET}/{prefix}")
    }

    /// Environment variables by which every command finds it.
    pub fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
    }

    /// A `godwit` command that finds it.
    pub fn godwit(&self, home: &Home, arguments: &[&str]) -> Command {
        let mut command = home.godwit(arguments);
        command.envs(self.variables());
        command
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn script() -> Command {
    let mut command = Command::new(source_root().join("scripts/lib/s3"));
    command.stdin(Stdio::null());
    command
}

//! Tools for tests with real processes: the `godwit` binary, clusters of it on loopback, and histories that tasks
//! write themselves.
//!
//! Nothing here looks into Godwit: a test sees what a user sees. Every wait has a limit, and every process that a test
//! started is ended by its id when the test ends.

mod cluster;
mod history;
mod home;
mod process;
mod s3;
mod wait;

pub use cluster::{Cluster, Worker};
pub use history::History;
pub use home::{Answer, Home};
pub use process::{Process, alive, process_state};
pub use s3::{ACCESS_KEY_ID, BUCKET, S3Kind, S3Server, SECRET_ACCESS_KEY};
pub use wait::{eventually, within};

use std::path::{Path, PathBuf};

/// The `godwit` binary under test: `GODWIT_BINARY`, or the one that was built beside this test.
///
/// # Panics
/// If there is none.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("GODWIT_BINARY") {
        return path.into();
    }
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.parent().and_then(Path::parent).expect("tests are in target/PROFILE/deps");
    let binary = folder.join("godwit");
    assert!(binary.is_file(), "{} is not built; run 'cargo build --bin godwit' first", binary.display());
    binary
}

/// The root of the source tree.
pub fn source_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate is in the workspace").to_owned()
}

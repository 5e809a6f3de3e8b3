//! Stores that cannot be used: nothing is begun, and what is in them stays as it is.

use crate::check::{Scene, task};
use godwit_integration_tests::Home;
use std::path::{Path, PathBuf};

/// Both commands that open a store refuse it.
#[track_caller]
fn check(store: &str, code: i32, sentence: &str) {
    let home = Home::new();
    home.write("w.toml", &task("shell = \"touch ran\""));
    home.write("file", "mine");
    for command in ["run w.toml", "coordinator start"] {
        Scene::of(&home).refused(&format!("{command} --store {store}"), code, sentence);
    }
    assert!(!home.work().join("ran").exists(), "nothing ran");
    assert_eq!(std::fs::read_to_string(home.work().join("file")).expect("a file"), "mine");
}

#[test]
fn urls() {
    let sentence = |url: &str, kind: &str| {
        format!(
            "cannot use the store '{url}': this version has no stores of kind '{kind}'; use file:///FOLDER or \
             s3://BUCKET/FOLDER"
        )
    };
    check("gopher://b/x", 2, &sentence("gopher://b/x", "gopher"));
    check(
        "file://relative",
        2,
        "cannot use the store 'file://relative': its folder is not absolute; write it like \
         file:///data/project/state",
    );
}

#[test]
fn folders_that_cannot_be_written() {
    check(
        "/proc/godwit",
        3,
        "cannot make the folder of the store file:///proc/godwit: no such file or directory; name a folder that \
         you may write to with --store file:///FOLDER",
    );
    check(
        "file",
        3,
        "cannot make the folder of the store file://[HOME]/work/file: file exists; name a folder that you may \
         write to with --store file:///FOLDER",
    );
}

#[test]
fn a_state_folder_that_is_a_file() {
    let home = Home::new();
    home.write("w.toml", &task("shell = \"touch ran\""));
    home.write(".godwit", "mine");
    let sentence = "cannot keep the state of the run in [HOME]/work/.godwit: file exists";
    Scene::of(&home).refused("run w.toml", 3, sentence);
    assert!(!home.work().join("ran").exists(), "nothing ran");
}

/// Increments of the run in this folder, the oldest first.
fn increments(home: &Home) -> Vec<PathBuf> {
    let log = home.work().join(".godwit/state/log");
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path()).collect()
    };
    let mut found: Vec<PathBuf> = list(&log).iter().flat_map(|epoch| list(epoch)).collect();
    found.sort();
    found
}

fn finished_run() -> Home {
    let home = Home::new();
    home.write("w.toml", &task("shell = \"echo x >> ran\""));
    let answer = home.run(&["run", "w.toml"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    home
}

#[test]
fn a_flipped_bit_is_refused_by_name_and_nothing_runs_again() {
    let home = finished_run();
    let whole = increments(&home);
    for (before, increment) in whole.iter().enumerate() {
        let good = std::fs::read(increment).expect("an increment");
        let mut bad = good.clone();
        *bad.last_mut().expect("a byte") ^= 0x10;
        std::fs::write(increment, &bad).expect("a file");
        let name = increment.strip_prefix(home.work().join(".godwit/state")).expect("in the store").display();
        let sentence = format!(
            "the store file://[HOME]/work/.godwit/state is refused: cannot read {name}: its checksum differs, so its \
             bytes were damaged; restore it from a copy of the store; or, to go on with everything up to {before} and \
             lose what came after, start with --accept-loss-after {before}"
        );
        Scene::of(&home).refused("run w.toml", 3, &sentence);
        std::fs::write(increment, &good).expect("a file");
    }
    assert_eq!(increments(&home), whole, "a refused store is left as it was");
    let answer = home.run(&["run", "w.toml"]);
    assert_eq!(answer.code, 0, "restored, it is as good as before: {answer:?}");
}

#[test]
fn a_missing_increment_is_refused_by_name() {
    let home = finished_run();
    let first = increments(&home).remove(0);
    let kept = std::fs::read(&first).expect("an increment");
    std::fs::remove_file(&first).expect("an increment");
    Scene::of(&home).refused(
        "run w.toml",
        3,
        "the store file://[HOME]/work/.godwit/state is refused: cannot read \
         log/0000000001/00000000000000000001: it is missing though log/0000000001/00000000000000000002 was written \
         after it; restore it from a copy of the store; or, to go on with everything up to 0 and lose what came \
         after, start with --accept-loss-after 0",
    );
    std::fs::write(&first, kept).expect("a file");
    assert_eq!(home.run(&["run", "w.toml"]).code, 0);
}

#[test]
fn a_loss_is_accepted_only_by_its_number_and_told() {
    let home = finished_run();
    let increments = increments(&home);
    std::fs::write(&increments[1], "damaged").expect("a file");
    let run = |number: &str| home.run(&["run", "w.toml", "--accept-loss-after", number]);
    let refused = run("2");
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.stderr.contains("start with --accept-loss-after 1"), "{refused:?}");
    let accepted = run("1");
    assert_eq!(accepted.code, 0, "{accepted:?}");
    assert!(
        accepted.stderr.contains("goes on with everything up to 1; what came after is lost"),
        "{accepted:?}"
    );
    let answer = home.run(&["run", "w.toml"]);
    assert_eq!(answer.code, 0, "from now on it is an ordinary store: {answer:?}");
    let needless = run("1");
    assert_eq!(needless.code, 0, "{needless:?}");
    assert!(needless.stderr.contains("--accept-loss-after changed nothing"), "{needless:?}");
}

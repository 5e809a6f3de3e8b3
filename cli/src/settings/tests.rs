//! Settings in layers.

use super::*;
use std::time::Duration;

struct Case {
    folder: tempfile::TempDir,
    sources: Sources,
}

impl Case {
    fn new() -> Case {
        Case { folder: tempfile::tempdir().expect("a folder"), sources: Sources::default() }
    }

    fn file(mut self, name: &str, text: &str) -> Case {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        self.sources.files.push((path, Necessity::Optional));
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Case {
        self.sources.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn load(&self, flags: &[Flag]) -> Result<Layered, String> {
        let folder = self.folder.path().display().to_string();
        load(&self.sources, flags).map_err(|error| error.sentence.replace(&folder, "/settings"))
    }

    #[track_caller]
    fn refused(&self, fault: &str) {
        let sentence = self.load(&[]).expect_err("settings that cannot be");
        assert!(sentence.contains(fault), "{sentence}");
    }
}

#[test]
fn later_layers_win_and_are_named() {
    let case = Case::new()
        .file("system.toml", "[worker]\ncpus = 2\nidle_timeout = \"5m\"\n[coordinator]\nlisten = \"a:1\"")
        .file("user.toml", "[worker]\ncpus = 3\nmemory = \"1GiB\"")
        .variable("GODWIT__WORKER__CPUS", "4");
    let flags =
        [("coordinator.listen", Some("b:2".to_owned()), "--listen"), ("worker.spool", None, "--spool")];
    let layered = case.load(&flags).expect("good settings");
    assert_eq!(layered.settings.worker.cpus, Some(4.0));
    assert_eq!(layered.settings.worker.memory.as_deref(), Some("1GiB"));
    assert_eq!(layered.settings.worker.idle_timeout, Some(Duration::from_secs(300)));
    assert_eq!(layered.settings.coordinator.listen, "b:2");
    let from = |key: &str| {
        let list = layered.list();
        let setting = list.iter().find(|setting| setting.key == key).expect("a known key");
        setting.from.rsplit('/').next().expect("a name").to_owned()
    };
    assert_eq!(from("worker.cpus"), "GODWIT__WORKER__CPUS");
    assert_eq!(from("worker.memory"), "user.toml");
    assert_eq!(from("worker.idle_timeout"), "system.toml");
    assert_eq!(from("coordinator.listen"), "--listen");
    assert_eq!(from("worker.spool"), "built in");
}

#[test]
fn without_any_layer_all_is_built_in() {
    let layered = Case::new().load(&[]).expect("nothing to refuse");
    assert_eq!(layered.settings, Settings::default());
    assert!(layered.list().iter().all(|setting| setting.from == "built in"));
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_known_one() {
    Case::new().file("a.toml", "[coordinator]\nlistn = \"a:1\"").refused(
        "unknown setting 'coordinator.listn' in /settings/a.toml; did you mean 'coordinator.listen'?",
    );
    Case::new().variable("GODWIT__WORKER__CPU", "4").refused(
        "unknown setting 'worker.cpu' of the variable GODWIT__WORKER__CPU; did you mean 'worker.cpus'?",
    );
    Case::new().file("a.toml", "colour = 1").refused("unknown setting 'colour' in /settings/a.toml");
}

#[test]
fn wrong_values_are_refused_with_their_place() {
    Case::new().file("a.toml", "[worker\n").refused(
        "cannot use the settings in /settings/a.toml: not valid TOML at line 1, column 8: unclosed table",
    );
    Case::new().file("a.toml", "[worker]\ncpus = \"many\"").refused("in /settings/a.toml: ");
    Case::new().variable("GODWIT__WORKER__CPUS", "many").refused("of the variable GODWIT__WORKER__CPUS: ");
    Case::new()
        .file("a.toml", "[worker]\nidle_timeout = \"soon\"")
        .refused("'soon' is not a duration; write it like 10s");
}

#[test]
fn a_file_that_was_asked_for_has_to_be_there() {
    let mut case = Case::new();
    case.sources.files.push((case.folder.path().join("no.toml"), Necessity::Required));
    case.refused("cannot read the settings in /settings/no.toml: no such file");
}

//! Completion scripts and the schema.

use crate::godwit::Place;

#[test]
fn every_shell_has_a_script() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(&["completions", shell]).exited(0).out;
        assert!(script.contains("coordinator"), "{shell}");
        assert!(script.contains("time-limit"), "{shell}");
    }
}

#[test]
fn the_schema_is_one() {
    let schema = Place::new().run(&["schema"]).exited(0).json();
    assert!(schema["$schema"].as_str().expect("a dialect").starts_with("https://json-schema.org/"));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let place = Place::new();
    let mut child = place.start(&["schema"]);
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("an end").code(), Some(0));
}

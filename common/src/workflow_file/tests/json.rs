//! JSON has the same shape as TOML, and errors in it have a line as well.

use super::super::Format;
use super::{read, toml};

fn json_error(text: &str) -> String {
    match read(text, Format::Json) {
        Ok(workflow) => panic!("accepted: {workflow:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_twin_in_json_is_the_same_workflow() {
    let in_toml = toml(include_str!("full.toml"));
    let in_json = read(include_str!("full.json"), Format::Json).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(in_toml, in_json);
}

#[test]
fn mistakes_in_json_are_placed() {
    for (text, expected) in [
        ("", "w.json:1:1: not valid JSON: EOF while parsing a value"),
        ("[]", "w.json:1: found an empty list, expected an object with at least the key \"task\""),
        (
            "{\n \"task\": [\n  {\"name\": \"a\",,}\n ]\n}",
            "w.json:3:16: not valid JSON: key must be a string",
        ),
        ("{\"task\": []} x", "w.json:1:14: not valid JSON: trailing characters"),
        (
            "{\n \"task\": [\n  {\"name\": \"a\", \"command\": [\"a\"],\n  \"cpus\": null}]}",
            "w.json:4: task 'a': cpus: found null, expected a number such as 2 or 0.5",
        ),
        (
            "{\"task\": [{\"name\": \"a\",\n\"command\": [\"a\"],\n\"command\": [\"b\"]}]}",
            "w.json:3:12: not valid: the key 'command' stands twice in one object",
        ),
        (
            "{\"task\": [{\"name\": \"a\\ud800\"}]}",
            "w.json:1:28: not valid JSON: unexpected end of hex escape",
        ),
        (
            "{\"task\": [{\"name\": \"a\", \"command\": [[[[[[[[[[[[[[[[\"x\"]]]]]]]]]]]]]]]]}]}",
            "w.json:1: values are nested deeper than 16 levels",
        ),
    ] {
        assert_eq!(json_error(text), expected);
    }
}

#[test]
fn depth_alone_cannot_overflow_the_stack() {
    let deep = "[".repeat(200_000) + &"]".repeat(200_000);
    assert_eq!(json_error(&deep), "w.json:1: values are nested deeper than 16 levels");
    assert!(read(&format!("a = {deep}"), Format::Toml).is_err());
}

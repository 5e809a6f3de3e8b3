//! The help of every command, word by word.

use crate::godwit::Place;

const COMMANDS: &[&str] = &[
    "",
    "run",
    "coordinator",
    "coordinator start",
    "coordinator stop",
    "coordinator status",
    "worker",
    "worker start",
    "worker list",
    "worker show",
    "worker drain",
    "worker stop",
    "submit",
    "list",
    "status",
    "wait",
    "cancel",
    "retry",
    "forget",
    "explain",
    "logs",
    "checkpoint",
    "checkpoint now",
    "checkpoint list",
    "checkpoint show",
    "checkpoint verify",
    "checkpoint export",
    "checkpoint import",
    "checkpoint prune",
    "access",
    "access export",
    "access list",
    "config",
    "config show",
    "schema",
    "completions",
];

#[test]
fn every_command_has_help() {
    let place = Place::new();
    for command in COMMANDS {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let printed = place.run(&arguments).exited(0);
        let name = format!("help {command}").trim().replace(' ', "-");
        insta::assert_snapshot!(name, printed.out);
    }
}

#[test]
fn every_command_that_does_something_has_an_example() {
    let place = Place::new();
    for command in COMMANDS
        .iter()
        .filter(|name| !["coordinator", "worker", "checkpoint", "access", "config"].contains(name))
    {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        assert!(place.run(&arguments).out.contains("Example"), "{command}");
    }
}

#[test]
fn no_command_is_missing_here() {
    let place = Place::new();
    for command in ["", "coordinator", "worker", "checkpoint", "access", "config"] {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("-h");
        let help = place.run(&arguments).exited(0).out;
        let list = help.split("Commands:\n").nth(1).expect("a list of commands");
        for line in list.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   ")) {
            let name = format!("{command} {}", line.split_whitespace().next().expect("a name"));
            assert!(COMMANDS.contains(&name.trim()), "{name}");
        }
    }
}

#[test]
fn the_version_is_told() {
    let printed = Place::new().run(&["--version"]).exited(0);
    assert_eq!(printed.out, format!("godwit {}\n", env!("CARGO_PKG_VERSION")));
}

//! A workflow from one command on the command line.

use super::workflow_file::lines;
use crate::args::{Assignment, Indices, NamedAmount, ResourceArgs, TaskArgs};
use crate::chance;
use crate::cluster::absolute;
use crate::errors::Error;
use godwit_common::resources::{Hundredths, Request};
use godwit_common::shape::Shape;
use godwit_common::task::{CachePolicy, Capture, Command, Pin, RetryPolicy, Stdin, TaskSpec};
use godwit_common::template::Template;
use godwit_common::workflow::{Workflow, name_fault};
use std::path::Path;

/// Whether braces in the words of the command mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Words {
    /// They are placeholders: the command is run for each index or item.
    Templates,
    /// They are themselves: many a program likes braces.
    Literal,
}

/// The name of a command that has none.
const NAME_DEFAULT: &str = "task";

/// The workflow that runs `words` as `arguments` say.
///
/// # Errors
/// A sentence about the option that cannot be.
pub(super) fn workflow(words: &[String], arguments: &TaskArgs) -> Result<Workflow, Error> {
    let shape = shape(arguments)?;
    let task = task(words, arguments, if shape.is_array() { Words::Templates } else { Words::Literal })?;
    let name = arguments.name.clone().unwrap_or_else(|| program_name(words));
    let mut workflow = Workflow::single(name, shape, task, arguments.after.clone(), chance::token()?);
    workflow.folder = here()?;
    workflow.validate().map_err(|invalid| {
        let option = invalid.key.map(|key| format!("{}: ", option(key))).unwrap_or_default();
        Error::usage(format!("cannot submit the command: {option}{}", invalid.fault))
    })?;
    Ok(workflow)
}

/// The option that stands for a key of a workflow file.
fn option(key: &str) -> String {
    match key {
        "command" | "shell" => "command".to_owned(),
        "needs" => "--after".to_owned(),
        "inputs" => "--input".to_owned(),
        "outputs" => "--output-file".to_owned(),
        _ => format!("--{}", key.replace('_', "-")),
    }
}

fn shape(arguments: &TaskArgs) -> Result<Shape, Error> {
    Ok(match (&arguments.array, &arguments.items, &arguments.items_from) {
        (Some(Indices(ranges)), ..) => Shape::Indices(ranges.clone()),
        (None, Some(items), _) => Shape::Items(items.clone()),
        (None, None, Some(path)) => Shape::Items(lines(path)?),
        (None, None, None) => Shape::Single,
    })
}

fn task(words: &[String], arguments: &TaskArgs, meaning: Words) -> Result<TaskSpec, Error> {
    let argv: Result<Vec<Template>, Error> =
        words.iter().map(|word| template("command", word, meaning)).collect();
    let path = |option: &'static str, path: &Option<String>| {
        path.as_ref().map(|path| template(option, path, Words::Templates)).transpose()
    };
    let mut task = TaskSpec::new(Command::Argv(argv?), &here()?);
    if let Some(cwd) = &arguments.cwd {
        let cwd = absolute(Path::new(cwd))?;
        task.cwd = template("--cwd", &cwd.to_string_lossy(), Words::Templates)?;
    }
    task.env = variables(&arguments.env, meaning)?;
    task.stdin = path("--stdin-file", &arguments.stdin_file)?.map_or(Stdin::Null, Stdin::File);
    task.stdout = path("--stdout", &arguments.stdout)?;
    task.stderr = path("--stderr", &arguments.stderr)?;
    task.requests = vec![request(&arguments.resources)?];
    task.pin = arguments.pin.map_or(Pin::No, Pin::from);
    task.priority = arguments.priority;
    task.time_limit = arguments.time_limit;
    task.time_request = arguments.time_request;
    task.retry = RetryPolicy { retries: arguments.retries, ..RetryPolicy::default() };
    let caching = &arguments.caching;
    let paths = |option: &'static str, paths: &[String]| {
        let template = |path: &String| template(option, path, Words::Templates);
        paths.iter().map(template).collect::<Result<Vec<_>, _>>()
    };
    task.inputs = paths("--input", &caching.inputs)?;
    task.outputs = paths("--output-file", &caching.outputs)?;
    task.caching.policy = caching.cache.map_or(CachePolicy::Auto, CachePolicy::from);
    task.caching.version = caching.cache_version.clone().unwrap_or_default();
    task.capture = caching.capture.map_or(Capture::No, Capture::from);
    Ok(task)
}

/// The folder in which the command was given.
fn here() -> Result<String, Error> {
    let here = absolute(Path::new("."))?.into_os_string().into_string();
    here.map_err(|_| Error::usage("this folder is not named in UTF-8; go to one that is"))
}

fn template(option: &str, text: &str, meaning: Words) -> Result<Template, Error> {
    match meaning {
        Words::Literal => Ok(Template::literal(text)),
        Words::Templates => Template::parse(text)
            .map_err(|error| Error::usage(format!("cannot submit '{text}' of {option}: {error}"))),
    }
}

/// A later value of the same name wins, as in a shell.
fn variables(assignments: &[Assignment], meaning: Words) -> Result<Vec<(String, Template)>, Error> {
    let mut variables: Vec<(String, Template)> = Vec::new();
    for Assignment { name, value } in assignments {
        let value = match value {
            Some(value) => template("--env", value, meaning)?,
            None => Template::literal(&std::env::var(name).map_err(|_| {
                Error::usage(format!("there is no variable {name} here to pass on; write --env {name}=VALUE"))
            })?),
        };
        variables.retain(|(known, _)| known != name);
        variables.push((name.clone(), value));
    }
    Ok(variables)
}

fn request(arguments: &ResourceArgs) -> Result<Request, Error> {
    let mut named: Vec<(String, u64)> = Vec::new();
    for NamedAmount { name, amount } in &arguments.named {
        if named.iter().any(|(known, _)| known == name) {
            return Err(Error::usage(format!("--resource {name} is given twice")));
        }
        if *amount > 0 {
            named.push((name.clone(), *amount));
        }
    }
    named.sort();
    Ok(Request {
        cpus: arguments.cpus,
        memory: arguments.memory.unwrap_or(0),
        gpus: arguments.gpus.unwrap_or(Hundredths(0)),
        disk: 0,
        named,
    })
}

/// The program's own name if it can be the name of a task.
fn program_name(words: &[String]) -> String {
    let name = words.first().and_then(|word| Path::new(word).file_name()).and_then(|name| name.to_str());
    let good = name.filter(|name| name_fault(name).is_none());
    good.unwrap_or(NAME_DEFAULT).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command as Parsed};
    use clap::Parser;

    fn made(line: &[&str]) -> Result<Workflow, String> {
        let line = ["godwit", "submit"].iter().chain(line);
        let Parsed::Submit(arguments) = Cli::try_parse_from(line).expect("good usage").command else {
            panic!("not a submission");
        };
        workflow(&arguments.command, &arguments.task).map_err(|error| error.sentence)
    }

    fn words(workflow: &Workflow) -> Vec<String> {
        match &workflow.groups[0].task.command {
            Command::Argv(words) => words.iter().map(ToString::to_string).collect(),
            Command::Shell(text) => vec![text.to_string()],
        }
    }

    #[test]
    fn a_single_command_keeps_its_braces() {
        let workflow = made(&["--", "/usr/bin/awk", "{print $1}"]).expect("a workflow");
        assert_eq!(workflow.name, "awk");
        assert_eq!(workflow.groups[0].shape, Shape::Single);
        assert_eq!(words(&workflow)[1], "{{print $1}}");
    }

    #[test]
    fn an_array_replaces_them() {
        let workflow = made(&["--array", "0-999", "--", "echo", "{index}"]).expect("a workflow");
        assert_eq!(workflow.task_count(), 1000);
        assert_eq!(words(&workflow)[1], "{index}");
        let refused = made(&["--items", "a,b", "--", "awk", "{print}"]).expect_err("no such placeholder");
        assert!(refused.contains("'{print}' of command: unknown placeholder"), "{refused}");
    }

    #[test]
    fn what_is_asked_for_is_in_the_request() {
        let line =
            ["--cpus", "0.5", "--memory", "1GiB", "--resource", "b=2", "--resource", "a=1", "--", "true"];
        let request = made(&line).expect("a workflow").groups[0].task.requests[0].clone();
        assert_eq!(request.cpus, Hundredths(50));
        assert_eq!(request.memory, 1 << 30);
        assert_eq!(request.named, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
        let twice = made(&["--resource", "a=1", "--resource", "a=2", "--", "true"]);
        assert_eq!(twice.expect_err("twice"), "--resource a is given twice");
    }

    #[test]
    fn variables_are_set_or_passed_on() {
        let workflow =
            made(&["--env", "A=1", "--env", "PATH", "--env", "A=2", "--", "env"]).expect("a workflow");
        let env = &workflow.groups[0].task.env;
        assert_eq!(env.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["PATH", "A"]);
        assert_eq!(env[1].1.to_string(), "2");
        let missing = made(&["--env", "GODWIT_TEST_MISSING", "--", "env"]).expect_err("no such variable");
        assert!(missing.contains("no variable GODWIT_TEST_MISSING"), "{missing}");
    }
}

//! The keys of a task.

use super::draft::Draft;
use super::error::Fault;
use super::node::{Node, Value};
use super::table::{Key, Kind};
use super::{caching, read, resources, shape};
use crate::limits::RETRIES_MAX;
use crate::task::{Command, Pin, RetryOn, Stdin};
use crate::template::Template;

/// Keys that only a task has, not `[defaults]`.
pub(super) static TASK: &[Key<Draft>] = &[
    Key {
        name: "name",
        kind: Kind::Text,
        about: "What the task is called; no other task of the file has this name.",
        default: "",
        read: |_, node| read::text(node).map(drop),
    },
    Key {
        name: "command",
        kind: Kind::Words,
        about: "The program and its arguments, started without a shell. Placeholders: {index}, {item}, \
                {matrix.NAME}, {attempt}, {workflow}, {result.NAME}; {{ stands for a brace.",
        default: "",
        read: command,
    },
    Key {
        name: "shell",
        kind: Kind::Text,
        about: "Text for sh -c, instead of 'command', with the same placeholders.",
        default: "",
        read: |draft, node| read::template(node).map(|text| draft.spec.command = Command::Shell(text)),
    },
    Key {
        name: "array",
        kind: Kind::Indices,
        about: "Makes an array of the task: indices such as \"0-999\", \"1-10:3\" or \"1,3,5-9\", or how many, counted \
                from 0. {index} is the index.",
        default: "",
        read: |draft, node| shape::array(node).map(|shape| draft.shape = shape),
    },
    Key {
        name: "items",
        kind: Kind::Scalars,
        about: "Makes an array of the task, one for each item. {item} is the item.",
        default: "",
        read: |draft, node| shape::items(node).map(|shape| draft.shape = shape),
    },
    Key {
        name: "items_from",
        kind: Kind::Text,
        about: "Like 'items', from this file: one item a line; empty lines do not count. A relative path is counted \
                from the folder of the workflow file.",
        default: "",
        read: |draft, node| read::text(node).map(|path| draft.items_from = Some((path.to_owned(), node.at))),
    },
    Key {
        name: "matrix",
        kind: Kind::ListTable,
        about: "Makes an array of the task, one for each combination of values; the last list varies fastest. \
                {matrix.NAME} is the value.",
        default: "",
        read: |draft, node| shape::matrix(node).map(|shape| draft.shape = shape),
    },
    Key {
        name: "needs",
        kind: Kind::Texts,
        about: "Tasks that must have succeeded before: \"align\" waits for all of it, \"align[=]\" element by element, \
                \"7\" and \"7/align\" wait for an earlier submission.",
        default: "[]",
        read: needs,
    },
];

/// Keys that a task and `[defaults]` have. The resource keys come on top.
pub(super) static SHARED: &[Key<Draft>] = &[
    Key {
        name: "request",
        kind: Kind::Requests,
        about: "Variants of what the task needs, in order of preference, instead of the resource keys.",
        default: "",
        read: |draft, node| resources::variants(node).map(|variants| draft.variants = Some(variants)),
    },
    Key {
        name: "env",
        kind: Kind::ScalarTable,
        about: "Variables added to the environment of the worker. Those of a task add to those of [defaults].",
        default: "{}",
        read: env,
    },
    Key {
        name: "cwd",
        kind: Kind::Text,
        about: "The folder in which the task runs. A relative path is counted from the folder of the workflow file, \
                which is the default.",
        default: "",
        read: |draft, node| path(node).map(|cwd| draft.cwd = Some(cwd)),
    },
    Key {
        name: "stdin",
        kind: Kind::Text,
        about: "Text for standard input.",
        default: "",
        read: |draft, node| read::template(node).map(|text| draft.spec.stdin = Stdin::Text(text)),
    },
    Key {
        name: "stdin_file",
        kind: Kind::Text,
        about: "A file for standard input, instead of 'stdin'.",
        default: "",
        read: |draft, node| path(node).map(|path| draft.spec.stdin = Stdin::File(path)),
    },
    Key {
        name: "stdout",
        kind: Kind::Text,
        about: "A file of the task's own for standard output, which otherwise 'godwit logs' shows.",
        default: "",
        read: |draft, node| path(node).map(|path| draft.spec.stdout = Some(path)),
    },
    Key {
        name: "stderr",
        kind: Kind::Text,
        about: "A file of the task's own for standard error, which otherwise 'godwit logs --stderr' shows.",
        default: "",
        read: |draft, node| path(node).map(|path| draft.spec.stderr = Some(path)),
    },
    Key {
        name: "inputs",
        kind: Kind::Texts,
        about: "Files that the task reads.",
        default: "[]",
        read: |draft, node| paths(node).map(|paths| draft.spec.inputs = paths),
    },
    Key {
        name: "outputs",
        kind: Kind::Texts,
        about: "Files that the task makes. It has failed if one of them is missing when it ends.",
        default: "[]",
        read: |draft, node| paths(node).map(|paths| draft.spec.outputs = paths),
    },
    Key {
        name: "pin",
        kind: Kind::Choice(&["no", "compact", "spread"]),
        about: "Whether the task is bound to whole cpus, close together or far apart.",
        default: "\"no\"",
        read: |draft, node| read::choice(node, PINS).map(|pin| draft.spec.pin = pin),
    },
    Key {
        name: "priority",
        kind: Kind::Integer { min: i32::MIN as i64, max: i32::MAX as i64 },
        about: "Of the tasks that are ready, those with the highest priority go first.",
        default: "0",
        read: |draft, node| {
            let priority = read::integer(node, i64::from(i32::MIN), i64::from(i32::MAX))?;
            draft.spec.priority = priority;
            Ok(())
        },
    },
    Key {
        name: "time_limit",
        kind: Kind::Duration,
        about: "The task is stopped, and has failed, when it has run this long.",
        default: "",
        read: |draft, node| read::duration(node).map(|limit| draft.spec.time_limit = Some(limit)),
    },
    Key {
        name: "time_request",
        kind: Kind::Duration,
        about: "The task is not started on a worker that has less time left than this.",
        default: "",
        read: |draft, node| read::duration(node).map(|time| draft.spec.time_request = Some(time)),
    },
    Key {
        name: "kill_grace",
        kind: Kind::Duration,
        about: "From SIGTERM to SIGKILL when the task is stopped.",
        default: "\"10s\"",
        read: |draft, node| read::duration(node).map(|grace| draft.spec.kill_grace = grace),
    },
    Key {
        name: "retries",
        kind: RETRIES,
        about: "How many failures of the task are forgiven.",
        default: "0",
        read: |draft, node| retries(node).map(|retries| draft.spec.retry.retries = retries),
    },
    Key {
        name: "node_losses_max",
        kind: RETRIES,
        about: "How many workers may be lost under the task before it is taken to be the reason.",
        default: "5",
        read: |draft, node| retries(node).map(|losses| draft.spec.retry.node_losses_max = losses),
    },
    Key {
        name: "retry_delay",
        kind: Kind::Duration,
        about: "Wait before the first retry; it doubles with each further one.",
        default: "\"1s\"",
        read: |draft, node| read::duration(node).map(|delay| draft.spec.retry.delay = delay),
    },
    Key {
        name: "retry_delay_max",
        kind: Kind::Duration,
        about: "The wait before a retry is never longer than this.",
        default: "\"5m\"",
        read: |draft, node| read::duration(node).map(|delay| draft.delay_max = Some(delay)),
    },
    Key {
        name: "retry_on",
        kind: Kind::Choices(&["exit", "signal", "timeout", "oom", "output"]),
        about: "The failures that are retried: exit code, signal, time limit, out of memory, missing output.",
        default: "[\"exit\", \"signal\", \"timeout\", \"oom\", \"output\"]",
        read: retry_on,
    },
    Key {
        name: "cache",
        kind: Kind::ChoiceOrBool(&["auto"]),
        about: "Whether an earlier result may serve instead of running the task: \"auto\" if it declares inputs or \
                outputs, true if it depends on nothing that is not declared, false never.",
        default: "\"auto\"",
        read: |draft, node| caching::policy(node).map(|policy| draft.spec.caching.policy = policy),
    },
    Key {
        name: "cache_version",
        kind: Kind::Scalar,
        about: "To be changed when earlier results are not to serve any more though nothing else has changed.",
        default: "",
        read: |draft, node| {
            read::scalar(node).map(|version| draft.spec.caching.version = version.into_owned())
        },
    },
    Key {
        name: "cache_ignore",
        kind: Kind::Texts,
        about: "What may change without making another result: \"env.NAME\", \"stdin\", words of the command and \
                paths of inputs, as they are written.",
        default: "[]",
        read: |draft, node| caching::ignored(node).map(|written| draft.ignore = written),
    },
    Key {
        name: "cache_arguments",
        kind: Kind::Choice(&["content", "text"]),
        about: "Whether words of the command that name files count by the content of the file, or by their text alone.",
        default: "\"content\"",
        read: |draft, node| {
            read::choice(node, caching::ARGUMENTS).map(|arguments| draft.spec.caching.arguments = arguments)
        },
    },
    Key {
        name: "capture",
        kind: Kind::Choice(&["no", "stdout"]),
        about: "What becomes the value of the task, for {result.NAME} in tasks that need it.",
        default: "\"no\"",
        read: |draft, node| read::choice(node, caching::CAPTURES).map(|capture| draft.spec.capture = capture),
    },
];

const RETRIES: Kind = Kind::Integer { min: 0, max: RETRIES_MAX as i64 };

const PINS: &[(&str, Pin)] = &[("no", Pin::No), ("compact", Pin::Compact), ("spread", Pin::Spread)];

fn command(draft: &mut Draft, node: &Node<'_>) -> Result<(), Fault> {
    if matches!(node.value, Value::Text(_)) {
        let expected =
            r#"a list such as ["program", "argument"]; for a line of shell write shell = "…" instead"#;
        return Err(node.unexpected(expected));
    }
    let words = read::templates(node)?;
    if words.is_empty() {
        return Err(node.unexpected("at least the program"));
    }
    draft.spec.command = Command::Argv(words);
    Ok(())
}

fn needs(draft: &mut Draft, node: &Node<'_>) -> Result<(), Fault> {
    let expected = r#"a list of tasks such as ["split", "align[=]"]"#;
    draft.needs =
        read::each(node, expected, |element| read::text(element).map(|text| (text.to_owned(), element.at)))?;
    Ok(())
}

fn env(draft: &mut Draft, node: &Node<'_>) -> Result<(), Fault> {
    for entry in node.entries("a table such as { LC_ALL = \"C\" }")? {
        let value = read::scalar_template(&entry.node).map_err(|fault| fault.at_key(&entry.key))?;
        let variables = &mut draft.spec.env;
        match variables.iter_mut().find(|(name, _)| *name == entry.key) {
            Some((_, known)) => *known = value,
            None => variables.push((entry.key.to_string(), value)),
        }
    }
    Ok(())
}

fn retries(node: &Node<'_>) -> Result<u32, Fault> {
    read::integer(node, 0, i64::from(RETRIES_MAX))
}

fn retry_on(draft: &mut Draft, node: &Node<'_>) -> Result<(), Fault> {
    let kinds = RetryOn::ALL.map(|kind| (kind.name(), kind));
    let expected = r#"a list of failures such as ["exit", "timeout"]"#;
    let mut on = read::each(node, expected, |element| read::choice(element, &kinds))?;
    on.sort_unstable();
    on.dedup();
    draft.spec.retry.on = on;
    Ok(())
}

fn path(node: &Node<'_>) -> Result<Template, Fault> {
    let path = read::template(node)?;
    if path == Template::literal("") {
        return Err(node.unexpected("a path"));
    }
    Ok(path)
}

fn paths(node: &Node<'_>) -> Result<Vec<Template>, Fault> {
    read::each(node, r#"a list of paths such as ["a.txt", "b.txt"]"#, path)
}

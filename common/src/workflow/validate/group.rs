//! What one group must be, whatever the others are.

use super::{Invalid, name_fault, shape};
use crate::limits::{DURATION_MAX, NAME_CHARACTERS_MAX, REQUEST_VARIANTS_MAX, RETRIES_MAX, STDIN_BYTES_MAX};
use crate::reading::ignorable;
use crate::resources::Request;
use crate::shape::Shape;
use crate::task::{Command, RetryPolicy, Stdin, TaskSpec};
use crate::template::{Placeholder, Template};
use crate::workflow::{Dependency, Group, Target};
use std::time::Duration;

/// A key and what is wrong with its value.
type Faulty = (&'static str, String);

impl Group {
    /// Checks everything about the group but what it needs.
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        let invalid = |(key, fault): Faulty| Invalid::of_group(self, key, fault);
        if let Some(fault) = name_fault(&self.name) {
            return Err(invalid(("name", fault)));
        }
        if let Some(fault) = shape::fault(&self.shape) {
            return Err(invalid((shape::key(&self.shape), fault)));
        }
        self.validate_needs().map_err(invalid)?;
        command(&self.task).map_err(invalid)?;
        templates(&self.task, &self.shape).map_err(invalid)?;
        env(&self.task).map_err(invalid)?;
        requests(&self.task.requests).map_err(invalid)?;
        durations(&self.task).map_err(invalid)?;
        retry(&self.task.retry).map_err(invalid)?;
        caching(&self.task).map_err(invalid)
    }

    /// The form of the needs; whether they lead anywhere is for the graph.
    fn validate_needs(&self) -> Result<(), Faulty> {
        let mut targets: Vec<(bool, u32, Option<&str>)> = Vec::with_capacity(self.needs.len());
        for need in &self.needs {
            let target = match &need.on {
                Target::Group(position) => (false, *position, None),
                Target::Earlier { workflow, .. } if workflow.0 == 0 => {
                    return Err(("needs", "there is no workflow 0; workflows are counted from 1".to_owned()));
                }
                Target::Earlier { group: None, .. } if need.by == Dependency::Elementwise => {
                    return Err((
                        "needs",
                        "a whole workflow cannot be waited for element by element".to_owned(),
                    ));
                }
                Target::Earlier { workflow, group } => (true, workflow.0, group.as_deref()),
            };
            targets.push(target);
        }
        targets.sort_unstable();
        match targets.windows(2).any(|pair| pair[0] == pair[1]) {
            true => Err(("needs", "the same task stands there twice".to_owned())),
            false => Ok(()),
        }
    }
}

fn command(task: &TaskSpec) -> Result<(), Faulty> {
    let empty = |template: &Template| template.to_string().trim().is_empty();
    match &task.command {
        Command::Argv(words) if words.first().is_none_or(empty) => {
            Err(("command", "there is no program to start".to_owned()))
        }
        Command::Shell(text) if empty(text) => Err(("shell", "there is nothing to run".to_owned())),
        Command::Argv(_) | Command::Shell(_) => Ok(()),
    }
}

fn templates(task: &TaskSpec, shape: &Shape) -> Result<(), Faulty> {
    for (key, template) in task.templates() {
        if let Some(placeholder) = template.stranger(shape) {
            return Err((key, without_value(placeholder, shape)));
        }
        if template.to_string().contains('\0') {
            return Err((key, "it has a NUL character".to_owned()));
        }
        if is_path(key) && *template == Template::literal("") {
            return Err((key, "it has an empty path".to_owned()));
        }
    }
    if !task.cwd.is_absolute(shape) {
        return Err(("cwd", format!("'{}' is not an absolute path", task.cwd)));
    }
    match &task.stdin {
        Stdin::Text(text) if text.to_string().len() > STDIN_BYTES_MAX => {
            let fault =
                format!("it is longer than {STDIN_BYTES_MAX} bytes; put it into a file and write stdin_file");
            Err(("stdin", fault))
        }
        Stdin::Text(_) | Stdin::File(_) | Stdin::Null => Ok(()),
    }
}

/// Whether the key takes paths.
pub(super) fn is_path(key: &str) -> bool {
    matches!(key, "cwd" | "stdin_file" | "stdout" | "stderr" | "inputs" | "outputs")
}

fn without_value(placeholder: &Placeholder, shape: &Shape) -> String {
    match (placeholder, shape) {
        (Placeholder::Axis(_), Shape::Matrix(axes)) => {
            let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
            format!("{placeholder} has no value, since the axes of the matrix are {}", names.join(", "))
        }
        (Placeholder::Axis(_), _) => format!("{placeholder} has no value, since the task has no matrix"),
        _ => format!("{placeholder} has no value, since the task has no items"),
    }
}

fn env(task: &TaskSpec) -> Result<(), Faulty> {
    let mut names: Vec<&str> = task.env.iter().map(|(name, _)| name.as_str()).collect();
    if names.contains(&"") {
        return Err(("env", "a variable has an empty name".to_owned()));
    }
    if let Some(name) = names.iter().find(|name| name.contains(['=', '\0'])) {
        return Err(("env", format!("{name:?} is not the name of a variable")));
    }
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(("env", format!("'{}' stands there twice", pair[0]))),
        None => Ok(()),
    }
}

fn requests(requests: &[Request]) -> Result<(), Faulty> {
    if requests.is_empty() || requests.len() > REQUEST_VARIANTS_MAX {
        let fault = format!("there are {} variants, expected 1 to {REQUEST_VARIANTS_MAX}", requests.len());
        return Err(("request", fault));
    }
    match requests.iter().find_map(request_fault) {
        Some(faulty) => Err(faulty),
        None => Ok(()),
    }
}

fn request_fault(request: &Request) -> Option<Faulty> {
    let gpus = request.gpus;
    if gpus.0 > 100 && !gpus.0.is_multiple_of(100) {
        let fault = format!("found {gpus}, expected a whole number, or a fraction of one");
        return Some(("gpus", fault));
    }
    if let Some(fault) = request.fault() {
        return Some(("resources", fault));
    }
    let nothing = request.cpus.0 == 0 && request.gpus.0 == 0 && request.memory == 0 && request.disk == 0;
    if nothing && request.named.is_empty() {
        let fault = "a task that needs nothing would be started without end; the smallest amount is 0.01";
        return Some(("cpus", fault.to_owned()));
    }
    request.named.iter().find_map(|(name, amount)| {
        let zero = (*amount == 0).then(|| format!("0 of '{name}' is asked for"));
        Some(("resources", name_fault(name).or(zero)?))
    })
}

fn caching(task: &TaskSpec) -> Result<(), Faulty> {
    let version = task.caching.version.chars();
    let characters = version.clone().count();
    if characters > NAME_CHARACTERS_MAX {
        let fault = format!("it has {characters} characters, more than the limit of {NAME_CHARACTERS_MAX}");
        return Err(("cache_version", fault));
    }
    if version.clone().any(char::is_control) {
        return Err(("cache_version", "it has a control character".to_owned()));
    }
    let ignored = &task.caching.ignore;
    if !ignored.is_sorted_by(|a, b| a < b) {
        return Err(("cache_ignore", "what is left out is not sorted or not unique".to_owned()));
    }
    if ignored.is_empty() {
        return Ok(());
    }
    let known = ignorable(task);
    match ignored.iter().find(|name| known.binary_search(name).is_err()) {
        Some(stranger) => Err(("cache_ignore", format!("'{stranger}' is nothing that the task has"))),
        None => Ok(()),
    }
}

fn durations(task: &TaskSpec) -> Result<(), Faulty> {
    let all = [
        ("time_limit", task.time_limit),
        ("time_request", task.time_request),
        ("kill_grace", Some(task.kill_grace)),
        ("retry_delay", Some(task.retry.delay)),
        ("retry_delay_max", Some(task.retry.delay_max)),
    ];
    if let Some((key, _)) = all.into_iter().find(|(_, duration)| *duration > Some(DURATION_MAX)) {
        return Err((key, "it is longer than 31 years".to_owned()));
    }
    match task.time_limit {
        Some(Duration::ZERO) => Err(("time_limit", "no task can end in no time".to_owned())),
        _ => Ok(()),
    }
}

fn retry(retry: &RetryPolicy) -> Result<(), Faulty> {
    let counts = [("retries", retry.retries), ("node_losses_max", retry.node_losses_max)];
    if let Some((key, count)) = counts.into_iter().find(|(_, count)| *count > RETRIES_MAX) {
        return Err((key, format!("{count} is more than the limit of {RETRIES_MAX}")));
    }
    match retry.on.is_sorted_by(|a, b| a < b) {
        true => Ok(()),
        false => Err(("retry_on", "the failures are not sorted or not unique".to_owned())),
    }
}

//! Workflows in a line of text: `split:4; align:4 < split[=] ~ cpus=2 retries=1; merge < align`.
//!
//! A name with a count is an array. After `<` stand needs, `[=]` is element-wise, `3/name` an earlier workflow's
//! group, `3/` all of it. After `~` stand keys of the task.

use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::{Token, WorkflowId};
use godwit_common::resources::{Hundredths, Request};
use godwit_common::shape::{IndexRange, Shape};
use godwit_common::task::{Arguments, CachePolicy, Capture, Command, Stdin, TaskSpec};
use godwit_common::template::Template;
use godwit_common::workflow::{Dependency, FailureRule, Group, Need, Target, Workflow};
use std::time::Duration;

pub(super) fn flow(text: &str) -> Workflow {
    let lines: Vec<&str> = text.split(';').map(str::trim).collect();
    let names: Vec<&str> = lines.iter().map(|line| name_of(line).0).collect();
    let groups = lines.iter().map(|line| group(line, &names)).collect();
    Workflow::new("test".to_owned(), groups, Token(0))
}

pub(super) fn stop_after(most: u32, text: &str) -> Workflow {
    Workflow { failure_rule: FailureRule::StopAfter(most), ..flow(text) }
}

/// Saved in this mode; what is periodic, every so often.
pub(super) fn saved(mode: CheckpointMode, period: Duration, text: &str) -> Workflow {
    let period = (mode == CheckpointMode::Periodic).then_some(period);
    Workflow { checkpoint: Some(mode), checkpoint_period: period, ..flow(text) }
}

fn name_of(line: &str) -> (&str, Option<u32>) {
    let head = line.split(['<', '~']).next().unwrap_or_default().trim();
    match head.split_once(':') {
        Some((name, count)) => (name, Some(count.parse().expect("a count"))),
        None => (head, None),
    }
}

fn group(line: &str, names: &[&str]) -> Group {
    let (name, count) = name_of(line);
    let (head, keys) = line.split_once('~').unwrap_or((line, ""));
    let needs = head.split_once('<').map_or("", |(_, needs)| needs);
    let range = |count| IndexRange { first: 0, last: count - 1, step: 1 };
    Group {
        name: name.to_owned(),
        shape: count.map_or(Shape::Single, |count| Shape::Indices(vec![range(count)])),
        needs: needs.split_whitespace().map(|text| need(text, names)).collect(),
        task: task(keys),
    }
}

fn need(text: &str, names: &[&str]) -> Need {
    let (target, by) = match text.strip_suffix("[=]") {
        Some(target) => (target, Dependency::Elementwise),
        None => (text, Dependency::Barrier),
    };
    let on = match target.split_once('/') {
        Some((id, group)) => Target::Earlier {
            workflow: WorkflowId(id.parse().expect("a workflow")),
            group: (!group.is_empty()).then(|| group.to_owned()),
        },
        None => {
            let position = names.iter().position(|name| *name == target).expect("a known name");
            Target::Group(u32::try_from(position).expect("few groups"))
        }
    };
    Need { on, by }
}

fn task(keys: &str) -> TaskSpec {
    let mut spec = TaskSpec::new(Command::Argv(vec![Template::literal("true")]), "/");
    spec.retry.delay = Duration::ZERO;
    for pair in keys.split_whitespace() {
        let (key, value) = pair.split_once('=').expect("key=value");
        set(&mut spec, key, value);
    }
    spec
}

fn set(spec: &mut TaskSpec, key: &str, value: &str) {
    let number = || value.parse::<u32>().expect("a number");
    let request = |cpus: u32, gpus: u32| Request {
        cpus: Hundredths::whole(cpus),
        gpus: Hundredths::whole(gpus),
        ..Request::default()
    };
    match key {
        "cpus" => spec.requests = vec![request(number(), 0)],
        // So many bytes of memory, and no cpu.
        "memory" => {
            spec.requests = vec![Request { memory: number().into(), ..request(0, 0) }];
        }
        "gpus" => spec.requests = vec![request(1, number())],
        // A gpu, or else so many cpus.
        "gpu_or_cpus" => spec.requests = vec![request(1, 1), request(number(), 0)],
        "priority" => spec.priority = value.parse().expect("a number"),
        "retries" => spec.retry.retries = number(),
        "losses" => spec.retry.node_losses_max = number(),
        "delay" => spec.retry.delay = Duration::from_secs(number().into()),
        "time" => spec.time_request = Some(Duration::from_secs(number().into())),
        "in" => spec.inputs = templates(value),
        "out" => spec.outputs = templates(value),
        // Further words of the command.
        "words" => {
            if let Command::Argv(words) = &mut spec.command {
                words.extend(templates(value));
            }
        }
        "shell" => {
            spec.command = Command::Shell(Template::parse(&value.replace('_', " ")).expect("a template"));
        }
        "env" => {
            let pair = |pair: &str| {
                pair.split_once(':').map(|(n, v)| (n.to_owned(), Template::parse(v).expect("a template")))
            };
            spec.env = value.split(',').filter_map(pair).collect();
        }
        "stdin" => spec.stdin = Stdin::Text(Template::parse(value).expect("a template")),
        "stdin_file" => spec.stdin = Stdin::File(Template::parse(value).expect("a template")),
        "cwd" => spec.cwd = Template::parse(value).expect("a template"),
        "version" => spec.caching.version = value.to_owned(),
        "ignore" => spec.caching.ignore = value.split(',').map(str::to_owned).collect(),
        "cache" if value == "always" => spec.caching.policy = CachePolicy::Always,
        "cache" if value == "never" => spec.caching.policy = CachePolicy::Never,
        "arguments" if value == "text" => spec.caching.arguments = Arguments::Text,
        "capture" if value == "stdout" => spec.capture = Capture::Stdout,
        "stdout" => spec.stdout = Some(Template::parse(value).expect("a template")),
        _ => panic!("unknown key {key}"),
    }
}

/// `a,b`
fn templates(text: &str) -> Vec<Template> {
    text.split(',').map(|text| Template::parse(text).expect("a template")).collect()
}

//! What good files mean.

use super::toml;
use crate::checkpoint::CheckpointMode;
use crate::ids::{Token, WorkflowId};
use crate::memo::Reuse;
use crate::resources::{Hundredths, Request};
use crate::shape::{IndexRange, Shape};
use crate::task::{Arguments, CachePolicy, Caching, Capture, Command, Pin, RetryOn, Stdin, TaskSpec};
use crate::template::Template;
use crate::workflow::{Dependency, FailureRule, Group, Need, Target, Workflow};
use std::time::Duration;

fn full() -> Workflow {
    toml(include_str!("full.toml"))
}

fn group(name: &str) -> Group {
    let mut groups = full().groups.into_iter();
    groups.find(|group| group.name == name).expect("a group of full.toml")
}

fn template(text: &str) -> Template {
    Template::parse(text).expect("a template")
}

fn env(task: &TaskSpec) -> Vec<String> {
    let variables = task.env.iter();
    variables.map(|(name, value)| format!("{name}={value}")).collect()
}

#[test]
fn the_smallest_file_has_the_defaults_that_a_spec_has() {
    let workflow = toml("[[task]]\nname = \"a\"\ncommand = [\"true\"]\n");
    let command = Command::Argv(vec![Template::literal("true")]);
    let expected = Workflow::single(
        "a".to_owned(),
        Shape::Single,
        TaskSpec::new(command, "/data"),
        Vec::new(),
        Token(7),
    );
    assert_eq!(workflow.name, "w");
    assert_eq!(workflow.groups, expected.groups);
    assert_eq!(workflow.failure_rule, FailureRule::Continue);
}

#[test]
fn the_digest_is_of_the_content_alone_and_does_not_change_between_versions() {
    let workflow = full();
    let resent = Workflow { submission: Token(8), ..workflow.clone() };
    assert_eq!(resent.content_digest(), workflow.digest);
    let hex: String = workflow.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "7d2b8a67176a2df60d8e8875e855e9173b8f0a2540ff033174182c8820259073");
}

#[test]
fn the_top_level_is_read() {
    let workflow = full();
    assert_eq!(workflow.name, "everything");
    assert_eq!(workflow.submission, Token(7));
    assert_eq!(workflow.failure_rule, FailureRule::StopAfter(10));
    assert_eq!(workflow.checkpoint, Some(CheckpointMode::Periodic));
    assert_eq!(workflow.checkpoint_period, Some(Duration::from_secs(60)));
    assert_eq!((workflow.folder.as_str(), &workflow.reuse), ("/data", &Reuse::All));
    let stop = toml("on_failure = \"stop\"\ntask = [{ name = \"a\", shell = \"a\" }]");
    assert_eq!(stop.failure_rule, FailureRule::StopAfter(0));
}

#[test]
fn a_task_adds_to_the_defaults() {
    let index = group("index");
    assert_eq!(index.task.retry.retries, 2);
    assert_eq!(env(&index.task), ["LC_ALL=C", "THREADS=2"]);
    let request = Request {
        cpus: Hundredths::whole(2),
        memory: 512 << 20,
        named: vec![("api".to_owned(), 1), ("licence".to_owned(), 2)],
        ..Request::default()
    };
    assert_eq!(index.task.requests, [request]);
    assert_eq!(index.task.time_limit, Some(Duration::from_secs(600)));
    assert_eq!(index.task.stdin, Stdin::Text(template("hello {attempt}\n")));
}

#[test]
fn a_task_overrides_the_defaults() {
    let align = group("align").task;
    assert_eq!(env(&align), ["LC_ALL=C", "THREADS=4", "RATIO=0.50", "VERBOSE=true", "SEED={result.index}"]);
    assert_eq!(align.retry.retries, 3);
    let [gpu, cpu] = align.requests.as_slice() else {
        panic!("two variants, not {:?}", align.requests);
    };
    assert_eq!((gpu.cpus.0, gpu.gpus.0, gpu.memory), (100, 100, 0));
    assert_eq!((cpu.cpus.0, cpu.disk), (50, 4096));
    assert_eq!(align.retry.on, [RetryOn::Exit, RetryOn::Timeout]);
    assert_eq!(align.retry.delay_max, Duration::from_secs(600), "never below the first delay");
    assert_eq!((align.pin, align.priority), (Pin::Compact, -10));
    assert_eq!(align.time_request, Some(Duration::from_secs(90)));
}

#[test]
fn the_keys_of_memoization_are_read() {
    let index = group("index").task;
    let caching = Caching {
        policy: CachePolicy::Always,
        version: "2".to_owned(),
        ignore: ["env.THREADS", "genome.fa", "stdin"].map(str::to_owned).to_vec(),
        arguments: Arguments::Text,
    };
    assert_eq!((index.caching, index.capture), (caching, Capture::Stdout));
    assert_eq!(group("align").task.caching.policy, CachePolicy::Never);
    assert_eq!(group("merge").task.caching, Caching::default());
    let parsl = toml("checkpoint = \"dfk_exit\"\ntask = [{ name = \"a\", shell = \"a\" }]");
    assert_eq!(parsl.checkpoint, Some(CheckpointMode::WorkflowExit));
}

#[test]
fn what_defaults_leave_out_of_keys_is_left_out_where_it_is() {
    let workflow = toml(
        "[defaults]\ncache_ignore = [\"stdin\", \"log\"]\nenv = { A = 1 }\n\
         [[task]]\nname = \"a\"\ncommand = [\"a\", \"log\"]\n\
         [[task]]\nname = \"b\"\nshell = \"b log\"\nstdin = \"x\"\n\
         [[task]]\nname = \"c\"\nshell = \"c\"\ncache_ignore = [\"env.A\"]\n",
    );
    let ignored: Vec<&[String]> =
        workflow.groups.iter().map(|group| group.task.caching.ignore.as_slice()).collect();
    assert_eq!(ignored, [&["log"][..], &["log", "stdin"], &["env.A"]]);
}

#[test]
fn paths_are_counted_from_the_folder_of_the_file() {
    let align = group("align").task;
    assert_eq!(align.cwd.to_string(), "/data/work/{index}");
    assert_eq!(align.stdout, Some(template("out/{index}.txt")));
    assert_eq!(group("merge").task.cwd.to_string(), "/data");
    let absolute =
        toml("[[task]]\nname = \"a\"\ncommand = [\"b\"]\nitems = [\"/x\", \"/y\"]\ncwd = \"{item}\"");
    assert_eq!(absolute.groups[0].task.cwd.to_string(), "{item}");
}

#[test]
fn shapes_are_read() {
    let items = |items: &[&str]| Shape::Items(items.iter().map(|&item| item.to_owned()).collect());
    assert_eq!(group("align").shape, items(&["s1", " s2 ", "# s3"]));
    assert_eq!(group("items").shape, items(&["x", "1", "2.50", "true"]));
    let sweep = group("sweep").shape;
    let names: Vec<_> = (0..sweep.len()).map(|position| sweep.axis(position, "seed")).collect();
    assert_eq!(names, [Some("2"), Some("2"), Some("1"), Some("1")]);
    let counted = toml("[[task]]\nname = \"a\"\ncommand = [\"b\"]\narray = 1_000_000");
    let range = IndexRange { first: 0, last: 999_999, step: 1 };
    assert_eq!(counted.groups[0].shape, Shape::Indices(vec![range]));
}

#[test]
fn needs_are_resolved_within_the_file_first() {
    let earlier = |workflow, group: Option<&str>| Need {
        on: Target::Earlier { workflow: WorkflowId(workflow), group: group.map(str::to_owned) },
        by: Dependency::Barrier,
    };
    let align = Need { on: Target::Group(1), by: Dependency::Elementwise };
    assert_eq!(group("merge").needs, [align, earlier(7, None), earlier(8, Some("split"))]);
    let text = "task = [{ name = \"7\", shell = \"a\" }, { name = \"b\", shell = \"a\", needs = [\"7\"] }]";
    assert_eq!(toml(text).groups[1].needs[0].on, Target::Group(0));
}

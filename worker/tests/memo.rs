//! What tasks leave behind, the values that they hand on, and whether earlier results are still there.

mod support;

use godwit_common::ids::AttemptId;
use godwit_common::limits::VALUE_BYTES_MAX;
use godwit_common::memo::{OutputState, Produced, Stamp};
use godwit_common::message::worker::{AttemptValues, ToWorker};
use godwit_common::outcome::{End, Ended};
use godwit_common::task::{CachePolicy, Capture, Command, Stdin, TaskSpec};
use godwit_common::template::Template;
use godwit_files::{Digester, stamp};
use std::fs::{self, File, FileTimes};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use support::*;

fn template(text: &str) -> Template {
    Template::parse(text).expect("a template")
}

/// A shell's text that declares these files.
fn declaring(at: &Path, text: &str, inputs: &[&str], outputs: &[&str]) -> TaskSpec {
    let mut task = shell(at, text);
    task.inputs = inputs.iter().map(|path| template(path)).collect();
    task.outputs = outputs.iter().map(|path| template(path)).collect();
    task
}

fn capturing(mut task: TaskSpec) -> TaskSpec {
    task.capture = Capture::Stdout;
    task
}

async fn run_all(at: &Path, tasks: Vec<TaskSpec>) -> Vec<Ended> {
    with_worker(options(at), |place| place.run_all(tasks)).await.1
}

async fn run_one(at: &Path, task: TaskSpec) -> Ended {
    run_all(at, vec![task]).await.remove(0)
}

async fn produced(at: &Path, task: TaskSpec) -> Produced {
    let ended = run_one(at, task).await;
    assert_eq!(ended.end, End::Succeeded);
    *ended.produced.expect("it is told")
}

/// The files that were read, without their folder.
fn read(at: &Path, produced: &Produced) -> Vec<(String, Stamp)> {
    let prefix = format!("{}/", at.display());
    let name = |path: &String| path.strip_prefix(&prefix).unwrap_or(path).to_owned();
    produced.read.iter().map(|(path, stamp)| (name(path), *stamp)).collect()
}

fn state(path: &Path) -> OutputState {
    let found = Digester::open(None).digest(path).expect("it is there");
    OutputState { digest: found.digest, stamp: found.stamp }
}

fn output(path: &Path) -> (String, OutputState) {
    (path.to_string_lossy().into_owned(), state(path))
}

#[tokio::test]
async fn a_success_tells_what_it_read_and_made() {
    let folder = tempfile::tempdir().unwrap();
    let at = &folder.path().canonicalize().unwrap();
    for (name, text) in [("in", "1"), ("script.sh", "cat in"), ("old", "x"), ("idle", "y")] {
        fs::write(at.join(name), text).unwrap();
    }
    fs::create_dir(at.join("lib")).unwrap();
    fs::write(at.join("lib/a"), "22").unwrap();
    let text = "sh script.sh >old; mkdir -p made; cp old made/{index}; cat /dev/null 'no such' in || true";
    let task = declaring(at, text, &["./in", "lib"], &["old", "made"]);
    let found = produced(at, task).await;
    assert_eq!(found.outputs, [state(&at.join("old")), state(&at.join("made"))]);
    let expected = ["in", "lib", "script.sh"].map(|name| (name.to_owned(), stamp(&at.join(name)).unwrap()));
    assert_eq!(read(at, &found), expected);
    assert_eq!((found.value, found.disturbed), (None, None));
}

#[tokio::test]
async fn what_nobody_wants_to_know_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("in"), "1").unwrap();
    let mut never = declaring(at, "cp in out", &["in"], &["out"]);
    never.caching.policy = CachePolicy::Never;
    let mut failing = capturing(declaring(at, "cp in out2; exit 1", &["in"], &["out2"]));
    failing.caching.policy = CachePolicy::Always;
    let ends = run_all(at, vec![shell(at, "cat in"), never, failing]).await;
    assert_eq!(ends[0].produced, None);
    let never = ends[1].produced.clone().expect("others may need its output");
    assert_eq!((never.outputs.len(), never.read), (1, Vec::new()));
    assert_eq!(ends[2].produced, None);
}

#[tokio::test]
async fn a_file_that_changes_under_a_task_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = &folder.path().canonicalize().unwrap();
    for (text, input) in
        [("echo more >>in", "in"), ("rm in", "in"), ("touch lib/b", "lib"), ("cat 'in'; echo 1 >>in", "lib")]
    {
        fs::write(at.join("in"), "1").unwrap();
        fs::create_dir_all(at.join("lib")).unwrap();
        let _ = fs::remove_file(at.join("lib/b"));
        let found = produced(at, declaring(at, text, &[input], &[])).await;
        let changed = if text.contains("lib") { "lib" } else { "in" };
        assert_eq!(found.disturbed, Some(at.join(changed).to_string_lossy().into_owned()), "{text}");
    }
}

#[tokio::test]
async fn an_output_that_has_no_content_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let task = declaring(at, "mkfifo out", &[], &["out"]);
    let ended = run_one(at, task).await;
    assert_eq!((words(&ended).as_str(), ended.produced), ("succeeded", None));
    let task = capturing(declaring(at, "rm out; mkfifo out; echo 5", &[], &["out"]));
    let found = produced(at, task).await;
    assert_eq!((found.outputs.len(), found.value.as_deref()), (0, Some("5")));
}

#[tokio::test]
async fn values_are_standard_output_without_its_last_newlines() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let fits = format!("head -c {VALUE_BYTES_MAX} /dev/zero | tr '\\0' x; echo; echo");
    let cases = [
        ("echo 5", "5"),
        ("printf 'a\\n b\\n\\n\\n'", "a\n b"),
        ("true", ""),
        ("echo; echo", ""),
        ("echo é; echo not this >&2", "é"),
        (&fits, &"x".repeat(VALUE_BYTES_MAX)),
    ];
    let tasks = cases.iter().map(|(text, _)| capturing(shell(at, text))).collect();
    for (ended, (text, expected)) in run_all(at, tasks).await.into_iter().zip(cases) {
        assert_eq!(words(&ended), "succeeded", "{text}");
        let value = ended.produced.and_then(|produced| produced.value).expect("a value");
        assert!(*value == *expected, "{text}: {} bytes", value.len());
    }
}

#[tokio::test]
async fn a_value_may_be_in_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let mut task = capturing(shell(at, "echo mine"));
    task.stdout = Some(template("out.txt"));
    assert_eq!(produced(at, task.clone()).await.value.as_deref(), Some("mine"));
    task.stdout = Some(template("/dev/null"));
    let sentence =
        "its value could not be captured: its standard output went to /dev/null, which keeps nothing";
    assert_eq!(words(&run_one(at, task).await), sentence);
}

#[tokio::test]
async fn what_is_no_value_fails_the_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let tasks = vec![
        capturing(shell(at, "printf 'ab\\377c'; echo said >&2")),
        capturing(shell(at, "head -c 1048577 /dev/zero | tr '\\0' x")),
        capturing(shell(at, "head -c 3000000 /dev/zero")),
    ];
    let ends = run_all(at, tasks).await;
    let expected = [
        "its standard output is not text in UTF-8, as byte 2 shows; write such data to a file",
        "its standard output has 1048577 bytes, and a value has at most 1 MiB; write more to a file",
        "its standard output has 3000000 bytes, and a value has at most 1 MiB; write more to a file",
    ];
    for (ended, expected) in ends.iter().zip(expected) {
        assert_eq!(words(ended), format!("its value could not be captured: {expected}"));
        assert_eq!(ended.produced, None);
    }
    let End::Failed(failure) = &ends[0].end else { panic!("it failed") };
    assert_eq!(failure.stderr_tail, b"said\n");
}

/// Runs a task that asks for the value `text` of `a`, and captures what it says.
async fn with_value(at: &Path, task: TaskSpec, text: &str) -> Ended {
    let script = async |mut place: Place| {
        let mut coordinator = place.welcome().await;
        let id: AttemptId = attempt(0, 0);
        let values = vec![("a".to_owned(), Arc::from(text))];
        coordinator.say(&ToWorker::Values(vec![AttemptValues { id, values }])).await;
        coordinator.give(0, 1, capturing(task)).await;
        let ended = coordinator.end().await;
        coordinator.quit().await;
        ended
    };
    with_worker(options(at), script).await.1
}

fn argv(at: &Path, words: &[&str]) -> TaskSpec {
    let command = Command::Argv(words.iter().map(|word| template(word)).collect());
    TaskSpec::new(command, &at.to_string_lossy())
}

#[tokio::test]
async fn values_reach_every_part_of_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let mut stdin = argv(at, &["cat"]);
    stdin.stdin = Stdin::Text(template("got {result.a}"));
    let mut env = argv(at, &["printenv", "A"]);
    env.env = vec![("A".to_owned(), template("got {result.a}"))];
    let mut shell = argv(at, &["true"]);
    shell.command = Command::Shell(template("echo \"got {result.a}\""));
    for task in [argv(at, &["echo", "got {result.a}"]), stdin, env, shell] {
        let ended = with_value(at, task, "1 2\n3").await;
        let value = ended.produced.clone().and_then(|produced| produced.value);
        assert_eq!(value.as_deref(), Some("got 1 2\n3"), "{}", words(&ended));
    }
}

#[tokio::test]
async fn a_value_too_long_for_a_word_is_named_and_fits_through_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let long = "x".repeat(200_000);
    let ended = with_value(at, argv(at, &["echo", "{result.a}"]), &long).await;
    let expected = "word 2 of its command has 200000 bytes, and the system takes at most 131071; \
                    hand it over as standard input";
    assert_eq!(words(&ended), expected);
    let mut env = argv(at, &["true"]);
    env.env = vec![("A".to_owned(), template("{result.a}"))];
    assert!(words(&with_value(at, env, &long).await).starts_with("its variable A has 200002 bytes"));
    let mut shell = argv(at, &["true"]);
    shell.command = Command::Shell(template("echo {result.a}"));
    assert!(words(&with_value(at, shell, &long).await).starts_with("the text of its shell has 200005 bytes"));
    let mut stdin = argv(at, &["wc", "-c"]);
    stdin.stdin = Stdin::Text(template("{result.a}"));
    let counted = with_value(at, stdin, &long).await.produced.and_then(|produced| produced.value);
    assert_eq!(counted.as_deref(), Some("200000"));
}

fn set_modified(path: &Path, ago: u64) {
    let time = SystemTime::now() - Duration::from_secs(ago);
    File::options().write(true).open(path).unwrap().set_times(FileTimes::new().set_modified(time)).unwrap();
}

#[tokio::test]
async fn earlier_results_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let made = |name: &str| {
        let path = at.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, name).unwrap();
        path
    };
    let [same, touched, grown, changed, gone] = ["same", "touched", "grown", "changed", "gone"].map(made);
    let [full, fuller] =
        ["full", "fuller"].map(|name| made(&format!("{name}/a")).parent().unwrap().to_owned());
    let mut checks: Vec<_> =
        [&same, &touched, &grown, &changed, &gone, &full, &fuller].map(|path| vec![output(path)]).into();
    checks.push(vec![output(&same), output(&changed), output(&gone)]);
    checks.push(Vec::new());
    set_modified(&touched, 100);
    fs::write(&grown, "longer").unwrap();
    fs::write(&changed, "CHANGED").unwrap();
    set_modified(&changed, 100);
    fs::remove_file(&gone).unwrap();
    set_modified(&full.join("a"), 100);
    fs::write(fuller.join("b"), "").unwrap();
    let script = async |mut place: Place| {
        let mut coordinator = place.welcome().await;
        let answers = coordinator.check(checks).await;
        coordinator.quit().await;
        answers
    };
    let answers = with_worker(options(at), script).await.1;
    let wrong =
        |path: &Path| Some(format!("{} was changed: its content is not what was recorded", path.display()));
    let missing = Some(format!("{} is missing", gone.display()));
    let expected =
        [None, None, wrong(&grown), wrong(&changed), missing.clone(), None, wrong(&fuller), missing, None];
    assert_eq!(answers, expected);
}

#[tokio::test]
async fn a_draining_worker_answers_too_and_many_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("out"), "1").unwrap();
    let checks = vec![vec![output(&at.join("out"))]; 1000];
    let script = async |mut place: Place| {
        let mut coordinator = place.welcome().await;
        coordinator.give(0, 1, shell(at, "while test ! -e stop; do sleep 0.01; done")).await;
        coordinator.start(attempt(0, 0)).await;
        coordinator.say(&ToWorker::Drain).await;
        let answers = coordinator.check(checks).await;
        assert!(answers.len() == 1000 && answers.iter().all(Option::is_none));
        fs::write(at.join("stop"), "").unwrap();
        coordinator.see_off().await;
    };
    let (leave, ()) = with_worker(options(at), script).await;
    assert!(leave.orderly);
}

#[tokio::test]
async fn a_task_is_stopped_while_its_outputs_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // A hole of a terabyte is made at once and read for minutes.
    let task = declaring(at, "truncate -s 1T out", &[], &["out"]);
    for order in [ToWorker::Stop(vec![attempt(0, 0)]), ToWorker::Quit] {
        let ended = stopped_while_read(at, task.clone(), order).await;
        assert_eq!((words(&ended).as_str(), ended.produced), ("stopped", None));
        fs::remove_file(at.join("out")).unwrap();
    }
}

/// Gives the order when the output is there. While it is read, the worker goes on to speak.
async fn stopped_while_read(at: &Path, task: TaskSpec, order: ToWorker) -> Ended {
    let script = async |mut place: Place| {
        let mut coordinator = place.welcome().await;
        coordinator.give(0, 1, task).await;
        coordinator.start(attempt(0, 0)).await;
        while stamp(&at.join("out")).map_or(0, |stamp| stamp.size) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // The first heartbeat comes when it has been read for half a second.
        coordinator.listen().await;
        coordinator.say(&order).await;
        let ended = coordinator.end().await;
        if order == ToWorker::Quit {
            coordinator.see_off().await;
        } else {
            coordinator.quit().await;
        }
        ended
    };
    with_worker(options(at), script).await.1
}

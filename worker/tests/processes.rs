//! Real processes: how they end, what they see, what they leave.

mod support;

use godwit_common::message::worker::OutputStream;
use godwit_common::outcome::{Cause, End};
use godwit_common::resources::{Hundredths, Request};
use godwit_common::task::{Pin, Stdin, TaskSpec};
use godwit_common::template::Template;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};
use support::*;

/// Runs the tasks and says how each ended and what it wrote to standard output.
async fn run(folder: &Path, tasks: Vec<TaskSpec>) -> Vec<(String, String)> {
    let mut results = Vec::new();
    with_worker(options(folder), async |mut place: Place| {
        let mut coordinator = place.welcome().await;
        let spool = coordinator.hello.spool.clone();
        let count = tasks.len();
        for (number, task) in (0u32..).zip(tasks) {
            coordinator.give(number, 1, task).await;
        }
        let mut ended = coordinator.ends(count).await;
        ended.sort_by_key(|ended| ended.id);
        for ended in ended {
            let mut output = String::new();
            if let Some(usage) = &ended.usage {
                let spool = Path::new(&spool);
                let read = godwit_worker::spool::read(spool, &usage.output, OutputStream::Stdout, 0);
                read.expect("it is there").read_to_string(&mut output).expect("it is text");
            }
            results.push((words(&ended), output));
        }
        coordinator.quit().await;
    })
    .await;
    results
}

async fn check(folder: &Path, cases: Vec<(TaskSpec, &str)>) {
    let (tasks, expected): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
    let ends = run(folder, tasks).await.into_iter().map(|(end, _)| end);
    assert_eq!(ends.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn every_kind_of_end_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("plain"), "#!/bin/sh\nexit 0\n").unwrap();
    let executable = |name: &str, text: &str| {
        std::fs::write(at.join(name), text).unwrap();
        std::fs::set_permissions(at.join(name), PermissionsExt::from_mode(0o755)).unwrap();
    };
    executable("script", "#!/bin/sh\nexit 5\n");
    executable("orphaned", "#!/no/such/interpreter\n");
    executable("text", "exit 0\n");
    let nowhere = at.join("nowhere");
    let with_path = |word: &str, path: &Path| {
        let mut task = program(at, &[word]);
        task.env = vec![("PATH".to_owned(), Template::literal(&path.to_string_lossy()))];
        task
    };
    let no_folder = format!("the folder {} does not exist", nowhere.display());
    let no_mode =
        format!("the command '{0}' is not executable; run 'chmod +x {0}'", at.join("plain").display());
    check(
        at,
        vec![
            (program(at, &["true"]), "succeeded"),
            (shell(at, "exit 3"), "exit code 3"),
            (shell(at, "kill -SEGV $$"), "killed by signal 11 (SIGSEGV)"),
            (shell(at, "kill -KILL $$"), "killed by signal 9 (SIGKILL)"),
            (program(at, &["./script"]), "exit code 5"),
            (with_path("script", at), "exit code 5"),
            (program(&nowhere, &["true"]), &no_folder),
            (program(at, &["no-such-command"]), "the command 'no-such-command' was not found in PATH"),
            (program(at, &["./missing"]), "the command './missing' does not exist"),
            (program(at, &["./plain"]), "the command './plain' is not executable; run 'chmod +x ./plain'"),
            (with_path("plain", at), &no_mode),
            (program(at, &["./orphaned"]), "the interpreter that the first line of './orphaned' names does not exist"),
            (
                program(at, &["./text"]),
                "'./text' is neither a program for this machine nor a script whose first line begins with '#!'",
            ),
            (program(at, &["true", "a\0b"]), "its command or its environment contains a NUL character"),
            (program(at, &[""]), "the command is empty"),
        ],
    )
    .await;
}

#[tokio::test]
async fn declared_outputs_have_to_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let making = |text: &str| {
        let mut task = shell(at, text);
        task.outputs = vec![Template::parse("made/{index}.txt").unwrap(), Template::literal("other")];
        task
    };
    let cases = vec![
        (making("mkdir -p made; touch made/0.txt other"), "succeeded"),
        (making("rm -f other"), "declared output made/0.txt is missing"),
    ];
    for case in cases.into_iter().rev() {
        check(at, vec![case]).await;
    }
}

#[tokio::test]
async fn a_task_sees_its_environment_and_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("in"), "from a file\n").unwrap();
    let mut variables = shell(
        at,
        "echo $GODWIT_WORKFLOW $GODWIT_TASK $GODWIT_INDEX $GODWIT_ATTEMPT $GODWIT_CPUS $GODWIT_WORKER \
         $OMP_NUM_THREADS ${CUDA_VISIBLE_DEVICES-unset} $OWN; pwd",
    );
    variables.requests = vec![Request { cpus: Hundredths(150), gpus: Hundredths(100), ..Request::default() }];
    variables.env = vec![("OWN".to_owned(), Template::parse("{workflow}-{index}").unwrap())];
    let mut text = program(at, &["cat"]);
    text.stdin = Stdin::Text(Template::literal("a text\nof lines\n"));
    let mut file = program(at, &["cat"]);
    file.stdin = Stdin::File(Template::literal("in"));
    let mut missing = program(at, &["cat"]);
    missing.stdin = Stdin::File(Template::literal("out"));
    let nothing = program(at, &["cat"]);
    let results = run(at, vec![variables, text, file, nothing, missing]).await;
    let outputs: Vec<&str> = results.iter().map(|(_, output)| output.as_str()).collect();
    let seen = format!("7 7/g0 0 2 1.5 w3 2 0 7-0\n{}\n", at.canonicalize().unwrap().display());
    assert_eq!(outputs, [&seen, "a text\nof lines\n", "from a file\n", "", ""]);
    let missing =
        format!("its standard input {} cannot be read: no such file or directory", at.join("out").display());
    assert_eq!(results[4].0, missing);
}

#[tokio::test]
async fn files_of_its_own_are_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("both"), "old, and longer than what is new").unwrap();
    let mut apart = shell(at, "echo out; echo err >&2; exit 1");
    apart.stdout = Some(Template::parse("deep/er/{index}.out").unwrap());
    apart.stderr = Some(Template::literal("deep/err"));
    let mut together = shell(at, "echo out; echo err >&2; echo out");
    together.stdout = Some(Template::literal("both"));
    together.stderr = Some(Template::literal("both"));
    let mut impossible = shell(at, "true");
    impossible.stdout = Some(Template::literal("both/in"));
    let tasks = vec![apart, together, impossible];
    let (_, ended) = with_worker(options(at), async |place: Place| place.run_all(tasks).await).await;
    let End::Failed(failure) = &ended[0].end else { panic!("{ended:?}") };
    assert_eq!((&failure.cause, &failure.stderr_tail[..]), (&Cause::Exit(1), &b"err\n"[..]));
    assert!(words(&ended[2]).starts_with("its output file "), "{}", words(&ended[2]));
    let read = |path: &str| std::fs::read_to_string(at.join(path)).unwrap();
    assert_eq!(
        [read("deep/er/0.out"), read("deep/err"), read("both")],
        ["out\n", "err\n", "out\nerr\nout\n"]
    );
}

#[tokio::test]
async fn a_failure_carries_the_end_of_its_own_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let noisy = shell(folder.path(), "seq 10000 >&2; echo last >&2; exit 1");
    let quiet = shell(folder.path(), "exit 1");
    with_worker(options(folder.path()), async |place: Place| {
        let alone = |mut task: TaskSpec| {
            // One after the other, so that both use the same spool.
            task.requests = vec![Request { cpus: Hundredths(400), ..Request::default() }];
            task
        };
        let ended = place.run_all(vec![alone(noisy), alone(quiet)]).await;
        let tail = |end: &End| match end {
            End::Failed(failure) => String::from_utf8(failure.stderr_tail.clone()).unwrap(),
            _ => panic!("{end:?}"),
        };
        let first = tail(&ended[0].end);
        assert!(first.len() == 4096 && first.ends_with("10000\nlast\n"), "{first}");
        assert_eq!(tail(&ended[1].end), "");
    })
    .await;
}

#[tokio::test]
async fn a_task_over_its_time_limit_is_stopped_even_if_it_does_not_want_to() {
    let folder = tempfile::tempdir().unwrap();
    let mut deaf = shell(folder.path(), "trap '' TERM; echo deaf >&2; while :; do sleep 0.05; done");
    let mut polite = shell(folder.path(), "trap 'exit 0' TERM; while :; do sleep 0.05; done");
    for task in [&mut deaf, &mut polite] {
        task.time_limit = Some(Duration::from_millis(300));
    }
    let limit = "ran longer than its time limit of 300ms";
    let begun = Instant::now();
    check(folder.path(), vec![(deaf, limit), (polite, limit)]).await;
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn nothing_that_a_task_left_is_alive_when_its_end_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let script = "
        sleep 1000 & echo $! >> pids
        setsid sh -c 'echo $$ >> pids; sleep 1000 & echo $! >> pids; wait' &
        setsid sh -c 'trap \"\" TERM; (sleep 1000 & echo $! >> pids); exit 0'
        while [ $(wc -l < pids) -lt 4 ]; do sleep 0.01; done";
    with_worker(options(folder.path()), async |mut place: Place| {
        let mut coordinator = place.welcome().await;
        coordinator.give(0, 1, shell(folder.path(), script)).await;
        assert_eq!(words(&coordinator.end().await), "succeeded");
        let left: Vec<u32> = pids_in(&pids, 4).await;
        let alive: Vec<&u32> = left.iter().filter(|pid| is_alive(**pid)).collect();
        assert!(alive.is_empty(), "{alive:?} of {left:?}");
        coordinator.quit().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_task_used_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let busy = shell(folder.path(), "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done");
    let idle = shell(folder.path(), "sleep 0.3");
    let large = shell(folder.path(), "head -c 100000000 /dev/zero | tail > /dev/null");
    with_worker(options(folder.path()), async |place: Place| {
        let ended = place.run_all(vec![busy, idle, large]).await;
        let used: Vec<_> = ended.into_iter().map(|ended| ended.usage.expect("it ran")).collect();
        assert!(used[0].cpu > Duration::from_millis(20), "{used:?}");
        assert!(
            used[1].wall >= Duration::from_millis(300) && used[1].cpu < Duration::from_millis(100),
            "{used:?}"
        );
        assert!(used[2].memory_max > 90 << 20, "{used:?}");
    })
    .await;
}

#[tokio::test]
async fn a_task_that_uses_more_memory_than_it_asked_for_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let asking = |text: &str| {
        let mut task = shell(folder.path(), text);
        task.requests = vec![Request { memory: 32 << 20, ..Request::default() }];
        task
    };
    // The shell's child holds 100 MB in memory until it is killed.
    let greedy = asking("head -c 100000000 /dev/zero | sh -c 'x=$(tr \"\\\\0\" x); sleep 60'");
    check(folder.path(), vec![(greedy, "out of memory"), (asking("sleep 1"), "succeeded")]).await;
}

#[tokio::test]
async fn a_pinned_task_runs_on_its_own_cpus() {
    let folder = tempfile::tempdir().unwrap();
    let show = "grep Cpus_allowed_list /proc/self/status | cut -f 2";
    let mut pinned = shell(folder.path(), show);
    pinned.pin = Pin::Compact;
    let free = shell(folder.path(), show);
    let results = run(folder.path(), vec![pinned, free]).await;
    assert!(results[0].1.trim().parse::<u32>().is_ok(), "{results:?}");
}

//! Which tasks run again and which do not.

use super::Lab;
use crate::record::Record;
use godwit_common::memo::Reuse;

const PIPELINE: &str = "split:3 ~ in=in/{index} out=part/{index}; align:3 < split[=] ~ in=part/{index} out=out/{index}; \
                        merge < align ~ out=all";

fn pipeline() -> Lab {
    let lab = Lab::new(&[4]);
    (0..3).for_each(|index| lab.disk.write(&format!("/w/in/{index}"), &format!("reads {index}")));
    lab
}

#[test]
fn a_second_run_starts_nothing() {
    let mut lab = pipeline();
    assert_eq!(lab.run(PIPELINE), (7, 0));
    assert_eq!(lab.run(PIPELINE), (0, 7));
    let view = lab.world.explain("2/align[1]");
    assert_eq!(view.task.reused.as_deref(), Some("1/align[1]"));
    assert_eq!(lab.world.explain("2/merge").task.reused.as_deref(), Some("1/merge"));
    assert_eq!(lab.run(PIPELINE), (0, 7));
    assert_eq!(lab.world.explain("3/align[1]").task.reused.as_deref(), Some("1/align[1]"), "who computed it");
}

#[test]
fn exactly_what_depends_on_a_changed_input_runs_again() {
    let mut lab = pipeline();
    lab.run(PIPELINE);
    lab.disk.write("/w/in/1", "other reads");
    assert_eq!(lab.run(PIPELINE), (3, 4));
    assert_eq!(lab.run(PIPELINE), (0, 7));
}

#[test]
fn a_file_made_anew_with_the_same_content_changes_nothing() {
    let mut lab = pipeline();
    lab.run(PIPELINE);
    lab.disk.write("/w/in/1", "reads 1");
    assert_eq!(lab.run(PIPELINE), (0, 7));
}

/// Two runs of nearly the same task: how many processes the second starts.
fn check(first: &str, second: &str, runs: u64) {
    let mut lab = Lab::new(&[4]);
    for (path, content) in [("/w/a", "a"), ("/w/b", "b"), ("/w/tool.sh", "echo")] {
        lab.disk.write(path, content);
    }
    assert!(lab.run(first).0 > 0);
    assert_eq!(lab.run(second).0, runs, "{first} / {second}");
}

#[test]
fn what_counts_and_what_does_not() {
    let base = "t ~ cache=always";
    check(base, base, 0);
    check("t", "t", 1);
    check(base, "u ~ cache=always", 1);
    check(base, "t ~ cache=always version=2", 1);
    check(base, "t ~ cache=always words=x", 1);
    check(base, "t ~ cache=always env=A:1", 1);
    check(base, "t ~ cache=always stdin=x", 1);
    check(base, "t ~ cache=always in=a", 1);
    check(base, "t ~ cache=always out=c", 1);
    check(base, "t ~ cache=always capture=stdout", 1);
    check(base, "t ~ cache=always cwd=/tmp", 1);
    check(base, "t ~ cache=always shell=true", 1);
    check("t ~ cache=always stdin=a", "t ~ cache=always stdin_file=a", 1);
    check("t ~ cache=always stdin_file=a", "t ~ cache=always stdin_file=b", 1);
    check("t ~ cache=always in=a", "t ~ cache=always in=b", 1);
    check("t ~ cache=always cwd=/w", base, 0);
    check("t ~ cache=always words=/w/{attempt}", "t ~ cache=always words=/w/{attempt}", 0);
    check("t ~ cache=always words={workflow}", "t ~ cache=always words={workflow}", 1);
    check(base, "t ~ cache=always cpus=2 retries=3 priority=4 stdout=log", 0);
    check("t ~ cache=always env=A:1 ignore=env.A", "t ~ cache=always env=A:2 ignore=env.A", 0);
    check("t ~ cache=always words=x,1 ignore=1", "t ~ cache=always words=x,2 ignore=2", 0);
    check("t ~ cache=always stdin=1 ignore=stdin", "t ~ cache=always stdin=2 ignore=stdin", 0);
    check("t ~ cache=always shell=run_a_1 ignore=1", "t ~ cache=always shell=run_a_2 ignore=2", 0);
    check("t ~ cache=always shell=run_a_1 ignore=1", "t ~ cache=always shell=run_b_2 ignore=2", 1);
    check("t:3 ~ cache=always", "t:4 ~ cache=always", 1);
    check("t ~ cache=never out=c", "t ~ cache=never out=c", 1);
}

#[test]
fn a_changed_script_is_noticed_unless_arguments_count_as_text() {
    for (task, again) in [
        ("t ~ cache=always words=tool.sh", 1),
        ("t ~ cache=always words=/w/tool.sh", 1),
        ("t ~ cache=always shell=sh_tool.sh", 1),
        ("t ~ cache=always words=tool.sh arguments=text", 0),
        ("t ~ cache=always words=tool.sh ignore=tool.sh", 0),
    ] {
        let mut lab = Lab::new(&[4]);
        lab.disk.write("/w/tool.sh", "echo");
        assert_eq!(lab.run(task), (1, 0));
        assert_eq!(lab.run(task), (0, 1));
        lab.disk.write("/w/tool.sh", "echo echo");
        assert_eq!(lab.run(task), (again, 1 - again), "{task}");
    }
}

#[test]
fn the_index_of_an_array_counts_though_no_word_names_it() {
    let mut lab = Lab::new(&[4]);
    assert_eq!(lab.run("t:5 ~ cache=always"), (5, 0), "a program may look at GODWIT_INDEX");
}

#[test]
fn what_a_task_needs_counts_by_its_key_or_by_what_is_read_of_it() {
    let mut lab = Lab::new(&[4]);
    lab.disk.write("/w/a", "a");
    let flow = |version: u32, inputs: &str| {
        format!("x ~ in=a out=x version={version}; y < x ~ out=y{inputs}; z < y ~ in=y out=z")
    };
    assert_eq!(lab.run(&flow(1, "")), (3, 0));
    assert_eq!(
        lab.run(&flow(2, "")),
        (2, 1),
        "y needs another x; it makes the same y, so that z does not run"
    );
    assert_eq!(lab.run(&flow(3, " in=x")), (3, 0), "the fake process puts the version into what it makes");
    assert_eq!(lab.run(&flow(3, " in=x")), (0, 3));
}

#[test]
fn what_cannot_be_keyed_runs_and_so_does_what_needs_it() {
    for text in [
        "x ~ out=x; y < x ~ in=y out=y",
        "x; y < x ~ out=y; z < y ~ out=z",
        "x ~ in=missing out=x",
        "x:2; y < x ~ cache=always",
    ] {
        let mut lab = Lab::new(&[4]);
        let (first, _) = lab.run(text);
        let (second, reused) = lab.run(text);
        let keyed = u64::from(text.starts_with("x ~ out"));
        assert_eq!((second, reused), (first - keyed, keyed), "{text}");
    }
}

#[test]
fn an_earlier_workflow_that_is_needed_counts() {
    let mut lab = Lab::new(&[4]);
    let first = lab.submit("x:2 ~ cache=always");
    let second = lab.submit("y < 1/x ~ cache=always; z < 1/ ~ cache=always");
    lab.finish(first);
    assert_eq!(lab.finish(second), (2, 0));
    let third = lab.submit("y < 1/x ~ cache=always");
    assert_eq!(lab.finish(third), (1, 0), "it had ended before, and is not looked at any more");
}

#[test]
fn a_file_that_changes_under_way_makes_no_result() {
    let mut lab = pipeline();
    lab.submit(PIPELINE);
    // Between the digest and the start.
    lab.disk.write("/w/in/0", "new");
    lab.world.talk();
    assert!(lab.world.running_count() > 0);
    lab.world.run_well();
    let flow = lab.submit(PIPELINE);
    let (runs, reused) = lab.finish(flow);
    assert!(runs > 0 && runs + reused == 7, "{runs} {reused}");
    assert_eq!(lab.run(PIPELINE), (0, 7));
}

#[test]
fn a_file_that_changes_while_it_is_read_makes_no_result() {
    let mut lab = Lab::new(&[1]);
    lab.disk.write("/w/a", "a");
    let id = lab.submit("x ~ in=a out=x");
    lab.world.talk();
    lab.disk.write("/w/a", "b");
    lab.finish(id);
    lab.disk.write("/w/a", "a");
    assert_eq!(lab.run("x ~ in=a out=x"), (1, 0));
}

#[test]
fn reuse_says_which_results_may_serve() {
    let mut lab = pipeline();
    lab.run(PIPELINE);
    let again = |lab: &mut Lab, reuse| {
        let id = lab.submit_as(PIPELINE, reuse);
        lab.finish(id)
    };
    assert_eq!(again(&mut lab, Reuse::Last), (0, 7));
    assert_eq!(again(&mut lab, Reuse::Last), (0, 7), "what the last one took counts as its own");
    assert_eq!(again(&mut lab, Reuse::Nothing), (7, 0));
    assert_eq!(again(&mut lab, Reuse::All), (0, 7));
    assert_eq!(lab.world.explain("5/merge").task.reused.as_deref(), Some("4/merge"), "the newest");
    assert_eq!(again(&mut lab, Reuse::Sources(vec!["s3://lab".to_owned()])), (7, 0));
    lab.disk.write("/w/in/0", "new");
    assert_eq!(again(&mut lab, Reuse::All), (3, 4));
    lab.disk.write("/w/in/0", "reads 0");
    assert_eq!(again(&mut lab, Reuse::Last).0, 3, "the last one had other reads");
}

#[test]
fn groups_that_are_to_run_again_do() {
    let mut lab = pipeline();
    lab.run(PIPELINE);
    let mut workflow = lab.workflow(PIPELINE, Reuse::All);
    workflow.rerun = vec![1];
    let id = lab.world.submit(workflow);
    assert_eq!(lab.finish(id), (3, 4), "what they make is the same");
    assert_eq!(lab.run(PIPELINE), (0, 7));
    assert_eq!(lab.world.explain("3/align[0]").task.reused.as_deref(), Some("2/align[0]"));
}

#[test]
fn a_restart_changes_nothing() {
    let mut lab = pipeline();
    lab.run(PIPELINE);
    lab.world.restart();
    lab.world.connect(0);
    assert_eq!(lab.run(PIPELINE), (0, 7));
    // In the middle of a run; what runs is adopted, and its results are kept.
    lab.disk.write("/w/in/0", "new");
    let id = lab.submit(PIPELINE);
    lab.world.talk();
    assert!(lab.world.running_count() > 0);
    lab.world.restart();
    lab.world.connect(0);
    lab.world.talk();
    assert_eq!(lab.finish(id), (3, 4));
    assert_eq!(lab.run(PIPELINE), (0, 7));
}

#[test]
fn a_worker_that_says_nothing_or_nonsense_of_what_it_made_keeps_nothing() {
    let mut lab = Lab::new(&[1]);
    lab.world.workers[0].disk = None;
    let id = lab.submit("x ~ out=x; y ~ cache=always capture=stdout");
    lab.world.run_well();
    assert_eq!(lab.world.counts(id)[3], 2);
    let keyed =
        |record: &Record| matches!(record, Record::Done { memo: Some(memo), .. } if memo.key.is_some());
    assert_eq!(lab.world.records(keyed), 0);
}

#[test]
fn a_large_array_is_looked_at_in_pieces() {
    let mut lab = Lab::new(&[3_000]);
    assert_eq!(lab.run("a:3000 ~ cache=always; b:3000 < a[=] ~ cache=always"), (6_000, 0));
    assert_eq!(lab.run("a:3000 ~ cache=always; b:3000 < a[=] ~ cache=always"), (0, 6_000));
}

//! What people are told about reuse.

use super::Lab;
use godwit_common::memo::Reuse;
use godwit_common::message::client::Request;

/// Two runs, and what is said of the second's task `t`.
fn check(first: &str, second: &str, expected: &str) {
    let mut lab = Lab::new(&[4]);
    lab.disk.write("/w/a", "a");
    lab.disk.write("/w/tool.sh", "echo");
    lab.run(first);
    lab.disk.write("/w/a", "b");
    lab.disk.write("/w/tool.sh", "true");
    lab.run(second);
    let reasons = lab.world.explain("2/t").reasons;
    assert!(reasons.iter().any(|reason| reason.contains(expected)), "{second}: {reasons:?}");
}

#[test]
fn what_differs_is_named() {
    for (first, second, what) in [
        ("t ~ in=a", "t ~ in=a", "the content of input a"),
        ("t ~ in=a ignore=a", "t ~ in=a", "input a, which it did not read before"),
        ("t ~ out=x", "t ~ out=y", "the names of its outputs"),
        ("t ~ out=x words=a1", "t ~ out=x words=b1 version=2", "the command, cache_version"),
        ("t ~ out=x env=A:1", "t ~ out=x env=A:2", "the variable A"),
        ("t ~ out=x stdin=1", "t ~ out=x stdin=2", "standard input"),
        ("t ~ out=x words=tool.sh", "t ~ out=x words=tool.sh", "the content of file tool.sh"),
        ("s ~ in=a out=s; t < s ~ out=x", "s ~ in=a out=s; t < s ~ out=x", "what it needs"),
    ] {
        check(first, second, &format!("compared with 1/t, what differs is {what}"));
    }
}

#[test]
fn why_there_is_no_key_is_told() {
    for (text, why) in [
        ("t", "declares neither inputs nor outputs"),
        ("t ~ cache=never out=x", "cache = false"),
        ("t ~ in=missing", "its input missing was not there when it was submitted"),
        ("s; t < s ~ out=x", "it needs s, whose result is not cached"),
        ("s:3; t < s ~ out=x", "it needs s[0], whose result is not cached"),
        ("t ~ in=x out=x", "it changes its own input x"),
        ("s ~ out=x; u ~ out=x; t < s u ~ in=x", "made by several tasks"),
    ] {
        check(text, text, why);
    }
}

#[test]
fn a_file_that_changed_under_way_is_named() {
    let mut lab = Lab::new(&[1]);
    lab.disk.write("/w/a", "a");
    let id = lab.submit("t ~ in=a");
    lab.world.talk();
    lab.disk.write("/w/a", "b");
    lab.finish(id);
    let reasons = lab.world.explain("1/t").reasons;
    assert!(
        reasons.iter().any(|reason| reason.contains("not kept for others: a was changed while it ran")),
        "{reasons:?}"
    );
}

#[test]
fn a_reused_result_names_who_computed_it() {
    let mut lab = Lab::new(&[1]);
    lab.run("t:2 ~ out=x{index}");
    lab.run("t:2 ~ out=x{index}");
    let explained = lab.world.explain("2/t[1]");
    assert!(explained.reasons[0].contains("1/t[1] had computed the same"), "{:?}", explained.reasons);
    let stream = godwit_common::message::worker::OutputStream::Stdout;
    let task = crate::tests::world::reference("2/t[1]");
    let refusal = lab.world.refusal(Request::Logs { task, stream, follow: false });
    assert!(refusal.contains("see 'godwit logs 1/t[1]'"), "{refusal}");
}

#[test]
fn whoever_wants_nothing_is_told_so() {
    let mut lab = Lab::new(&[1]);
    lab.run("t ~ out=x");
    let id = lab.submit_as("t ~ out=x", Reuse::Nothing);
    lab.finish(id);
    assert!(lab.world.explain("2/t").reasons[1].contains("the workflow wants none"));
    let id = lab.submit_as("t ~ out=x", Reuse::Sources(vec!["s3://x".to_owned()]));
    lab.finish(id);
    let reasons = lab.world.explain("3/t").reasons;
    assert!(reasons[2].contains("2/t is made like it, but its result may not serve here"), "{reasons:?}");
}

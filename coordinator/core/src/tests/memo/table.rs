//! The memo table: what is imported, pruned, kept of forgotten workflows, and how much it takes.

use super::Lab;
use crate::state::Group;
use godwit_common::ids::WorkflowId;
use godwit_common::memo::{Exported, PruneFilter, Reuse};
use godwit_common::message::client::{Request, Response};

const FLOW: &str = "a:3 ~ cache=always; b < a ~ out=b";

fn import(lab: &mut Lab, source: &str, results: &[Exported]) -> u64 {
    let request = Request::Import { source: source.to_owned(), results: results.to_vec() };
    match lab.world.answer(request) {
        Response::Changed(count) => count,
        other => panic!("not imported: {other:?}"),
    }
}

fn prune(lab: &mut Lab, filter: PruneFilter, dry_run: bool) -> u64 {
    match lab.world.answer(Request::Prune { filter, dry_run }) {
        Response::Changed(count) => count,
        other => panic!("not pruned: {other:?}"),
    }
}

#[test]
fn results_move_from_store_to_store() {
    let mut lab = Lab::new(&[4]);
    lab.run(FLOW);
    lab.run(FLOW);
    let results: Vec<Exported> = lab.world.core.results().collect();
    assert_eq!(results.len(), 4, "each once, however many took it");
    let mut other = Lab::new(&[]);
    other.disk = lab.disk.clone();
    other.world.disk = Some(lab.disk.clone());
    other.join(4);
    assert_eq!(import(&mut other, "s3://lab/runs", &results), 4);
    assert_eq!(import(&mut other, "s3://lab/runs", &results), 0);
    assert_eq!(import(&mut other, "file:///copy", &results), 4);
    let id = other.submit_as(FLOW, Reuse::Sources(vec!["s3://lab/runs".to_owned()]));
    assert_eq!(other.finish(id), (0, 4));
    assert_eq!(other.world.explain("1/a[2]").task.reused.as_deref(), Some("1/a[2] of s3://lab/runs"));
    assert_eq!(other.run(FLOW), (0, 4));
    let source = Some("s3://lab/runs".to_owned());
    assert_eq!(prune(&mut other, PruneFilter { source, ..PruneFilter::default() }, false), 4);
    let id = other.submit_as(FLOW, Reuse::Sources(vec!["s3://lab/runs".to_owned()]));
    assert_eq!(other.finish(id), (4, 0));
}

#[test]
fn bad_imports_are_refused() {
    let mut lab = Lab::new(&[1]);
    lab.run("a ~ cache=always");
    let good: Exported = lab.world.core.results().next().unwrap();
    let mut bad = good.clone();
    bad.memo.key = None;
    let refusal =
        lab.world.refusal(Request::Import { source: "x".to_owned(), results: vec![good.clone(), bad] });
    assert!(refusal.contains("has no key"), "{refusal}");
    let refusal = lab.world.refusal(Request::Import { source: String::new(), results: vec![good.clone()] });
    assert!(refusal.contains("source"), "{refusal}");
    let refusal = lab.world.refusal(Request::Import { source: "x".to_owned(), results: vec![good; 10_001] });
    assert!(refusal.contains("more than 10000"), "{refusal}");
}

#[test]
fn pruned_results_do_not_serve_and_what_took_them_stays() {
    let mut lab = Lab::new(&[4]);
    lab.run(FLOW);
    lab.run(FLOW);
    let filter = || PruneFilter { group: Some("a".to_owned()), ..PruneFilter::default() };
    assert_eq!(prune(&mut lab, filter(), true), 3);
    assert_eq!(prune(&mut lab, filter(), false), 3);
    assert_eq!(prune(&mut lab, filter(), false), 0);
    assert_eq!(lab.world.view(WorkflowId(2)).reused, 4);
    assert_eq!(lab.run(FLOW), (3, 1), "the keys that b needs are the same");
    assert_eq!(
        prune(&mut lab, PruneFilter { workflow: Some(WorkflowId(1)), ..PruneFilter::default() }, false),
        1
    );
    assert_eq!(prune(&mut lab, PruneFilter::default(), false), 3);
    assert_eq!(lab.run(FLOW), (4, 0));
}

#[test]
fn a_result_that_is_pruned_while_it_is_checked_does_not_serve() {
    let mut lab = Lab::new(&[1]);
    lab.run("x ~ out=x");
    let id = lab.submit("x ~ out=x");
    assert_eq!(prune(&mut lab, PruneFilter::default(), false), 1);
    assert_eq!(lab.finish(id), (1, 0));
}

#[test]
fn results_of_forgotten_workflows_are_kept() {
    let mut lab = Lab::new(&[4]);
    lab.run(FLOW);
    lab.run(FLOW);
    lab.world.answer(Request::Forget(WorkflowId(2)));
    lab.world.answer(Request::Forget(WorkflowId(1)));
    lab.world.check_replay();
    assert_eq!(lab.run(FLOW), (0, 4));
    assert_eq!(lab.world.explain("3/a[2]").task.reused.as_deref(), Some("1/a[2]"));
    lab.world.answer(Request::Forget(WorkflowId(3)));
    lab.world.restart();
    lab.world.connect(0);
    let id = lab.submit_as(FLOW, Reuse::Last);
    assert_eq!(lab.finish(id), (0, 4));
    let name = Some("test".to_owned());
    assert_eq!(prune(&mut lab, PruneFilter { workflow_name: name, ..PruneFilter::default() }, false), 4);
    lab.world.check_replay();
    assert_eq!(lab.run(FLOW), (4, 0));
}

#[test]
fn a_base_has_the_same_table() {
    let mut lab = Lab::new(&[4]);
    lab.run(FLOW);
    lab.run(FLOW);
    let results: Vec<Exported> = lab.world.core.results().collect();
    import(&mut lab, "s3://x", &results);
    lab.world.answer(Request::Forget(WorkflowId(1)));
    lab.run("c ~ cache=always capture=stdout; d < c ~ words={result.c} cache=always");
    let log = lab.world.log.clone();
    let mut first = crate::Core::new(Default::default(), Default::default());
    log.iter().for_each(|record| first.replay(record).unwrap());
    let mut second = crate::Core::new(Default::default(), Default::default());
    first.base_records().for_each(|record| second.replay(&record).unwrap());
    assert_eq!(first.state, second.state);
    assert_eq!(first.results().collect::<Vec<_>>(), second.results().collect::<Vec<_>>());
}

#[test]
fn a_memoized_task_that_succeeded_costs_a_hundred_and_fifty_bytes() {
    for (text, most) in [("a:2000 ~ cache=always", 120), ("a:2000 ~ out=o{index}", 175)] {
        let mut lab = Lab::new(&[2000]);
        lab.submit(text);
        lab.world.run_well();
        let workflow = lab.world.core.state.workflow(WorkflowId(1)).unwrap();
        let bytes: usize = workflow.groups.iter().map(Group::bytes).sum();
        // A place in the table is 32 bytes, in nodes that are two thirds full.
        let bytes = bytes / 2000 + 32 * 3 / 2;
        assert!(bytes <= most, "{text}: {bytes} bytes each");
    }
}

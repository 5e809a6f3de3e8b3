//! Arrays at scale: a waiting task costs about a byte.

use super::flow::flow;
use super::world::World;
use godwit_common::ids::WorkflowId;
use godwit_common::message::client::{Request, Response};
use godwit_common::outcome::End;
use godwit_common::workflow::Workflow;

/// A core without the world's checks, which look at every task.
fn submitted(workflow: Workflow) -> (crate::Core, Vec<crate::Action>) {
    let mut core = crate::Core::new(Default::default(), Default::default());
    let mut out = Vec::new();
    core.handle(godwit_common::time::Time(1), crate::Event::Begin(godwit_common::ids::Epoch(1)), &mut out);
    let request = Request::Submit(Box::new(workflow));
    let id = crate::event::RequestId(1);
    core.handle(godwit_common::time::Time(2), crate::Event::Request { id, request }, &mut out);
    (core, out)
}

#[test]
fn ten_million_waiting_tasks_cost_a_byte_each() {
    let (core, out) = submitted(flow("a:10000000; b:10000000 < a[=]; c < b"));
    let workflow = core.state.workflow(WorkflowId(1)).expect("accepted");
    assert_eq!(workflow.tasks, 20_000_001);
    let bytes: usize = workflow.groups.iter().map(crate::state::Group::bytes).sum();
    assert!(bytes < 20_100_000, "{bytes} bytes");
    let record = out.iter().find_map(|action| match action {
        crate::Action::Append(_, record) => Some(record.encode().len()),
        _ => None,
    });
    assert!(record.expect("a record") < 1_000, "one spec and a range");
    let ready = core.queue.active(workflow.groups[0].spec.id).expect("active");
    assert_eq!((ready.ready.count(), ready.ready.stretch_count()), (10_000_000, 1));
}

#[test]
fn a_task_that_succeeded_costs_a_few_tens_of_bytes() {
    let mut world = World::with_workers(&[500]);
    let id = world.submit(flow("a:2000"));
    world.run_well();
    let group = &world.core.state.workflow(id).expect("a workflow").groups[0];
    let bytes = group.bytes() / 2000;
    assert!(bytes < 48, "{bytes} bytes each");
}

#[test]
fn cancelling_a_large_array_is_one_record() {
    let (mut core, _) = submitted(flow("a:1000000; b:1000000 < a[=]"));
    let mut out = Vec::new();
    let request = Request::Cancel(super::world::selector("1/a"));
    let id = crate::event::RequestId(2);
    core.handle(godwit_common::time::Time(3), crate::Event::Request { id, request }, &mut out);
    let records = out.iter().filter_map(|action| match action {
        crate::Action::Append(_, record) => Some(super::world::singly(record).len()),
        _ => None,
    });
    assert_eq!(records.collect::<Vec<_>>(), [2], "one for the cancelled and the skipped, each said at once");
    let view = core.workflow_view(WorkflowId(1)).expect("a view");
    assert_eq!((view.counts.cancelled, view.counts.skipped), (1_000_000, 1_000_000));
}

#[test]
fn an_array_is_given_out_in_few_messages() {
    let mut world = World::with_workers(&[100]);
    let id = world.submit(flow("a:250; b:250 < a[=]"));
    assert_eq!(world.running(0).len(), 100);
    world.run(|_| End::Succeeded);
    assert_eq!(world.counts(id)[3], 500);
    let Response::Workflow(view) = world.answer(Request::Status(id)) else { panic!("a view") };
    assert_eq!(view.groups[1].counts.succeeded, 250);
}

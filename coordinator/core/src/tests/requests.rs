//! What clients ask for, and the sentences with which they are refused.

use super::flow::flow;
use super::worker::{capacity, exit};
use super::world::{World, reference, selector, task};
use crate::action::OutputPlace;
use godwit_common::ids::{Token, WorkerId, WorkflowId};
use godwit_common::message::client::{Request, Response, Selector};
use godwit_common::message::view::{TaskState, WorkflowState};
use godwit_common::message::worker::{OutputStream, SpoolSource};
use godwit_common::outcome::End;
use godwit_common::workflow::Workflow;

fn range(text: &str, first: u32, last: u32) -> Selector {
    Selector { indices: Some((first, last)), ..selector(text) }
}

#[test]
fn what_runs_is_stopped_and_what_waits_never_starts() {
    let mut world = World::with_workers(&[2]);
    let id = world.submit(flow("a:4; b < a; c:4 < a[=]"));
    world.talk();
    assert_eq!(world.answer(Request::Cancel(range("1/a", 1, 2))), Response::Changed(2));
    assert_eq!(world.counts(id), [2, 1, 1, 0, 0, 2, 3]);
    world.talk();
    assert_eq!(world.running(0).len(), 2, "the freed cpu is used again");
    world.run_well();
    assert_eq!(world.counts(id), [0, 0, 0, 4, 0, 2, 3]);
    assert_eq!(world.view(id).state, WorkflowState::Cancelled);
    let reasons = world.explain("1/b").reasons;
    assert_eq!(reasons, ["it was skipped because a[1], which it needs, was cancelled"]);
}

#[test]
fn a_whole_workflow_is_cancelled_and_not_skipped() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a:3; b < a"));
    world.talk();
    assert_eq!(world.answer(Request::Cancel(selector("1"))), Response::Changed(4));
    assert_eq!(world.counts(id), [0, 0, 0, 0, 0, 4, 0]);
    assert_eq!(world.running(0).len(), 0);
    world.talk();
    let next = world.submit(flow("a"));
    assert_eq!(world.counts(next)[2], 1, "its cpu is free once the worker says so");
}

#[test]
fn an_attempt_that_ended_before_it_was_stopped_stays_cancelled() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a"));
    world.talk();
    let attempt = world.running(0)[0];
    world.workers[0].end(attempt, End::Succeeded);
    world.answer(Request::Cancel(selector("1")));
    world.talk();
    assert_eq!(world.counts(id), [0, 0, 0, 0, 0, 1, 0]);
    assert!(world.workers[0].outbox.is_empty());
}

#[test]
fn retry_runs_again_what_did_not_succeed() {
    let mut world = World::with_workers(&[2]);
    let id = world.submit(flow("a:4; b:4 < a[=]; c < b"));
    world.run(|id| if id.task.position == 2 && id.task.group.group == 0 { exit(1) } else { End::Succeeded });
    assert_eq!(world.counts(id), [0, 0, 0, 6, 1, 0, 2]);
    assert_eq!(world.answer(Request::Retry(id)), Response::Changed(3));
    assert_eq!(world.counts(id), [2, 0, 1, 6, 0, 0, 0]);
    assert_eq!(world.view(id).state, WorkflowState::Running);
    world.run_well();
    assert_eq!((world.counts(id), world.view(id).attempts), ([0, 0, 0, 9, 0, 0, 0], 10));
    assert_eq!(world.answer(Request::Retry(id)), Response::Changed(0));
    world.check_replay();
    world.restart();
    assert_eq!(world.counts(id), [0, 0, 0, 9, 0, 0, 0]);
}

#[test]
fn an_attempt_number_is_not_used_again_after_cancel_and_retry() {
    let mut world = World::with_workers(&[2]);
    let id = world.submit(flow("a"));
    world.talk();
    let before = world.running(0)[0];
    world.answer(Request::Cancel(selector("1")));
    world.answer(Request::Retry(id));
    world.talk();
    let after = world.running(0)[0];
    assert_eq!((before.attempt.number, after.attempt.number), (1, 2));
}

#[test]
fn a_retry_of_a_cancelled_task_does_not_wait_for_the_old_process() {
    let mut world = World::with_workers(&[2]);
    world.submit(flow("a"));
    world.talk();
    world.answer(Request::Cancel(selector("1")));
    world.answer(Request::Retry(WorkflowId(1)));
    world.talk();
    assert_eq!(world.state_of(task(WorkflowId(1), 0, 0)), TaskState::Running);
    world.run_well();
    assert_eq!(world.counts(WorkflowId(1)), [0, 0, 0, 1, 0, 0, 0]);
}

#[test]
fn resume_goes_on_with_the_newest_that_did_not_succeed() {
    let mut world = World::with_workers(&[1]);
    let mut counter = 100;
    let mut resume = |world: &mut World| {
        counter += 1;
        let workflow = Workflow { submission: Token(counter), digest: [7; 32], ..flow("a; b < a") };
        match world.answer(Request::Resume(Box::new(workflow))) {
            Response::Submitted { workflow, resumed } => (workflow.0, resumed),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(resume(&mut world), (1, false));
    assert_eq!(resume(&mut world), (1, true), "it is still running");
    world.run(|_| exit(1));
    assert_eq!(world.counts(WorkflowId(1)), [0, 0, 0, 0, 1, 0, 1]);
    assert_eq!(resume(&mut world), (1, true));
    assert_eq!(world.counts(WorkflowId(1)), [1, 0, 1, 0, 0, 0, 0]);
    world.run_well();
    assert_eq!(resume(&mut world), (2, false), "a new one when all succeeded");
}

#[test]
fn a_forgotten_workflow_is_gone() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a"));
    assert_eq!(
        world.refusal(Request::Forget(id)),
        "workflow 1 has not ended: 1 task is left; cancel it first"
    );
    let needs = world.submit(flow("b:2 < 1/ 1/a"));
    world.step(|_| End::Succeeded);
    assert_eq!(world.refusal(Request::Forget(id)), "workflow 1 is needed by workflow 2, which has not ended");
    world.run(|id| if id.task.position == 0 { exit(1) } else { End::Succeeded });
    assert_eq!(world.answer(Request::Forget(id)), Response::Done);
    assert_eq!(world.refusal(Request::Status(id)), "workflow 1 does not exist; the only workflow is 2");
    assert_eq!(world.answer(Request::Retry(needs)), Response::Changed(1), "what it needed had succeeded");
    world.run_well();
    assert_eq!(world.counts(needs), [0, 0, 0, 2, 0, 0, 0]);
    assert_eq!(world.submit(flow("c")), WorkflowId(3), "numbers are not used again");
    world.check_replay();
}

#[test]
fn a_retry_that_needs_what_was_forgotten_is_refused() {
    let mut world = World::with_workers(&[1]);
    let first = world.submit(flow("a"));
    let second = world.submit(flow("b < 1/a"));
    world.run(|_| exit(1));
    world.answer(Request::Forget(first));
    assert_eq!(
        world.refusal(Request::Retry(second)),
        "workflow 2 needs workflow 1, which had not succeeded and was forgotten; submit both again"
    );
    let reasons = world.explain("2").reasons;
    assert_eq!(reasons, ["it was skipped: it needs workflow 1, which had not succeeded and was forgotten"]);
}

#[test]
fn tasks_are_listed_by_state_and_page() {
    let mut world = World::with_workers(&[2]);
    world.submit(flow("a:6; b < a"));
    world.talk();
    let page = |world: &mut World, of: &str, states: &[TaskState], skip: u64| {
        let request = Request::Tasks { of: selector(of), states: states.to_vec(), skip };
        match world.answer(request) {
            Response::Tasks(tasks) => tasks.into_iter().map(|task| task.task).collect::<Vec<_>>().join(" "),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(page(&mut world, "1", &[], 0), "a[0] a[1] a[2] a[3] a[4] a[5] b");
    assert_eq!(page(&mut world, "1", &[], 5), "a[5] b");
    assert_eq!(page(&mut world, "1", &[], 6), "b");
    assert_eq!(page(&mut world, "1/a[3]", &[], 0), "a[3]");
    assert_eq!(page(&mut world, "1", &[TaskState::Running, TaskState::Waiting], 1), "a[1] b");
    assert_eq!(page(&mut world, "1", &[TaskState::Failed], 0), "");
}

#[test]
fn output_is_found_where_it_is() {
    let mut world = World::with_workers(&[1]);
    world.submit(flow("a; b:2 < a ~ stdout=out/{index}.txt"));
    let logs = |follow| Request::Logs { task: reference("1/a"), stream: OutputStream::Stdout, follow };
    let early = world.ask(logs(true));
    world.talk();
    let OutputPlace::Spool { source: SpoolSource::Running(running), link, .. } =
        world.outputs[&early].clone()
    else {
        panic!("it runs")
    };
    assert_eq!((running, link), (world.running(0)[0], world.link(0)));
    world.step(|_| End::Succeeded);
    let late = world.ask(logs(false));
    let OutputPlace::Spool { source: SpoolSource::Ended(_), worker, folder, .. } =
        world.outputs[&late].clone()
    else {
        panic!("it ended")
    };
    assert_eq!((worker, folder.as_str()), (WorkerId(1), "/spool"));
    let own =
        world.ask(Request::Logs { task: reference("1/b[0]"), stream: OutputStream::Stdout, follow: false });
    let path = "/out/0.txt".to_owned();
    let follow = false;
    assert_eq!(world.outputs[&own], OutputPlace::File { path, follow });
}

/// A world with a workflow of everything.
fn museum() -> World {
    let mut world = World::with_workers(&[2]);
    world.submit(flow("align:3; call < align; stats:2"));
    world.run(|id| if id.task.position == 1 { exit(1) } else { End::Succeeded });
    world.submit(flow("only"));
    world.run_well();
    world.submit(flow("late:9 ~ cpus=9"));
    world
}

#[test]
fn what_is_wrong_is_said_in_one_sentence() {
    let logs = |text| Request::Logs { task: reference(text), stream: OutputStream::Stdout, follow: false };
    for (request, sentence) in [
        (Request::Status(WorkflowId(9)), "workflow 9 does not exist; there are 3 workflows, 1 to 3"),
        (Request::Explain(reference("1/algn[1]")), "workflow 1 has no task 'algn'; did you mean 'align'?"),
        (
            Request::Explain(reference("1/zebra")),
            "workflow 1 has no task 'zebra'; its tasks are align, call, stats",
        ),
        (
            Request::Explain(reference("1/align[7]")),
            "1/align has no index 7; its 3 tasks have indices from 0 to 2",
        ),
        (
            Request::Explain(reference("1/align")),
            "'align' is an array of 3 tasks; name one, such as align[0]",
        ),
        (Request::Explain(reference("1/call[4]")), "1/call has no index 4; it is a single task"),
        (
            Request::Explain(reference("1")),
            "workflow 1 has several tasks, name one of them: align, call, stats",
        ),
        (Request::Cancel(selector("1")), "workflow 1 has ended already; it failed"),
        (Request::Cancel(selector("2")), "workflow 2 has ended already; it succeeded"),
        (Request::Cancel(selector("1/align")), "all tasks of 1/align have ended already"),
        (Request::Cancel(selector("1/align[1]")), "1/align[1] has ended already"),
        (
            Request::Cancel(range("1/align", 5, 9)),
            "1/align has no index 5 to 9; its 3 tasks have indices from 0 to 2",
        ),
        (Request::Cancel(range("1", 1, 2)), "indices without the name of a task mean nothing"),
        (logs("1/call"), "1/call was skipped, so it has no output"),
        (logs("3/late[2]"), "3/late[2] has not started yet, so it has no output"),
        (Request::DrainWorker(WorkerId(7)), "worker w7 does not exist; connected are w1"),
        (
            Request::Submit(Box::new(flow("x < 8/a"))),
            "the workflow is not accepted: task 'x' needs workflow 8, which does not exist",
        ),
        (
            Request::Submit(Box::new(flow("x < 1/alig"))),
            "the workflow is not accepted: task 'x' needs 1/alig, but workflow 1 has no task 'alig'; did you mean \
             'align'?",
        ),
        (
            Request::Submit(Box::new(flow("x:2 < 1/align[=]"))),
            "the workflow is not accepted: task 'x' needs 'align' element by element, but 'align' has 3 tasks and it \
             has 2 itself",
        ),
    ] {
        assert_eq!(museum().refusal(request), sentence);
    }
}

#[test]
fn why_a_task_is_where_it_is() {
    let mut world = World::with_workers(&[2]);
    world.submit(flow("a:3; b < a; c:3 < a[=]; d < b c; e ~ cpus=3"));
    world.submit(flow("f < 1/; g < 1/a"));
    world.talk();
    for (task, reason) in [
        ("1/a[0]", "it is running on w1 (node1)"),
        ("1/a[2]", "it waits for a worker: 1 worker could run it, and it is busy"),
        ("1/b", "it waits for 3 of the 3 tasks of a, 2 of which are running"),
        ("1/c[1]", "it waits for a[1], which is running"),
        ("1/d", "it waits for b, which is waiting itself"),
        ("1/e", "no worker can run it: it needs cpus = 3, and the most that any worker has is 2 (w1)"),
        ("2/f", "it waits for workflow 1, of which 9 tasks are left"),
        ("2/g", "it waits for 3 of the 3 tasks of 1/a, 2 of which are running"),
    ] {
        assert_eq!(world.explain(task).reasons[0], reason, "{task}");
    }
    world.kill(0);
    assert_eq!(world.explain("1/a[0]").reasons[0], "it waits for a worker, and no workers are connected");
    assert_eq!(world.view(WorkflowId(1)).warnings, ["no workers are connected"]);
    world.join(capacity(1, 0));
    world.talk();
    assert_eq!(world.explain("1/a[0]").reasons, ["it is running on w2 (node2)", "it lost a worker before"]);
}

#[test]
fn invalid_workflows_are_refused() {
    let mut world = World::new();
    let empty = Workflow { groups: Vec::new(), ..flow("a") };
    assert!(world.refusal(Request::Submit(Box::new(empty))).starts_with("the workflow is not "));
    let mut cyclic = flow("a; b < a");
    cyclic.groups[0].needs = flow("b; a < b").groups[1].needs.clone();
    assert!(!world.refusal(Request::Submit(Box::new(cyclic))).is_empty());
}

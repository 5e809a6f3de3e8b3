//! Views for the snapshots.

use crate::console::Look;
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::{Epoch, WorkerId, WorkflowId};
use godwit_common::message::view::{
    AttemptEnd, AttemptView, Counts, GroupView, TaskState, TaskView, WorkerState, WorkerView, WorkflowState,
    WorkflowView,
};
use godwit_common::resources::{Capacity, Hundredths};
use godwit_common::time::Time;
use std::time::Duration;

pub(super) const NOW: Time = Time(1_790_000_000_000_000);

pub(super) const LOOK: Look = Look { colour: false, width: 80 };

pub(super) fn view(number: u32, name: &str) -> WorkflowView {
    WorkflowView {
        checkpoint: CheckpointMode::TaskExit,
        unsaved: 0,
        workflow: WorkflowId(number),
        name: name.to_owned(),
        state: WorkflowState::Running,
        counts: Counts::default(),
        reused: 0,
        attempts: 0,
        submitted: NOW - Duration::from_secs(185),
        ended: None,
        groups: Vec::new(),
        running: Vec::new(),
        failures: Vec::new(),
        warnings: Vec::new(),
    }
}

pub(super) fn running_task(name: &str, seconds: u64) -> TaskView {
    TaskView {
        reused: None,
        task: name.to_owned(),
        state: TaskState::Running,
        attempts: 1,
        worker: Some(WorkerId(1)),
        started: Some(NOW - Duration::from_secs(seconds)),
        wall: None,
        error: None,
        stderr_tail: None,
    }
}

pub(super) fn failed_task(name: &str, error: &str) -> TaskView {
    TaskView {
        state: TaskState::Failed,
        attempts: 3,
        wall: Some(Duration::from_millis(2100)),
        error: Some(error.to_owned()),
        stderr_tail: Some(
            "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'x'\n".to_owned(),
        ),
        ..running_task(name, 2)
    }
}

pub(super) fn reused_task(name: &str, origin: &str) -> TaskView {
    TaskView {
        reused: Some(origin.to_owned()),
        state: TaskState::Succeeded,
        attempts: 0,
        worker: None,
        started: None,
        ..running_task(name, 0)
    }
}

/// A workflow in full swing.
pub(super) fn half_done() -> WorkflowView {
    let align =
        Counts { waiting: 250, ready: 120, running: 8, succeeded: 619, failed: 2, ..Counts::default() };
    let index = Counts { succeeded: 1, ..Counts::default() };
    let group = |name: &str, counts| GroupView { name: name.to_owned(), counts };
    WorkflowView {
        counts: Counts { succeeded: 620, ..align },
        attempts: 631,
        groups: vec![group("index", index), group("align", align)],
        running: vec![running_task("align[621]", 65), running_task("align[630]", 2)],
        failures: vec![
            failed_task("align[12]", "exit code 1"),
            failed_task("align[99]", "ran longer than its time limit of 10m"),
        ],
        warnings: vec!["3 tasks need gpus = 1 and no worker has it".to_owned()],
        ..view(7, "variant-calling")
    }
}

pub(super) fn worker_view(number: u32) -> WorkerView {
    WorkerView {
        worker: WorkerId(number),
        host: "node17".to_owned(),
        pid: 4711,
        state: WorkerState::Connected,
        running: 8,
        queued: 2,
        ended: 12_345,
        capacity: Capacity {
            cpus: Hundredths::whole(16),
            memory: 64 << 30,
            gpus: 2,
            disk: 0,
            named: vec![("licence".to_owned(), 4)],
        },
        since: NOW - Duration::from_secs(8040),
        heard: NOW - Duration::from_secs(1),
        ends: Some(NOW + Duration::from_secs(3600)),
        spool: "/scratch/godwit/spool".to_owned(),
        reason: None,
    }
}

/// One attempt that was stopped, one that failed.
pub(super) fn history() -> Vec<AttemptView> {
    let stopped = AttemptView {
        attempt: 1,
        epoch: Epoch(1),
        worker: WorkerId(1),
        end: AttemptEnd::Stopped,
        error: None,
        started: None,
        wall: None,
        cpu: None,
        memory_max: None,
    };
    let failed = AttemptView {
        attempt: 2,
        worker: WorkerId(2),
        end: AttemptEnd::Failed,
        error: Some("exit code 1".to_owned()),
        started: Some(NOW - Duration::from_secs(20)),
        wall: Some(Duration::from_millis(2100)),
        cpu: Some(Duration::from_millis(1900)),
        memory_max: Some(3 << 29),
        ..stopped.clone()
    };
    vec![stopped, failed]
}

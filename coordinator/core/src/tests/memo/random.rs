//! Random workflows over random files: no result serves a task whose inputs differ from those of the task that computed
//! it, and no result is kept under a key that says something else than what its process saw.
//!
//! The oracle knows nothing of keys. It remembers what every process saw, and works out what each task would have had
//! to see: the files as they were when its workflow was submitted, and the outputs of the tasks before it.

use super::Lab;
use crate::record::Record;
use crate::tests::disk::{Disk, Execution, Made, hash};
use crate::tests::worker::exit;
use crate::tests::world::{selector, singly};
use godwit_common::ids::{AttemptId, Epoch, GroupId, TaskId, WorkflowId};
use godwit_common::memo::{Exported, Origin, PruneFilter, Reuse};
use godwit_common::message::client::Request;
use godwit_common::message::worker::GroupSpec;
use godwit_common::outcome::End;
use godwit_common::template::Placeholder;
use godwit_common::workflow::Workflow;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const FLOWS: [&str; 8] = [
    "a:3 ~ in=f{index} out=a{index}; b:3 < a[=] ~ in=a{index} out=b{index}; c < b ~ out=c in=b0,b1,b2",
    "a:3 ~ in=f{index} out=a{index} version=2; b:3 < a[=] ~ in=a{index} out=b{index} retries=1",
    "a ~ words=f0 cache=always capture=stdout; b < a ~ words={result.a} in=f1 out=b; c < b ~ out=c",
    "a ~ shell=cat_f0_f1_>_a0 out=a0; b < a ~ in=a0 stdin_file=f2 out=b",
    "a:2 ~ in=f0 out=a{index}; b:2 < a[=] ~ out=b{index} words=a{index}",
    "x ~ cache=never out=a0 in=f0; b < x ~ in=a0 out=b; c < b ~ stdin=hello in=b",
    "a ~ cache=always words=f2,size=20000 capture=stdout; b:3 < a ~ stdin={result.a} out=b{index}",
    "a:3 ~ in=f{index},f0 ignore=f0 out=a{index}; c < a ~ in=a0 out=c",
];

#[derive(Clone, Debug)]
enum Step {
    Write(u8, u8),
    Scribble(usize),
    Submit(usize, u8),
    Rerun(usize),
    Some(usize, bool),
    All,
    Talk,
    Kill,
    Restart,
    Forget(u32),
    Retry(u32),
    Cancel(u32),
    Prune(u8),
    Import,
}

fn step() -> impl Strategy<Value = Step> {
    let workflow = || 1u32..8;
    prop_oneof![
        6 => (0u8..3, 0u8..2).prop_map(|(file, content)| Step::Write(file, content)),
        1 => (0usize..9).prop_map(Step::Scribble),
        8 => (0..FLOWS.len(), 0u8..8).prop_map(|(flow, reuse)| Step::Submit(flow, reuse)),
        1 => (0..FLOWS.len()).prop_map(Step::Rerun),
        6 => (any::<usize>(), prop::bool::weighted(0.9)).prop_map(|(which, good)| Step::Some(which, good)),
        8 => Just(Step::All),
        3 => Just(Step::Talk),
        1 => Just(Step::Kill),
        1 => Just(Step::Restart),
        1 => workflow().prop_map(Step::Forget),
        1 => workflow().prop_map(Step::Retry),
        1 => workflow().prop_map(Step::Cancel),
        1 => (0u8..4).prop_map(Step::Prune),
        1 => Just(Step::Import),
    ]
}

/// What was submitted, and the disk at that time.
type Submitted = BTreeMap<WorkflowId, (Workflow, Disk)>;

fn submit(lab: &mut Lab, submitted: &mut Submitted, workflow: Workflow) {
    let disk = lab.disk.copy();
    let id = lab.world.submit(workflow.clone());
    submitted.insert(id, (workflow, disk));
}

fn take(lab: &mut Lab, submitted: &mut Submitted, step: &Step) {
    match *step {
        Step::Write(file, content) => lab.disk.write(&format!("/w/f{file}"), &content.to_string()),
        Step::Scribble(which) => {
            let path = ["a0", "a1", "a2", "b", "b0", "b1", "b2", "c", "a0"][which];
            lab.disk.write(&format!("/w/{path}"), "scribble");
        }
        Step::Submit(flow, reuse) => {
            let reuse = match reuse {
                0 => Reuse::Nothing,
                1 => Reuse::Last,
                2 => Reuse::Sources(vec!["s3://x".to_owned()]),
                _ => Reuse::All,
            };
            let workflow = lab.workflow(FLOWS[flow], reuse);
            submit(lab, submitted, workflow);
        }
        Step::Rerun(flow) => {
            let mut workflow = lab.workflow(FLOWS[flow], Reuse::All);
            workflow.rerun = vec![0];
            submit(lab, submitted, workflow);
        }
        Step::Some(which, good) => {
            let all: Vec<(usize, AttemptId)> = (0..lab.world.workers.len())
                .flat_map(|worker| lab.world.running(worker).into_iter().map(move |id| (worker, id)))
                .collect();
            if !all.is_empty() {
                let (worker, id) = all[which % all.len()];
                lab.world.workers[worker].end(id, if good { End::Succeeded } else { exit(1) });
            }
        }
        Step::All => lab.world.run_well(),
        Step::Talk => lab.world.talk(),
        Step::Kill => {
            lab.world.kill(0);
            lab.join(3);
        }
        Step::Restart => {
            lab.world.restart();
            (0..lab.world.workers.len()).for_each(|worker| lab.world.connect(worker));
        }
        Step::Forget(id) => drop(Some(lab.world.ask(Request::Forget(WorkflowId(id))))),
        Step::Retry(id) => drop(Some(lab.world.ask(Request::Retry(WorkflowId(id))))),
        Step::Cancel(id) => drop(Some(lab.world.ask(Request::Cancel(selector(&id.to_string()))))),
        Step::Prune(which) => {
            let group = (which > 0).then(|| ["a", "b", "c"][usize::from(which) - 1].to_owned());
            let filter = PruneFilter { group, ..PruneFilter::default() };
            lab.world.ask(Request::Prune { filter, dry_run: false });
        }
        Step::Import => {
            let results: Vec<Exported> = lab.world.core.results().collect();
            lab.world.ask(Request::Import { source: "s3://x".to_owned(), results });
        }
    }
}

/// What came of every task: what it saw, and what it left.
struct Oracle<'a> {
    submitted: &'a Submitted,
    made: BTreeMap<TaskId, Made>,
}

impl Oracle<'_> {
    fn spec(&self, task: TaskId) -> GroupSpec {
        let (workflow, _) = &self.submitted[&task.workflow()];
        let group = &workflow.groups[task.group.group as usize];
        GroupSpec {
            id: task.group,
            name: group.name.clone(),
            workflow_name: workflow.name.clone(),
            shape: group.shape.clone(),
            task: group.task.clone(),
        }
    }

    /// The task of the same workflow that is called like this.
    fn named(&self, of: TaskId, name: &str) -> TaskId {
        let (workflow, _) = &self.submitted[&of.workflow()];
        let group = workflow.groups.iter().position(|group| group.name == name).expect("a group");
        let single = workflow.groups[group].shape.len() == 1;
        let id = GroupId { workflow: of.workflow(), group: u32::try_from(group).unwrap() };
        id.task(if single { 0 } else { of.position })
    }

    /// What a task has to see.
    fn expected(&self, task: TaskId) -> String {
        let spec = self.spec(task);
        let disk = self.submitted[&task.workflow()].1.copy();
        let before = self.made.iter().filter(|(other, _)| other.workflow() == task.workflow());
        for (path, content) in before.flat_map(|(_, made)| &made.outputs) {
            disk.write(path, content);
        }
        let placeholders = spec.task.templates().flat_map(|(_, template)| template.placeholders());
        let results: Vec<(String, Arc<str>)> = placeholders
            .filter_map(|placeholder| match placeholder {
                Placeholder::Result(name) => {
                    let value = self.made[&self.named(task, name)].value.clone();
                    Some((name.clone(), value.expect("a value")))
                }
                _ => None,
            })
            .collect();
        let execution = Execution {
            spec: &spec,
            position: task.position,
            attempt: 1,
            epoch: Epoch(1),
            results: &results,
        };
        execution.sees(&disk)
    }

    fn origin(&self, origin: &Origin) -> TaskId {
        let (workflow, _) = &self.submitted[&origin.workflow];
        let group = workflow.groups.iter().position(|group| group.name == origin.group).expect("a group");
        GroupId { workflow: origin.workflow, group: u32::try_from(group).unwrap() }.task(origin.position)
    }

    fn judge(&mut self, record: &Record, disk: &Disk) {
        match record {
            Record::Done { ended, memo, .. } if ended.end == End::Succeeded => {
                let made = disk.made_by(ended.id).expect("it ran");
                if memo.as_ref().is_some_and(|memo| memo.key.is_some()) {
                    assert_eq!(made.seen, self.expected(ended.id.task), "{record} is kept under a wrong key");
                }
                self.made.insert(ended.id.task, made);
            }
            Record::Reused { task, memo, origin, .. } => {
                let made = self.made[&self.origin(origin)].clone();
                assert_eq!(made.seen, self.expected(*task), "{record} of {origin:?}");
                let contents = made.outputs.iter().map(|(_, content)| hash(content));
                assert!(contents.eq(memo.outputs.iter().map(|output| output.digest)), "{record}");
                self.made.insert(*task, made);
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn no_result_serves_a_task_that_would_see_something_else(steps in prop::collection::vec(step(), 1..60)) {
        let mut lab = Lab::new(&[3]);
        let mut submitted = Submitted::new();
        (0..3).for_each(|file| lab.disk.write(&format!("/w/f{file}"), "0"));
        for step in &steps {
            take(&mut lab, &mut submitted, step);
        }
        lab.world.check_replay();
        for _ in 0..3 {
            lab.world.pass(Duration::from_secs(11));
            lab.world.run_well();
        }
        let unfinished = lab.world.core.state.workflows.values().filter(|workflow| workflow.pending() > 0).count();
        prop_assert_eq!(unfinished, 0, "when the faults stop, everything finishes");
        lab.world.check_replay();
        let mut oracle = Oracle { submitted: &submitted, made: BTreeMap::new() };
        for record in lab.world.log.iter().flat_map(singly) {
            oracle.judge(&record, &lab.disk);
        }
    }
}

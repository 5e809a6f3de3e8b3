//! Memoization: workflows that are run again, over files that change or do not.

mod checks;
mod explains;
mod flights;
mod hits;
mod nonsense;
mod random;
mod table;
mod values;

use super::disk::Disk;
use super::flow::flow;
use super::worker::capacity;
use super::world::World;
use godwit_common::ids::WorkflowId;
use godwit_common::memo::Reuse;
use godwit_common::template::Template;
use godwit_common::workflow::Workflow;

/// A world whose tasks read and write files.
struct Lab {
    world: World,
    disk: Disk,
}

impl Lab {
    /// With workers of so many cpus each.
    fn new(cpus: &[u32]) -> Lab {
        let mut lab = Lab { world: World::new(), disk: Disk::default() };
        lab.world.disk = Some(lab.disk.clone());
        cpus.iter().for_each(|cpus| lab.join(*cpus));
        lab.world.talk();
        lab
    }

    fn join(&mut self, cpus: u32) {
        self.world.join(capacity(cpus, 0));
    }

    fn submit(&mut self, text: &str) -> WorkflowId {
        self.submit_as(text, Reuse::All)
    }

    fn submit_as(&mut self, text: &str, reuse: Reuse) -> WorkflowId {
        let workflow = self.workflow(text, reuse);
        self.world.submit(workflow)
    }

    /// What a client would send.
    fn workflow(&self, text: &str, reuse: Reuse) -> Workflow {
        let mut workflow = flow(text);
        workflow.folder = "/w".to_owned();
        workflow.reuse = reuse;
        for group in &mut workflow.groups {
            if group.task.cwd == Template::literal("/") {
                group.task.cwd = Template::literal("/w");
            }
        }
        self.disk.digest_for(&mut workflow);
        workflow
    }

    /// Runs a workflow to its end, and says how many of its tasks ran and how many took a result.
    fn run(&mut self, text: &str) -> (u64, u64) {
        let id = self.submit(text);
        self.finish(id)
    }

    fn finish(&mut self, id: WorkflowId) -> (u64, u64) {
        self.world.run_well();
        let view = self.world.view(id);
        assert_eq!(
            view.counts.succeeded,
            view.groups.iter().map(|group| group.counts.succeeded).sum::<u64>()
        );
        assert!(view.ended.is_some(), "{id} has not ended: {:?}", view.counts);
        self.world.check_replay();
        (view.attempts, view.reused)
    }
}

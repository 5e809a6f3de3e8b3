//! What must always hold, as sentences. Tests and simulations ask after every event.

use crate::Core;
use crate::state::{Group, Status, Tally, Workflow};
use godwit_common::ids::{GroupId, TaskId, WorkflowId};

impl Core {
    /// Checks the invariants of the whole core; as slow as looking at everything.
    ///
    /// # Errors
    /// The sentence that does not hold.
    pub fn check(&self) -> Result<(), String> {
        self.fleet.check()?;
        for (id, workflow) in &self.state.workflows {
            check_tallies(*id, workflow)?;
            if self.epoch.is_some() {
                self.check_workflow(*id, workflow)?;
            }
        }
        self.check_grants()?;
        self.check_saving()?;
        self.check_desk()?;
        if self.gate.durable() > self.appended {
            return Err("more is durable than was appended".to_owned());
        }
        if !self.doomed.is_empty() {
            return Err("doomed tasks were left behind".to_owned());
        }
        Ok(())
    }

    /// Every pending task whose needs are met is on its way into the queue, ready, granted or delayed, and no other is.
    fn check_workflow(&self, id: WorkflowId, workflow: &Workflow) -> Result<(), String> {
        let (mut ready, mut granted) = (0, 0);
        for group in &workflow.groups {
            let id: GroupId = group.spec.id;
            let (mut ready_here, mut granted_here, mut delayed_here) = (0, 0, 0);
            for position in 0..group.tasks() {
                let task = id.task(position);
                let [is_ready, is_granted, is_delayed, is_prepared] = self.whereabouts(task);
                ready_here += u64::from(is_ready);
                granted_here += u64::from(is_granted);
                delayed_here += u64::from(is_delayed);
                let places = [is_ready, is_granted, is_delayed, is_prepared].map(u8::from).iter().sum::<u8>();
                let pending = group.status(position) == Some(Status::Pending);
                let expected = u8::from(pending && self.state.is_released(task));
                if places != expected {
                    return Err(format!("{} is in {places} places, not in {expected}", self.full_name(task)));
                }
            }
            self.check_counters(group, [ready_here, granted_here, delayed_here])?;
            ready += ready_here;
            granted += granted_here;
        }
        let load = self.queue.load(id);
        if (load.ready, load.granted) != (ready, granted) {
            return Err(format!("the load of workflow {id} is miscounted"));
        }
        let mut doomed = Vec::new();
        for group in &workflow.groups {
            self.state.doomed_of(group.spec.id, &mut doomed);
        }
        match doomed.first() {
            Some((group, range)) => {
                Err(format!("{} can never run and is not skipped", self.full_name(group.task(range.start))))
            }
            None => Ok(()),
        }
    }

    fn whereabouts(&self, task: TaskId) -> [bool; 4] {
        let active = self.queue.active(task.group);
        [
            active.is_some_and(|active| active.ready.contains(task.position)),
            self.grants.contains_key(&task),
            self.delays.of(task).is_some(),
            self.desk.is_incoming(task) || self.desk.stage(task).is_some(),
        ]
    }

    fn check_counters(&self, group: &Group, counted: [u64; 3]) -> Result<(), String> {
        let active = self.queue.active(group.spec.id);
        let said = active.map_or([0; 3], |active| [active.ready.count(), active.granted, active.delayed]);
        if said == counted {
            return Ok(());
        }
        Err(format!("the counters of '{}' say {said:?} and there are {counted:?}", group.spec.name))
    }

    /// Whoever is granted an attempt is connected, and has it unless it just came back.
    fn check_grants(&self) -> Result<(), String> {
        for (task, grant) in &self.grants {
            let name = self.full_name(*task);
            let Some(session) = self.fleet.session(grant.worker) else {
                return Err(format!("{name} is granted to {}, which is not there", grant.worker));
            };
            let attempt = grant.attempt;
            let id = godwit_common::ids::AttemptId { task: *task, attempt };
            if !session.attempts.contains_key(&id) && !session.unconfirmed.contains(&id) {
                return Err(format!("{name} is granted to {}, which was not given it", grant.worker));
            }
            if !self.state.is_released(*task) {
                return Err(format!("{name} was started before what it needs had succeeded"));
            }
        }
        Ok(())
    }
}

fn check_tallies(id: WorkflowId, workflow: &Workflow) -> Result<(), String> {
    let mut all = Tally::default();
    for group in &workflow.groups {
        let mut tally = Tally::default();
        for position in 0..group.tasks() {
            tally.add(group.status(position).unwrap_or(Status::Pending), 1);
        }
        if tally != group.tally {
            return Err(format!("the tally of {id}/{} is wrong", group.spec.name));
        }
        for status in [Status::Succeeded, Status::Failed, Status::Cancelled, Status::Skipped] {
            all.add(status, tally.of(status));
        }
    }
    let ended = workflow.ended.is_some();
    if all != workflow.tally || ended != (workflow.pending() == 0) {
        return Err(format!("the tally of workflow {id} is wrong"));
    }
    Ok(())
}

//! What can run on this machine, and what never will: pure.

use godwit_common::message::view::{GroupView, WorkflowView};
use godwit_common::resources::{Capacity, Request};
use godwit_common::size::Size;
use godwit_common::workflow::{Group, Target, Workflow};

/// Whether workers other than those of this process may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    MayCome,
    CannotCome,
}

/// Which groups of a workflow no worker here can run.
#[derive(Debug)]
pub(super) struct Possible {
    /// By group: why it never runs here.
    impossible: Vec<Option<String>>,
    /// By group: it is impossible, or needs one that is.
    blocked: Vec<bool>,
    others: Others,
}

impl Possible {
    pub(super) fn new(workflow: &Workflow, workers: &[Capacity], others: Others) -> Possible {
        let impossible: Vec<_> = workflow
            .groups
            .iter()
            .map(|group| impossible(group, workers))
            .collect();
        let mut blocked: Vec<bool> = impossible.iter().map(Option::is_some).collect();
        // Groups may be in any order, so look until nothing more is found.
        let mut found = true;
        while found {
            found = false;
            for (place, group) in workflow.groups.iter().enumerate() {
                if !blocked[place] && needs_blocked(group, &blocked) {
                    blocked[place] = true;
                    found = true;
                }
            }
        }
        Possible {
            impossible,
            blocked,
            others,
        }
    }

    /// Why nothing that is left can ever run, if that is so.
    pub(super) fn is_over(&self, view: &WorkflowView) -> Option<String> {
        // A view whose groups were cut does not say enough; the coordinator's own warnings then have to do.
        if self.others == Others::MayCome
            || view.groups.len() != self.blocked.len()
            || view.counts.running > 0
        {
            return None;
        }
        let mut groups = view.groups.iter().zip(self.blocked.iter().zip(&self.impossible));
        if !groups.all(|(group, (blocked, impossible))| is_stuck(group, *blocked, impossible.is_some())) {
            return None;
        }
        let reasons = view.groups.iter().zip(&self.impossible);
        let reasons = reasons
            .filter(|(group, _)| left(group) > 0)
            .filter_map(|(_, reason)| reason.as_deref());
        let reasons: Vec<&str> = reasons.take(3).collect();
        (!reasons.is_empty()).then(|| {
            format!(
                "the rest cannot run on this machine: {}; what is done is recorded, so ask for less, \
                 or run it again with --listen and start a worker that has it",
                reasons.join("; ")
            )
        })
    }
}

fn left(group: &GroupView) -> u64 {
    group.counts.waiting + group.counts.ready + group.counts.running
}

/// Nothing is left of the group, or what is left is blocked. Single elements of a group that is blocked as a whole may
/// still be free to run; then they are ready.
fn is_stuck(group: &GroupView, blocked: bool, impossible: bool) -> bool {
    left(group) == 0 || impossible || blocked && group.counts.ready == 0
}

fn impossible(group: &Group, workers: &[Capacity]) -> Option<String> {
    let fits = |request: &Request| workers.iter().any(|worker| request.fits(worker));
    let requests = &group.task.requests;
    if requests.iter().any(fits) {
        return None;
    }
    let wanted: Vec<String> = requests
        .iter()
        .take(3)
        .map(|request| missing(request, workers))
        .collect();
    Some(format!("'{}' asks for {}", group.name, wanted.join(" or ")))
}

/// The parts of a request that no worker has, each with what there is.
fn missing(request: &Request, workers: &[Capacity]) -> String {
    let most = |part: fn(&Capacity) -> u64| workers.iter().map(part).max().unwrap_or(0);
    let mut parts = Vec::new();
    let cpus = workers.iter().map(|worker| worker.cpus).max().unwrap_or_default();
    if request.cpus > cpus {
        parts.push(format!("{} cpus ({cpus} here)", request.cpus));
    }
    let memory = most(|worker| worker.memory);
    if request.memory > memory {
        parts.push(format!(
            "{} of memory ({} here)",
            Size(request.memory),
            Size(memory)
        ));
    }
    let gpus = most(|worker| u64::from(worker.gpus));
    if u64::from(request.gpus.ceil()) > gpus {
        parts.push(format!("{} gpus ({gpus} here)", request.gpus));
    }
    let disk = most(|worker| worker.disk);
    if request.disk > disk {
        parts.push(format!("{} of disk ({} here)", Size(request.disk), Size(disk)));
    }
    for (name, amount) in &request.named {
        let has = |worker: &Capacity| {
            worker
                .named
                .iter()
                .find(|(known, _)| known == name)
                .map_or(0, |(_, has)| *has)
        };
        let has = workers.iter().map(has).max().unwrap_or(0);
        if *amount > has {
            parts.push(format!("{name} = {amount} ({has} here)"));
        }
    }
    if parts.is_empty() {
        request.to_string()
    } else {
        parts.join(", ")
    }
}

fn needs_blocked(group: &Group, blocked: &[bool]) -> bool {
    group.needs.iter().any(|need| match need.on {
        Target::Group(place) => blocked.get(place as usize).copied().unwrap_or(false),
        Target::Earlier { .. } => false,
    })
}

#[cfg(test)]
mod tests;

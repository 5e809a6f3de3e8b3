//! What can run on this machine, and what never will: pure.

use godwit_common::message::view::{GroupView, WorkflowView};
use godwit_common::resources::{Capacity, Request};
use godwit_common::size::Size;
use godwit_common::workflow::{Group, Need, Target, Workflow};

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

/// What a group of a workflow asks for: all that has to be known of it here.
#[derive(Debug)]
pub(super) struct Wish {
    name: String,
    requests: Vec<Request>,
    /// The groups of the same workflow that it needs.
    needs: Vec<u32>,
}

/// What the groups of a workflow ask for.
pub(super) fn wishes(workflow: &Workflow) -> Vec<Wish> {
    let target = |need: &Need| match need.on {
        Target::Group(place) => Some(place),
        Target::Earlier { .. } => None,
    };
    let wish = |group: &Group| Wish {
        name: group.name.clone(),
        requests: group.task.requests.clone(),
        needs: group.needs.iter().filter_map(target).collect(),
    };
    workflow.groups.iter().map(wish).collect()
}

impl Possible {
    pub(super) fn new(wishes: &[Wish], workers: &[Capacity], others: Others) -> Possible {
        let impossible: Vec<_> = wishes.iter().map(|wish| impossible(wish, workers)).collect();
        let mut blocked: Vec<bool> = impossible.iter().map(Option::is_some).collect();
        // Groups may be in any order, so look until nothing more is found.
        let mut found = true;
        while found {
            found = false;
            for (place, wish) in wishes.iter().enumerate() {
                if !blocked[place] && needs_blocked(wish, &blocked) {
                    blocked[place] = true;
                    found = true;
                }
            }
        }
        Possible { impossible, blocked, others }
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
        let reasons =
            reasons.filter(|(group, _)| left(group) > 0).filter_map(|(_, reason)| reason.as_deref());
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

fn impossible(wish: &Wish, workers: &[Capacity]) -> Option<String> {
    let fits = |request: &Request| workers.iter().any(|worker| request.fits(worker));
    let requests = &wish.requests;
    if requests.iter().any(fits) {
        return None;
    }
    let wanted: Vec<String> = requests.iter().take(3).map(|request| missing(request, workers)).collect();
    Some(format!("'{}' asks for {}", wish.name, wanted.join(" or ")))
}

/// The parts of a request that no worker has, each with what there is.
fn missing(request: &Request, workers: &[Capacity]) -> String {
    let most = |part: fn(&Capacity) -> u64| workers.iter().map(part).max().unwrap_or(0);
    let mut parts = Vec::new();
    let cpus = workers.iter().map(|worker| worker.cpus).max().unwrap_or_default();
    if request.cpus > cpus {
        parts.push(format!("cpus = {} ({cpus} here)", request.cpus));
    }
    let memory = most(|worker| worker.memory);
    if request.memory > memory {
        parts.push(format!("memory = {} ({} here)", Size(request.memory), Size(memory)));
    }
    let gpus = most(|worker| u64::from(worker.gpus));
    if u64::from(request.gpus.ceil()) > gpus {
        parts.push(format!("gpus = {} ({gpus} here)", request.gpus));
    }
    let disk = most(|worker| worker.disk);
    if request.disk > disk {
        parts.push(format!("disk = {} ({} here)", Size(request.disk), Size(disk)));
    }
    for (name, amount) in &request.named {
        let has = |worker: &Capacity| {
            worker.named.iter().find(|(known, _)| known == name).map_or(0, |(_, has)| *has)
        };
        let has = workers.iter().map(has).max().unwrap_or(0);
        if *amount > has {
            parts.push(format!("{name} = {amount} ({has} here)"));
        }
    }
    if parts.is_empty() { request.to_string() } else { parts.join(", ") }
}

fn needs_blocked(wish: &Wish, blocked: &[bool]) -> bool {
    let is_blocked = |place: &u32| blocked.get(*place as usize).copied().unwrap_or(false);
    wish.needs.iter().any(is_blocked)
}

#[cfg(test)]
mod tests;

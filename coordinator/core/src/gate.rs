//! Durable before visible: what reveals a durable fact waits here until the log says that the fact is on storage.

use crate::action::Action;
use crate::event::{LinkId, Position, RequestId};
use std::collections::{BTreeSet, VecDeque};

/// Actions that wait, in order.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    held: VecDeque<Held>,
    durable: Position,
}

#[derive(Debug)]
struct Held {
    /// All records up to here have to be durable.
    until: Position,
    action: Action,
}

impl Gate {
    /// Up to where records are durable.
    pub(crate) fn durable(&self) -> Position {
        self.durable
    }

    /// Actions that wait.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// Lets an action out as soon as all records up to `until` are durable, which may be now. Positions never go
    /// back from one call to the next.
    pub(crate) fn hold(&mut self, until: Position, action: Action, out: &mut Vec<Action>) {
        if until <= self.durable {
            out.push(action);
        } else {
            self.held.push_back(Held { until, action });
        }
    }

    /// Records up to `durable` are on storage.
    pub(crate) fn open(&mut self, durable: Position, out: &mut Vec<Action>) {
        self.durable = self.durable.max(durable);
        while let Some(held) = self.held.pop_front_if(|held| held.until <= self.durable) {
            out.push(held.action);
        }
    }

    /// Requests whose held answers `give_up` says are not to be waited for.
    pub(crate) fn requests(&self, give_up: impl Fn(&Action) -> bool) -> BTreeSet<RequestId> {
        let held = self.held.iter().filter(|held| give_up(&held.action));
        held.filter_map(|held| request_of(&held.action)).collect()
    }

    /// Drops what is held for a connection that is gone.
    pub(crate) fn discard_link(&mut self, link: LinkId) {
        self.held.retain(|held| !matches!(held.action, Action::Send(to, _) if to == link));
    }

    /// Drops all that is held for these requests.
    pub(crate) fn discard(&mut self, requests: &BTreeSet<RequestId>) {
        let concerned = |held: &Held| request_of(&held.action).is_some_and(|id| requests.contains(&id));
        self.held.retain(|held| !concerned(held));
    }
}

fn request_of(action: &Action) -> Option<RequestId> {
    match action {
        Action::Respond { id, .. } | Action::RespondOutput { id, .. } => Some(*id),
        Action::Append(..)
        | Action::AppendBlob(_)
        | Action::ReadBlob(_)
        | Action::Send(..)
        | Action::Close(..)
        | Action::Notice(_)
        | Action::Exit => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_before_its_position_is_durable() {
        let (mut gate, mut out) = (Gate::default(), Vec::new());
        gate.hold(Position(0), Action::Exit, &mut out);
        assert_eq!(out.len(), 1);
        gate.hold(Position(2), Action::Exit, &mut out);
        gate.hold(Position(3), Action::Exit, &mut out);
        gate.open(Position(1), &mut out);
        assert_eq!((out.len(), gate.len()), (1, 2));
        gate.open(Position(2), &mut out);
        assert_eq!((out.len(), gate.len()), (2, 1));
        gate.open(Position(9), &mut out);
        assert_eq!((out.len(), gate.len()), (3, 0));
    }
}

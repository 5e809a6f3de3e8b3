//! An attempt that a worker has, whether anybody still wants it or not.

use godwit_common::message::worker::GroupSpec;
use godwit_common::resources::{Held, Request};
use godwit_common::time::Time;
use std::sync::Arc;

/// One attempt on one worker.
#[derive(Debug)]
pub(crate) struct Assigned {
    /// None if the worker brought it and nobody here knows its group.
    pub(crate) spec: Option<Arc<GroupSpec>>,
    pub(crate) variant: u8,
    pub(crate) room: Room,
    /// When the worker said that it had started it.
    pub(crate) started: Option<Time>,
    /// The worker was told to stop it.
    pub(crate) stopping: bool,
    /// The worker was asked to give it back if it has not started it.
    pub(crate) retracting: bool,
}

/// What an attempt takes up.
#[derive(Debug)]
pub(crate) enum Room {
    /// These resources.
    Held(Held),
    /// A place in the worker's queue.
    Waiting,
    /// Nothing that is counted: it is being stopped and did not fit.
    Nothing,
}

impl Assigned {
    pub(crate) fn new(spec: Option<Arc<GroupSpec>>, variant: u8, room: Room) -> Assigned {
        Assigned { spec, variant, room, started: None, stopping: false, retracting: false }
    }

    /// What it asks for.
    pub(crate) fn request(&self) -> Option<&Request> {
        let requests = &self.spec.as_ref()?.task.requests;
        requests.get(usize::from(self.variant))
    }

    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.room, Room::Waiting)
    }
}

//! The coordinator as clients see it.

use crate::Core;
use godwit_common::ids::Epoch;
use godwit_common::message::view::CoordinatorView;

impl Core {
    pub(crate) fn coordinator_view(&self) -> CoordinatorView {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let workflows = self.state.workflows.values();
        CoordinatorView {
            epoch: self.epoch.unwrap_or(Epoch(0)),
            pid: self.identity.pid,
            host: self.identity.host.clone(),
            address: self.identity.address.clone(),
            store: self.identity.store.clone(),
            version: self.identity.version.clone(),
            since: self.since,
            records_pending: self.appended.0 - self.gate.durable().0,
            store_trouble: self.store.trouble.clone(),
            workers: count(self.fleet.len()),
            workflows_running: count(workflows.filter(|workflow| workflow.pending() > 0).count()),
            credentials_expire: self.identity.credentials_expire,
        }
    }
}

//! What people want of single workers.

use super::{Refused, unable, wrong};
use crate::Core;
use crate::fleet::Drain;
use godwit_common::ids::WorkerId;
use godwit_common::message::client::Response;

impl Core {
    pub(crate) fn drain_on_request(&mut self, id: WorkerId) -> Result<Response, Refused> {
        self.find_connected(id)?;
        self.drain_worker(id, Drain::Wanted("somebody asked for it".to_owned()));
        self.fleet.tell(id, |outgoing| outgoing.drain = true);
        Ok(Response::Done)
    }

    pub(crate) fn stop_on_request(&mut self, id: WorkerId) -> Result<Response, Refused> {
        self.find_connected(id)?;
        self.drain_worker(id, Drain::Wanted("somebody stopped it".to_owned()));
        self.fleet.tell(id, |outgoing| outgoing.quit = true);
        Ok(Response::Done)
    }

    fn find_connected(&self, id: WorkerId) -> Result<(), Refused> {
        if self.fleet.session(id).is_some() {
            return Ok(());
        }
        if let Some(absent) = self.fleet.absent.get(&id) {
            return Err(unable(format!("worker {id} is not connected: {}", absent.reason)));
        }
        if let Some((_, reason)) = self.state.workers.get(id).and_then(|worker| worker.left.as_ref()) {
            return Err(wrong(format!("worker {id} has left: {reason}")));
        }
        let connected: Vec<String> =
            self.fleet.sessions().take(8).map(|session| session.id.to_string()).collect();
        let there = match (connected.len(), self.fleet.len()) {
            (0, _) => "no workers are connected".to_owned(),
            (listed, all) if listed < all => {
                format!("connected are {} and {} more", connected.join(", "), all - listed)
            }
            _ => format!("connected are {}", connected.join(", ")),
        };
        Err(wrong(format!("worker {id} does not exist; {there}")))
    }
}

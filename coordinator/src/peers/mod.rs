//! Peers: one task for each connection and each request, carrying messages to and from the driver.
//!
//! Nothing is decided here but how long to wait for a first word.

mod client;
mod worker;

use crate::input::{Counter, Input};
use crate::lease::Lease;
use godwit_transport::{Connection, Listener, Role};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

/// A peer that has connected says something within this time, or is sent away.
const FIRST_WORD_TIMEOUT: Duration = Duration::from_secs(10);

/// What every peer's task needs.
#[derive(Clone, Debug)]
pub(crate) struct Hall {
    pub(crate) inputs: mpsc::Sender<Input>,
    pub(crate) counter: Arc<Counter>,
    /// Tasks that still have answers to send; a coordinator that ends waits a moment for them.
    pub(crate) tasks: TaskTracker,
    /// What has to be waited for before anything is said.
    pub(crate) lease: Lease,
}

impl Hall {
    /// Lets in whoever has a credential, until the listener is closed.
    pub(crate) async fn keep_door(self, listener: Arc<Listener>) {
        while let Some(incoming) = listener.accept().await {
            let hall = self.clone();
            tokio::spawn(async move {
                match incoming.handshake().await {
                    Ok(peer) => hall.serve(peer.connection).await,
                    Err(error) => tracing::info!("turned somebody away: {error}"),
                }
            });
        }
    }

    /// Serves a peer until it goes.
    pub(crate) async fn serve(self, connection: Connection) {
        match connection.role() {
            Role::Worker => worker::serve(self, connection).await,
            Role::Client => client::serve(self, connection).await,
            Role::Coordinator => {
                connection.close("a coordinator takes no orders from another").await;
            }
        }
    }
}

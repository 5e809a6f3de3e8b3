//! Watches a workflow to its end, across restarts of the coordinator.

use super::{Client, Failure, Responses, find_again, unexpected};
use crate::cluster::Cluster;
use crate::errors::Error;
use godwit_common::ids::WorkflowId;
use godwit_common::message::view::{WorkflowState, WorkflowView};
use godwit_common::message::{Request, Response};
use tokio::sync::mpsc;

/// What there is to tell of a workflow that is watched.
#[derive(Debug)]
pub(crate) enum News {
    /// How it is now.
    View(Box<WorkflowView>),
    /// A sentence for the user about the watching itself.
    Notice(String),
    /// Nothing more can be told.
    Failed(Error),
}

/// Watches in the background. The channel ends after the view of the ended workflow, or after a failure.
///
/// With `cluster` a lost coordinator is looked for again for some minutes.
pub(crate) fn watch(client: Client, cluster: Option<Cluster>, workflow: WorkflowId) -> mpsc::Receiver<News> {
    // One: a reader that is slow sees fewer views, not older ones.
    let (news, reader) = mpsc::channel(1);
    let watcher = Watcher { client, cluster, workflow, news };
    tokio::spawn(watcher.run());
    reader
}

struct Watcher {
    client: Client,
    cluster: Option<Cluster>,
    workflow: WorkflowId,
    news: mpsc::Sender<News>,
}

impl Watcher {
    async fn run(mut self) {
        loop {
            let failure = match self.follow().await {
                Ok(()) => return,
                Err(failure) => failure,
            };
            let error = match (failure, &self.cluster) {
                (Failure::Lost(error), Some(cluster)) => match self.find_again(cluster, &error).await {
                    Ok(client) => {
                        self.client = client;
                        continue;
                    }
                    Err(error) => error,
                },
                (failure, _) => failure.into(),
            };
            self.tell(News::Failed(error)).await;
            return;
        }
    }

    /// Passes views on until the workflow has ended or nobody listens.
    async fn follow(&self) -> Result<(), Failure> {
        let mut responses: Responses = self.client.responses(&Request::Watch(self.workflow)).await?;
        loop {
            let view = match responses.next().await? {
                Some(Response::Workflow(view)) => view,
                Some(_) => return Err(unexpected()),
                None => return Err(Failure::Lost(Error::infrastructure("the coordinator is ending"))),
            };
            let ended = !matches!(view.state, WorkflowState::Open | WorkflowState::Running);
            if !self.tell(News::View(view)).await || ended {
                return Ok(());
            }
        }
    }

    async fn find_again(&self, cluster: &Cluster, lost: &Error) -> Result<Client, Error> {
        // A notice that finds the reader busy is not worth waiting for.
        let tell = |sentence: &str| drop(self.news.try_send(News::Notice(sentence.to_owned())));
        tokio::select! {
            found = find_again(cluster, lost, tell) => found,
            () = self.news.closed() => Err(Error::infrastructure(lost)),
        }
    }

    /// Says whether anybody listens.
    async fn tell(&self, news: News) -> bool {
        self.news.send(news).await.is_ok()
    }
}

//! What clients ask for: each request is answered or refused with a sentence, and answers wait in the gate.

mod cancel;
mod checkpoint;
mod logs;
mod results;
mod retry;
mod select;
mod submit;
mod workers;

pub(crate) use logs::Followers;

use crate::Core;
use crate::action::Action;
use crate::event::RequestId;
use crate::hold::Mode;
use crate::limits::{HELD_ANSWERS_MAX, WATCHES_MAX};
use godwit_common::ids::WorkflowId;
use godwit_common::message::client::{Refusal, RefusalKind, Request, Response};
use std::collections::BTreeSet;

/// Why a request is refused.
pub(crate) type Refused = (RefusalKind, String);

/// The client's fault.
pub(crate) fn wrong(sentence: impl Into<String>) -> Refused {
    (RefusalKind::Input, sentence.into())
}

/// Nobody's fault, or ours.
pub(crate) fn unable(sentence: impl Into<String>) -> Refused {
    (RefusalKind::Infrastructure, sentence.into())
}

impl Core {
    pub(crate) fn request(&mut self, id: RequestId, request: Request, out: &mut Vec<Action>) {
        if self.mode == Mode::Stopping {
            let sentence = "the coordinator is about to stop".to_owned();
            return self.refuse(id, RefusalKind::Infrastructure, sentence, out);
        }
        if self.gate.len() >= HELD_ANSWERS_MAX && reveals(&request) {
            let sentence = format!("{} answers wait for the store already; try again later", self.gate.len());
            return self.refuse(id, RefusalKind::Infrastructure, sentence, out);
        }
        match self.serve(id, request, out) {
            Ok(Some(response)) => self.answer(id, response, out),
            Ok(None) => {}
            Err((kind, sentence)) => self.refuse(id, kind, sentence, out),
        }
    }

    /// Does what is asked. Without a response, it was given or will be.
    fn serve(
        &mut self,
        id: RequestId,
        request: Request,
        out: &mut Vec<Action>,
    ) -> Result<Option<Response>, Refused> {
        if self.store.trouble.is_some() && self.appended > self.gate.durable() && is_reading(&request) {
            return Err(unable(self.trouble_sentence()));
        }
        let response = match request {
            Request::Submit(workflow) => self.submit(workflow, out)?,
            Request::Resume(workflow) => self.resume(workflow, out)?,
            Request::List => Response::Workflows(self.workflow_list()),
            Request::Status(workflow) => Response::Workflow(Box::new(self.view_of(workflow)?)),
            Request::Tasks { of, states, skip } => Response::Tasks(self.task_page(&of, &states, skip)?),
            Request::Watch(workflow) => return self.watch(id, workflow, out),
            Request::Cancel(of) => Response::Changed(self.cancel(&of, out)?),
            Request::Retry(workflow) => Response::Changed(self.retry(workflow, out)?),
            Request::Forget(workflow) => self.forget(workflow, out)?,
            Request::Explain(task) => Response::Explained(Box::new(self.explain(&task)?)),
            Request::Logs { task, stream, follow } => return self.logs(id, &task, stream, follow, out),
            Request::Checkpoint(workflow) => Response::Changed(self.checkpoint(workflow, out)?),
            Request::Import { source, results } => Response::Changed(self.import(&source, results, out)?),
            Request::Prune { filter, dry_run } => Response::Changed(self.prune(filter, dry_run, out)),
            Request::Workers => Response::Workers(self.worker_list()),
            Request::DrainWorker(worker) => self.drain_on_request(worker)?,
            Request::StopWorker(worker) => self.stop_on_request(worker)?,
            Request::Coordinator => {
                let response = Response::Coordinator(Box::new(self.coordinator_view()));
                let last = true;
                out.push(Action::Respond { id, response, last });
                return Ok(None);
            }
            Request::StopCoordinator => {
                self.stop(id, out);
                return Ok(None);
            }
        };
        Ok(Some(response))
    }

    /// Answers when all that is known now is durable.
    pub(crate) fn answer(&mut self, id: RequestId, response: Response, out: &mut Vec<Action>) {
        let last = true;
        let action = Action::Respond { id, response, last };
        self.gate.hold(self.appended, action, out);
    }

    /// Refuses. A refusal of a wrong request may reveal an outcome, so it waits as an answer does.
    pub(crate) fn refuse(
        &mut self,
        id: RequestId,
        kind: RefusalKind,
        sentence: String,
        out: &mut Vec<Action>,
    ) {
        let response = Response::Refused(Refusal { kind, sentence });
        let last = true;
        let action = Action::Respond { id, response, last };
        match kind {
            RefusalKind::Input => self.gate.hold(self.appended, action, out),
            RefusalKind::Infrastructure => out.push(action),
        }
    }

    fn watch(
        &mut self,
        id: RequestId,
        workflow: WorkflowId,
        out: &mut Vec<Action>,
    ) -> Result<Option<Response>, Refused> {
        let view = self.view_of(workflow)?;
        if view.ended.is_some() {
            self.show(id, view, true, out);
        } else if self.watches.len() >= WATCHES_MAX {
            return Err(unable(format!("{WATCHES_MAX} clients are watching already")));
        } else {
            self.watches.insert(id, workflow, self.now);
        }
        Ok(None)
    }

    /// A client does not wait any more.
    pub(crate) fn drop_request(&mut self, id: RequestId) {
        self.watches.remove(id);
        self.followers.remove(id);
    }

    /// Ends the coordinator when all that is known now is durable.
    fn stop(&mut self, id: RequestId, out: &mut Vec<Action>) {
        self.mode = Mode::Stopping;
        self.save_at_exit(out);
        let sentence = "the coordinator was stopped; workers and their tasks go on and wait for the next one";
        let waiting: BTreeSet<RequestId> =
            self.watches.ids().into_iter().chain(self.followers.ids()).collect();
        self.gate.discard(&waiting);
        for other in waiting {
            self.drop_request(other);
            self.refuse(other, RefusalKind::Infrastructure, sentence.to_owned(), out);
        }
        self.answer(id, Response::Done, out);
        self.gate.hold(self.appended, Action::Exit, out);
    }
}

/// Whether the request only wants to see what is durable.
fn is_reading(request: &Request) -> bool {
    matches!(
        request,
        Request::List
            | Request::Status(_)
            | Request::Tasks { .. }
            | Request::Explain(_)
            | Request::Logs { .. }
    )
}

/// Whether the answer waits in the gate.
fn reveals(request: &Request) -> bool {
    !matches!(request, Request::Coordinator | Request::StopCoordinator)
}

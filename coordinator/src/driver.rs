//! The driver: the one task that owns the core and the log. Events in, actions out.

use crate::clock::Clock;
use crate::error::Error;
use crate::input::{Control, Input};
use crate::log::{Log, News};
use crate::output;
use godwit_common::ids::Epoch;
use godwit_common::message::Response;
use godwit_common::message::client::Request;
use godwit_common::message::worker::ToWorker;
use godwit_coordinator_core::action::{Notice, OutputPlace};
use godwit_coordinator_core::event::{LinkId, Position, RequestId};
use godwit_coordinator_core::{Action, Core, Event, Record};
use godwit_transport::Connection;
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_util::task::TaskTracker;

/// Inputs that are handled before the log and the clock get their turn.
const BATCH_INPUTS_MAX: usize = 256;

/// The driver's state; see [`Driver::run`].
pub(crate) struct Driver {
    pub(crate) core: Core,
    pub(crate) log: Log,
    pub(crate) clock: Clock,
    pub(crate) inputs: mpsc::Receiver<Input>,
    pub(crate) notices: mpsc::Sender<Notice>,
    pub(crate) tasks: TaskTracker,
    pub(crate) links: BTreeMap<LinkId, Link>,
    pub(crate) requests: BTreeMap<RequestId, mpsc::Sender<Response>>,
    pub(crate) trouble: Option<String>,
    pub(crate) actions: Vec<Action>,
}

/// A worker's connection.
pub(crate) struct Link {
    outbox: mpsc::Sender<ToWorker>,
    connection: Connection,
}

/// Whether there is more to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    GoOn,
    Exit,
}

impl Driver {
    /// Drives until the core says that it is done, or the log cannot go on.
    pub(crate) async fn run(mut self, epoch: Epoch) -> Result<(), Error> {
        self.tell(Event::Begin(epoch));
        let mut batch = Vec::new();
        while self.act()? == Flow::GoOn {
            let wakeup = self.core.next_wakeup().map(|at| self.clock.instant(at));
            tokio::select! {
                biased;
                news = self.log.progress() => self.hear(news?),
                received = self.inputs.recv_many(&mut batch, BATCH_INPUTS_MAX) => match received {
                    0 => self.control(Control::Stop),
                    _ => batch.drain(..).for_each(|input| self.take(input)),
                },
                () = sleep_until(wakeup) => self.tell(Event::Wakeup),
            }
        }
        Ok(())
    }

    fn tell(&mut self, event: Event) {
        self.core.handle(self.clock.now(), event, &mut self.actions);
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Durable(position) => {
                self.trouble = None;
                self.tell(Event::Durable(Position(position.0)));
            }
            News::Trouble(reason) => self.trouble = Some(reason),
        }
        self.report_lag();
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::WorkerHello { link, hello, outbox, connection } => {
                self.links.insert(link, Link { outbox, connection });
                self.tell(Event::WorkerHello { link, hello });
            }
            Input::WorkerMessage { link, message } => self.tell(Event::WorkerMessage { link, message }),
            Input::WorkerGone { link, reason } => {
                self.links.remove(&link);
                self.tell(Event::WorkerGone { link, reason });
            }
            Input::Request { id, request, responses } => {
                self.requests.insert(id, responses);
                self.tell(Event::Request { id, request });
            }
            Input::RequestGone(id) => {
                if self.requests.remove(&id).is_some() {
                    self.tell(Event::RequestGone(id));
                }
            }
            Input::Control(control) => self.control(control),
        }
    }

    fn control(&mut self, control: Control) {
        match control {
            Control::Drain => self.tell(Event::Drain),
            Control::StopTasks => self.tell(Event::StopTasks),
            // Number 0 is no client's, so the answer goes nowhere.
            Control::Stop => {
                self.tell(Event::Request { id: RequestId(0), request: Request::StopCoordinator });
            }
        }
    }

    /// Does what the core said, in its order, and what it says to that.
    fn act(&mut self) -> Result<Flow, Error> {
        while !self.actions.is_empty() {
            let mut appended = false;
            for action in std::mem::take(&mut self.actions) {
                appended |= matches!(action, Action::Append(..));
                if self.perform(action)? == Flow::Exit {
                    return Ok(Flow::Exit);
                }
            }
            if appended {
                self.report_lag();
            }
        }
        Ok(Flow::GoOn)
    }

    fn perform(&mut self, action: Action) -> Result<Flow, Error> {
        match action {
            Action::Append(position, record) => self.append(position, &record)?,
            Action::Send(link, message) => self.send(link, message),
            Action::Close(link, reason) => self.close(link, &reason),
            Action::Respond { id, response, last } => self.respond(id, response, last),
            Action::RespondOutput { id, place } => self.respond_output(id, place),
            // A console that does not read misses notices; everything in them can also be asked for.
            Action::Notice(notice) => drop(self.notices.try_send(notice)),
            Action::AppendBlob(_) | Action::ReadBlob(_) => {}
            Action::Exit => return Ok(Flow::Exit),
        }
        Ok(Flow::GoOn)
    }

    fn report_lag(&mut self) {
        let event = Event::Store { pending_bytes: self.log.lag_bytes(), trouble: self.trouble.clone() };
        self.tell(event);
    }

    fn append(&mut self, position: Position, record: &Record) -> Result<(), Error> {
        let ours = self.log.append(&record.encode())?;
        assert_eq!(ours.0, position.0, "the core and the log count the same records");
        Ok(())
    }

    fn send(&mut self, link: LinkId, message: ToWorker) {
        let Some(known) = self.links.get(&link) else {
            return;
        };
        if let Err(TrySendError::Full(_)) = known.outbox.try_send(message) {
            self.close(link, "the worker does not read what it is sent");
        }
    }

    fn close(&mut self, link: LinkId, reason: &str) {
        // Dropping the outbox lets its task send what is in it, then close the connection.
        if let Some(link) = self.links.remove(&link) {
            tracing::debug!("closing the connection with {}: {reason}", link.connection.remote());
        }
    }

    fn respond(&mut self, id: RequestId, response: Response, last: bool) {
        let Some(responses) = self.requests.get(&id) else {
            return;
        };
        let sent = responses.try_send(response);
        if last {
            self.requests.remove(&id);
        } else if sent.is_err() {
            self.requests.remove(&id);
            self.tell(Event::RequestGone(id));
        }
    }

    fn respond_output(&mut self, id: RequestId, place: OutputPlace) {
        let Some(responses) = self.requests.remove(&id) else {
            return;
        };
        let link = match &place {
            OutputPlace::Spool { link, .. } => *link,
            OutputPlace::File { .. } => None,
        };
        let connection = link.and_then(|link| self.links.get(&link)).map(|link| link.connection.clone());
        self.tasks.spawn(output::serve(place, connection, responses));
    }
}

async fn sleep_until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

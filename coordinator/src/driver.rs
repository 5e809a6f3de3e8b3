//! The driver: the one task that owns the core and the log. Events in, actions out.

use crate::base::Keeper;
use crate::blobs;
use crate::clock::{Clock, seconds};
use crate::ending::{Due, Ending};
use crate::error::{Error, Records};
use crate::input::{Control, Input};
use crate::lease::Lease;
use crate::log::{Log, News};
use crate::{output, say};
use godwit_common::duration::Human;
use godwit_common::ids::Epoch;
use godwit_common::message::Response;
use godwit_common::message::client::{Refusal, RefusalKind, Request};
use godwit_common::message::worker::ToWorker;
use godwit_coordinator_core::action::{Level, Notice, OutputPlace};
use godwit_coordinator_core::event::{LinkId, Position, RequestId};
use godwit_coordinator_core::{Action, Core, Event, Record};
use godwit_store::Store;
use godwit_transport::Connection;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

/// Inputs that are handled before the log and the clock get their turn.
const BATCH_INPUTS_MAX: usize = 256;

/// The driver's state; see [`Driver::run`].
pub(crate) struct Driver {
    pub(crate) core: Core,
    pub(crate) log: Log,
    pub(crate) store: Store,
    pub(crate) lease: Lease,
    pub(crate) bases: Keeper,
    pub(crate) clock: Clock,
    pub(crate) inputs: mpsc::Receiver<Input>,
    /// For what is asked of the store beside the log.
    pub(crate) to_self: mpsc::WeakSender<Input>,
    pub(crate) notices: mpsc::Sender<Notice>,
    pub(crate) tasks: TaskTracker,
    pub(crate) links: BTreeMap<LinkId, Link>,
    pub(crate) requests: BTreeMap<RequestId, mpsc::Sender<Response>>,
    pub(crate) trouble: Option<String>,
    /// Somebody wants the coordinator to end.
    pub(crate) ending: Option<Ending>,
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
        let lease = self.lease.clone();
        let result = self.drive(epoch).await;
        if result.as_ref().is_err_and(Error::is_fenced) {
            lease.end();
        }
        self.bases.stop().await;
        result
    }

    async fn drive(&mut self, epoch: Epoch) -> Result<(), Error> {
        self.tell(Event::Begin(epoch));
        self.bases.look_at(self.log.writer());
        let mut batch = Vec::new();
        while self.act()? == Flow::GoOn {
            let wakeup = self.core.next_wakeup().map(|at| self.clock.instant(at));
            let end = self.ending.as_ref().map(Ending::next);
            tokio::select! {
                biased;
                news = self.log.progress() => self.hear(news?),
                received = self.inputs.recv_many(&mut batch, BATCH_INPUTS_MAX) => match received {
                    0 => self.control(Control::Stop),
                    _ => batch.drain(..).for_each(|input| self.take(input)),
                },
                () = sleep_until(wakeup) => self.tell(Event::Wakeup),
                () = sleep_until(end) => self.hasten()?,
                Some((covered, base)) = self.bases.made() => self.log.based(covered, base),
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
                self.bases.look_at(self.log.writer());
                if let Some(ending) = &mut self.ending {
                    ending.progress(Instant::now());
                }
                self.tell(Event::Durable(Position(position.0)));
            }
            News::Trouble(reason) => self.trouble = Some(reason),
            News::Well => self.trouble = None,
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
                if request == Request::StopCoordinator {
                    self.begin_ending();
                }
                self.tell(Event::Request { id, request });
            }
            Input::RequestGone(id) => {
                if self.requests.remove(&id).is_some() {
                    self.tell(Event::RequestGone(id));
                }
            }
            Input::BlobRead { digest, result } => self.tell(Event::BlobRead { digest, result }),
            Input::Control(control) => self.control(control),
        }
    }

    fn begin_ending(&mut self) {
        self.ending.get_or_insert_with(|| Ending::begin(Instant::now()));
    }

    /// Says what the end waits for, or ends without it.
    fn hasten(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        let due = self.ending.as_mut().and_then(|ending| ending.take_due(now));
        let waited = self.ending.map_or(Duration::ZERO, |ending| ending.waited(now));
        let (url, records) = (self.store.url(), self.log.lag_records());
        let trouble = || self.trouble.clone().unwrap_or_else(|| "it does not answer".to_owned());
        match due {
            Some(Due::Word(left)) => {
                let (trouble, left) = (trouble(), Human(seconds(left)));
                let sentence = format!(
                    "waiting for the store {url} to take {} ({trouble}); ending without that in {left}",
                    Records(records)
                );
                say(&self.notices, Level::Warning, sentence);
                Ok(())
            }
            Some(Due::GiveUp) => Err(Error::Unsaved {
                url: url.to_owned(),
                records,
                waited: Human(waited),
                problem: trouble(),
            }),
            None => Ok(()),
        }
    }

    fn control(&mut self, control: Control) {
        match control {
            Control::Drain => self.tell(Event::Drain),
            Control::StopTasks => self.tell(Event::StopTasks),
            // Number 0 is no client's, so the answer goes nowhere.
            Control::Stop => {
                self.begin_ending();
                self.tell(Event::Request { id: RequestId(0), request: Request::StopCoordinator });
            }
            Control::GiveUp => {
                self.begin_ending();
                if let Some(ending) = &mut self.ending {
                    ending.give_up(Instant::now());
                }
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
            Action::AppendBlob(value) => self.log.append_blob(&value)?,
            Action::ReadBlob(digest) => {
                let reading = blobs::read(self.store.clone(), digest, self.to_self.clone());
                self.tasks.spawn(reading);
            }
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
        let sent = responses.try_send(self.excused(response, last));
        if last {
            self.requests.remove(&id);
        } else if sent.is_err() {
            self.requests.remove(&id);
            self.tell(Event::RequestGone(id));
        }
    }

    /// What to say instead of what may not be true any more, when the store does not tell whether it is.
    fn excused(&self, response: Response, last: bool) -> Response {
        let Some(trouble) = self.trouble.as_ref().filter(|_| last && self.lease.is_mute()) else {
            return response;
        };
        let reveals = matches!(
            response,
            Response::Workflows(_)
                | Response::Workflow(_)
                | Response::Tasks(_)
                | Response::Explained(_)
                | Response::Workers(_)
        );
        if !reveals {
            return response;
        }
        let sentence = format!(
            "the store does not answer ({trouble}), so this coordinator cannot tell whether it still leads; try again \
             later"
        );
        Response::Refused(Refusal { kind: RefusalKind::Infrastructure, sentence })
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

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

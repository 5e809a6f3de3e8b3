//! Sees a run to its end: shows how it goes, hears Ctrl-C, and notices when nothing can go on.

use super::possible::Possible;
use super::session::{Session, SessionEvent};
use crate::client::News;
use crate::display::Display;
use crate::errors::Error;
use crate::signals::{Signals, Wish};
use godwit_common::message::view::WorkflowView;
use godwit_common::message::{Request, Response};
use godwit_coordinator_core::action::{Level, Notice};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// What is drawn grows older by so much at most.
const TICK: Duration = Duration::from_millis(500);

/// Tasks that are stopped are gone after their grace period and a moment; with a store that is away, nobody hears of it.
const STOP_PATIENCE: Duration = Duration::from_secs(15);

/// How a run came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The workflow ended.
    Ended,
    /// Somebody wanted it to end.
    Interrupted,
    /// Nothing that is left can run here, for this reason.
    Impossible(String),
}

/// How far the wish to end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    /// Nothing new is started.
    Draining,
    /// What runs is stopped.
    Stopping,
    /// We do not wait for anything.
    Leaving,
}

/// Sees one run to its end.
pub(super) struct Supervisor<'a> {
    session: &'a mut Session,
    display: &'a mut Display,
    possible: Possible,
    news: mpsc::Receiver<News>,
    signals: &'a mut Signals,
    phase: Phase,
    /// When it is time to ask why the tasks that were stopped are still there.
    late: Option<Instant>,
}

const DRAINING: &str = "finishing what is running, starting nothing new; Ctrl-C again stops it";
const STOPPING: &str = "stopping what is running; it runs again next time";

impl<'a> Supervisor<'a> {
    pub(super) fn new(
        news: mpsc::Receiver<News>,
        possible: Possible,
        session: &'a mut Session,
        display: &'a mut Display,
        signals: &'a mut Signals,
    ) -> Supervisor<'a> {
        Supervisor { session, display, possible, news, signals, phase: Phase::Running, late: None }
    }

    /// Until the workflow has ended, or the run has to without it.
    ///
    /// # Errors
    /// If the coordinator or a worker broke down.
    pub(super) async fn run(mut self) -> Result<(End, WorkflowView), Error> {
        let mut ticks = tokio::time::interval(TICK);
        let end = loop {
            tokio::select! {
                // What happened last is told before the end of it.
                biased;
                news = self.news.recv() => match news {
                    Some(News::View(view)) => self.display.update(*view),
                    Some(News::Notice(sentence)) => self.display.say(&sentence),
                    Some(News::Failed(error)) => return Err(self.reason(error).await),
                    None => break End::Ended,
                },
                wish = self.signals.next() => self.obey(wish).await,
                event = self.session.event() => match event {
                    SessionEvent::Notice(notice) => self.tell(&notice),
                    SessionEvent::Ended(error) => return Err(error),
                },
                _ = ticks.tick() => {
                    self.display.tick();
                    self.hasten().await;
                }
            }
            if let Some(end) = self.judge() {
                break end;
            }
        };
        let view = self.display.view().cloned();
        let view =
            view.ok_or_else(|| Error::infrastructure("the coordinator said nothing of the workflow"))?;
        Ok((end, view))
    }

    /// A watch that failed is most often a coordinator that ended, which knows the reason.
    async fn reason(&mut self, watched: Error) -> Error {
        let ended = async {
            loop {
                if let SessionEvent::Ended(error) = self.session.event().await {
                    return error;
                }
            }
        };
        timeout(TICK, ended).await.unwrap_or(watched)
    }

    fn tell(&self, notice: &Notice) {
        match notice.level {
            Level::Info => {}
            Level::Warning => self.display.say(&format!("warning: {}", notice.sentence)),
            Level::Error => self.display.say(&notice.sentence),
        }
    }

    async fn obey(&mut self, wish: Wish) {
        self.display.keep_warnings();
        self.phase = match (self.phase, wish) {
            (Phase::Running, Wish::End) => {
                self.display.note(DRAINING);
                self.session.handle.drain().await;
                Phase::Draining
            }
            (Phase::Running | Phase::Draining, _) => {
                self.display.note(STOPPING);
                self.session.handle.stop_tasks().await;
                self.late = Some(Instant::now() + STOP_PATIENCE);
                Phase::Stopping
            }
            (Phase::Stopping | Phase::Leaving, _) => Phase::Leaving,
        };
    }

    /// The end of what was stopped is only shown once it is durable. If it is the store that keeps it from us, leave: the
    /// end of the session says what it waits for, and not for ever.
    async fn hasten(&mut self) {
        if self.phase != Phase::Stopping || self.late.is_none_or(|late| Instant::now() < late) {
            return;
        }
        self.late = Some(Instant::now() + STOP_PATIENCE);
        let asked = self.session.client().ask(&Request::Coordinator).await;
        if let Ok(Response::Coordinator(view)) = asked
            && view.store_trouble.is_some()
        {
            self.phase = Phase::Leaving;
        }
    }

    /// Whether the run has to end before the workflow has.
    fn judge(&self) -> Option<End> {
        let view = self.display.view()?;
        match self.phase {
            Phase::Running => self.possible.is_over(view).map(End::Impossible),
            Phase::Draining | Phase::Stopping => (view.counts.running == 0).then_some(End::Interrupted),
            Phase::Leaving => Some(End::Interrupted),
        }
    }
}

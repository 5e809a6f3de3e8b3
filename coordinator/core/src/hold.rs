//! Why nothing may be placed at the moment, if so: draining, stopping, workers that are expected back, a slow store.

use crate::Core;
use crate::action::{Action, Level, Notice};
use crate::event::Position;
use godwit_common::duration::Human;
use godwit_common::ids::WorkerId;
use godwit_common::message::client::RefusalKind;
use godwit_common::size::Size;
use godwit_common::time::Time;
use std::collections::BTreeSet;

/// Whether the coordinator takes on anything new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It does.
    Open,
    /// It lets running tasks end and starts nothing.
    Draining,
    /// It is about to end.
    Stopping,
}

/// Workers that the coordinator before this one knew, and until when they are waited for.
#[derive(Debug)]
pub(crate) struct Reattach {
    pub(crate) until: Time,
    pub(crate) awaited: BTreeSet<WorkerId>,
}

/// How the log is doing.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) pending_bytes: u64,
    pub(crate) trouble: Option<String>,
    /// So much waits for the store that nothing new is started.
    pub(crate) lagging: bool,
}

impl Core {
    /// Why nothing is placed, as the end of a sentence; none if tasks are placed.
    pub(crate) fn hold(&self) -> Option<String> {
        match self.mode {
            Mode::Open => {}
            Mode::Draining => return Some("the coordinator starts nothing new".to_owned()),
            Mode::Stopping => return Some("the coordinator is about to stop".to_owned()),
        }
        if let Some(reattach) = &self.reattach {
            return Some(format!(
                "the coordinator was started {} ago and waits up to {} more for {} that may be running tasks",
                Human(self.now.since(self.since)),
                Human(reattach.until.since(self.now)),
                workers(reattach.awaited.len()),
            ));
        }
        self.store.lagging.then(|| {
            format!(
                "{} of records wait for the store, and nothing is started until they are written",
                Size(self.store.pending_bytes)
            )
        })
    }

    pub(crate) fn is_held(&self) -> bool {
        self.mode != Mode::Open || self.reattach.is_some() || self.store.lagging
    }

    pub(crate) fn notice(&self, level: Level, sentence: String, out: &mut Vec<Action>) {
        out.push(Action::Notice(Notice { level, sentence }));
    }

    /// Records are on storage.
    pub(crate) fn durable(&mut self, position: Position, out: &mut Vec<Action>) {
        let position = position.min(self.appended);
        self.gate.open(position, out);
        self.welcome_durable(out);
        self.watches.durable(position);
    }

    pub(crate) fn store_changed(
        &mut self,
        pending_bytes: u64,
        trouble: Option<String>,
        out: &mut Vec<Action>,
    ) {
        self.store.pending_bytes = pending_bytes;
        let limit = self.settings.log_lag_bytes_max;
        if !self.store.lagging && pending_bytes > limit {
            self.store.lagging = true;
            let size = Size(pending_bytes);
            let sentence = format!(
                "{size} of records wait for the store; nothing new is started until they are written"
            );
            self.notice(Level::Warning, sentence, out);
        } else if self.store.lagging && pending_bytes <= limit / 2 {
            self.store.lagging = false;
            self.queue.refresh_all();
            self.notice(Level::Info, "the store caught up; tasks are started again".to_owned(), out);
        }
        self.note_trouble(trouble, out);
    }

    fn note_trouble(&mut self, trouble: Option<String>, out: &mut Vec<Action>) {
        let before = std::mem::replace(&mut self.store.trouble, trouble.clone());
        match (before, trouble) {
            (None, Some(trouble)) => {
                let sentence = format!(
                    "cannot write to the store: {trouble}; running tasks go on, but nothing is acknowledged until \
                     it works again"
                );
                self.notice(Level::Error, sentence, out);
                self.refuse_held_answers(out);
            }
            (Some(_), None) => self.notice(Level::Info, "the store works again".to_owned(), out),
            _ => {}
        }
    }

    /// Answers that only reveal something are not waited for while the store is in trouble: whoever asked is told.
    fn refuse_held_answers(&mut self, out: &mut Vec<Action>) {
        let requests = self.gate.requests(reveals_only);
        self.gate.discard(&requests);
        for id in requests {
            self.refuse(id, RefusalKind::Infrastructure, self.trouble_sentence(), out);
        }
    }

    pub(crate) fn trouble_sentence(&self) -> String {
        let trouble = self.store.trouble.as_deref().unwrap_or("it is slow");
        format!(
            "the store cannot be written ({trouble}), and what is not durable is not shown; try again later"
        )
    }
}

fn reveals_only(action: &Action) -> bool {
    use godwit_common::message::client::Response;
    let Action::Respond { response, last: true, .. } = action else {
        return false;
    };
    match response {
        Response::Workflows(_) | Response::Workflow(_) | Response::Tasks(_) | Response::Explained(_) => true,
        Response::Submitted { .. }
        | Response::Changed(_)
        | Response::Done
        | Response::Output(_)
        | Response::OutputFile(_)
        | Response::Workers(_)
        | Response::Coordinator(_)
        | Response::Refused(_) => false,
    }
}

/// `1 worker`, `3 workers`.
pub(crate) fn workers(count: usize) -> String {
    match count {
        1 => "1 worker".to_owned(),
        _ => format!("{count} workers"),
    }
}

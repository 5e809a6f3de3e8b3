//! The connection with the coordinator: hello and welcome, heartbeats, and how long there has been none.

use crate::action::Action;
use crate::identity::Settings;
use crate::limits::HEARTBEAT_PERIOD_MIN;
use godwit_common::duration::Human;
use godwit_common::ids::WorkerId;
use godwit_common::message::worker::{FromWorker, Welcome};
use godwit_common::time::Time;
use std::time::Duration;

/// The connection.
#[derive(Debug)]
pub(crate) struct Link {
    state: State,
    /// Since when nobody has welcomed this worker; none while somebody does.
    alone_since: Option<Time>,
}

#[derive(Debug)]
enum State {
    /// There is no connection.
    Down,
    /// The hello was said, the welcome has not come.
    Greeting { since: Time },
    /// Welcomed.
    Up(Up),
}

#[derive(Debug)]
struct Up {
    worker: WorkerId,
    period: Duration,
    timeout: Duration,
    /// When something was last said.
    sent: Time,
    /// When something was last heard.
    heard: Time,
}

impl Link {
    pub(crate) fn new(now: Time) -> Link {
        Link { state: State::Down, alone_since: Some(now) }
    }

    /// The name of this worker, if it is welcome.
    pub(crate) fn worker(&self) -> Option<WorkerId> {
        match &self.state {
            State::Up(up) => Some(up.worker),
            State::Down | State::Greeting { .. } => None,
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        matches!(self.state, State::Up(_))
    }

    /// Whether there is a connection, welcomed or not.
    pub(crate) fn is_there(&self) -> bool {
        !matches!(self.state, State::Down)
    }

    /// Since when nobody has welcomed this worker.
    pub(crate) fn alone_since(&self) -> Option<Time> {
        self.alone_since
    }

    /// The hello is on its way.
    pub(crate) fn greet(&mut self, now: Time) {
        self.go_down(now);
        self.state = State::Greeting { since: now };
    }

    pub(crate) fn welcome(&mut self, now: Time, welcome: &Welcome) {
        let period = welcome.heartbeat_period.max(HEARTBEAT_PERIOD_MIN);
        self.alone_since = None;
        self.state = State::Up(Up {
            worker: welcome.worker,
            period,
            timeout: welcome.heartbeat_timeout.max(period * 2),
            sent: now,
            heard: now,
        });
    }

    pub(crate) fn go_down(&mut self, now: Time) {
        self.alone_since.get_or_insert(now);
        self.state = State::Down;
    }

    /// The other side said something.
    pub(crate) fn hear(&mut self, now: Time) {
        if let State::Up(up) = &mut self.state {
            up.heard = now;
        }
    }

    /// Says something if somebody listens.
    pub(crate) fn send(&mut self, now: Time, message: FromWorker, out: &mut Vec<Action>) {
        if let State::Up(up) = &mut self.state {
            up.sent = now;
            out.push(Action::Send(message));
        }
    }

    /// Says that the worker is there if it was silent for the period.
    pub(crate) fn beat(&mut self, now: Time, out: &mut Vec<Action>) {
        if let State::Up(up) = &self.state
            && now >= up.sent + up.period
        {
            self.send(now, FromWorker::Heartbeat, out);
        }
    }

    /// Why the other side is to be taken for lost, if it is.
    pub(crate) fn silence(&self, now: Time, settings: &Settings) -> Option<String> {
        let (since, timeout, what) = match &self.state {
            State::Down => return None,
            State::Greeting { since } => (*since, settings.welcome_timeout, "did not answer the hello"),
            State::Up(up) => (up.heard, up.timeout, "was silent"),
        };
        (now >= since + timeout).then(|| format!("the coordinator {what} for {}", Human(timeout)))
    }

    /// When `beat` or `silence` will have something to say.
    pub(crate) fn next_wakeup(&self, settings: &Settings) -> Option<Time> {
        match &self.state {
            State::Down => None,
            State::Greeting { since } => Some(*since + settings.welcome_timeout),
            State::Up(up) => Some((up.sent + up.period).min(up.heard + up.timeout)),
        }
    }
}

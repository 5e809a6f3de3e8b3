//! Recovery: claim an epoch, replay the log, seal the predecessor. The protocol is described at the crate's root.
//!
//! It deliberately does no more than one operation at a time, and keeps no record that it has handed over.

mod claiming;
mod walk;

use crate::{Answer, Claim, Identity, Increment, Operation, Refusal, Writer};
use claiming::Claiming;
use godwit_common::ids::{Epoch, Token};
use godwit_common::time::Time;
use walk::Walk;

/// From nothing to a [`Writer`]: the driver does what each [`Step`] says and calls [`step`](Recovery::step) again.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct Recovery {
    claiming: Claiming,
    walk: Option<Walk>,
}

/// What the driver has to do next.
#[derive(Debug)]
pub enum Step {
    /// Do this and pass the answer to the next step.
    Do(Operation),
    /// Wait (with back-off and jitter), then do this and pass the answer to the next step.
    Retry {
        /// What to do.
        operation: Operation,
        /// Why to wait.
        reason: String,
    },
    /// Apply these records; then take the next step, with no answer.
    Replay(Increment),
    /// All is replayed and the predecessor is fenced. There are no more steps.
    Ready(Box<Writer>),
    /// The store cannot be used. There are no more steps.
    Refused(Refusal),
}

/// What a part of the recovery made of an answer.
enum Turn {
    /// Do its next operation.
    Go,
    /// Wait, then do its next operation.
    Wait(String),
    Replay(Increment),
    Done,
    Refuse(Refusal),
}

impl Recovery {
    /// A recovery by the coordinator `identity` that starts `now`. The nonce must never have been used before.
    pub fn new(identity: Identity, now: Time, nonce: Token) -> Recovery {
        let claim = Claim { epoch: Epoch(1), identity: identity.bounded(), time: now, nonce };
        Recovery { claiming: Claiming::new(claim), walk: None }
    }

    /// The newest readable claim before ours, of the coordinator that is probably being taken over. Known from the
    /// first [`Step::Replay`] or [`Step::Ready`] on.
    pub fn predecessor(&self) -> Option<&Claim> {
        self.claiming.predecessor()
    }

    /// The epoch that we claimed, once we have.
    pub fn epoch(&self) -> Option<Epoch> {
        self.walk.as_ref().map(|_| self.claiming.claim().epoch)
    }

    /// Goes on. The answer is that of the operation of the step before, or none at the start and after a replay.
    pub fn step(&mut self, answer: Option<Answer>) -> Step {
        let turn = match (answer, &mut self.walk) {
            (None, _) => Turn::Go,
            (Some(answer), None) => self.claiming.answer(answer),
            (Some(answer), Some(walk)) => walk.answer(answer),
        };
        match turn {
            Turn::Go => Step::Do(self.operation()),
            Turn::Wait(reason) => Step::Retry { operation: self.operation(), reason },
            Turn::Replay(increment) => Step::Replay(increment),
            Turn::Refuse(refusal) => Step::Refused(refusal),
            Turn::Done => match &self.walk {
                Some(walk) => Step::Ready(Box::new(walk.writer())),
                None => {
                    let walk = self.walk.insert(Walk::new(self.claiming.claim().clone()));
                    Step::Do(walk.operation())
                }
            },
        }
    }

    fn operation(&self) -> Operation {
        match &self.walk {
            None => self.claiming.operation(),
            Some(walk) => walk.operation(),
        }
    }
}

impl Turn {
    fn misled(asked: &Operation, answer: &Answer) -> Turn {
        Turn::Refuse(Refusal::Misled {
            asked: format!("the operation on {}", asked.key()),
            answer: answer.name(),
        })
    }
}

//! Recovery: claim an epoch, replay base and log, seal the predecessor. The protocol is described at the crate's root.
//!
//! It deliberately does no more than one operation at a time, and keeps no record that it has handed over.

mod claiming;

use crate::path::{Aim, Path, Reached, Turn};
use crate::{Answer, Chunk, Claim, Identity, Operation, Refusal, Weight, Writer};
use claiming::Claiming;
use godwit_common::ids::{Epoch, Sequence, Token};
use godwit_common::time::Time;

/// From nothing to a [`Writer`]: the driver does what each [`Step`] says and calls [`step`](Recovery::step) again.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct Recovery {
    claiming: Claiming,
    accept_loss_after: Option<Sequence>,
    path: Option<Path>,
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
    /// Apply these records, of a base or of an increment; then take the next step, with no answer.
    Replay(Chunk),
    /// Throw away the state that was made of all records so far, as they come again from a newer base or an older
    /// one; then take the next step, with no answer.
    Restart,
    /// All is replayed and the predecessor is fenced. There are no more steps.
    Ready(Box<Writer>),
    /// The store cannot be used. There are no more steps.
    Refused(Refusal),
}

impl Recovery {
    /// A recovery by the coordinator `identity` that starts `now`. The nonce must never have been used before.
    ///
    /// If the log turns out to be damaged right behind the sequence number `accept_loss_after`, and nowhere before it,
    /// it goes on from there, and what came after is lost for ever. A log that is not damaged, or elsewhere, loses
    /// nothing by it.
    pub fn new(identity: Identity, now: Time, nonce: Token, accept_loss_after: Option<Sequence>) -> Recovery {
        let claim = Claim { epoch: Epoch(1), identity: identity.bounded(), time: now, nonce };
        Recovery { claiming: Claiming::new(claim), accept_loss_after, path: None }
    }

    /// The newest readable claim before ours, of the coordinator that is probably being taken over. Known from the
    /// first [`Step::Replay`] or [`Step::Ready`] on.
    pub fn predecessor(&self) -> Option<&Claim> {
        self.claiming.predecessor()
    }

    /// The epoch that we claimed, once we have.
    pub fn epoch(&self) -> Option<Epoch> {
        self.path.as_ref().map(|_| self.claiming.claim().epoch)
    }

    /// How far it has come.
    pub fn progress(&self) -> Reached {
        self.path.as_ref().map(Path::progress).unwrap_or_default()
    }

    /// What the base weighs that was read, and what came behind it so far.
    pub fn weights(&self) -> (Weight, Weight) {
        self.path.as_ref().map(Path::weights).unwrap_or_default()
    }

    /// Why the newest base is not used, if it is damaged and the one before it serves instead. Nothing is lost, but
    /// people should be told, and a new base made.
    pub fn damaged_base(&self) -> Option<&Refusal> {
        self.path.as_ref().and_then(Path::damaged_base)
    }

    /// What was lost behind the sequence number that was accepted; none if there was nothing to accept. People have to
    /// be told either.
    pub fn loss(&self) -> Option<&Refusal> {
        self.path.as_ref().and_then(Path::loss)
    }

    /// Goes on. The answer is that of the operation of the step before, or none at the start and after a replay or a
    /// restart.
    pub fn step(&mut self, answer: Option<Answer>) -> Step {
        let mut turn = match (answer, &mut self.path) {
            (None, None) => Turn::Go,
            (None, Some(path)) => path.go_on(),
            (Some(answer), None) => self.claiming.answer(answer),
            (Some(answer), Some(path)) => path.answer(answer),
        };
        loop {
            turn = match (turn, &mut self.path) {
                (Turn::Done, None) => {
                    let aim = Aim::Reign(Box::new(self.claiming.claim().clone()), self.accept_loss_after);
                    self.path.insert(Path::new(aim)).go_on()
                }
                (Turn::Done, Some(path)) => return Step::Ready(Box::new(Writer::new(path))),
                (Turn::Chunk(chunk), Some(path)) if chunk.summary.records == 0 => path.go_on(),
                (Turn::Chunk(chunk), _) => return Step::Replay(chunk),
                (Turn::Go, _) => return Step::Do(self.operation()),
                (Turn::Wait(reason), _) => return Step::Retry { operation: self.operation(), reason },
                (Turn::Restart, _) => return Step::Restart,
                (Turn::Trouble(refusal) | Turn::Refuse(refusal), _) => return Step::Refused(refusal),
            }
        }
    }

    fn operation(&self) -> Operation {
        match &self.path {
            None => self.claiming.operation(),
            Some(path) => path.operation(),
        }
    }
}

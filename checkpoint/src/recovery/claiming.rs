//! Claiming the first free epoch. The listing says where to begin; only reads and creations say what is free.

use crate::key::{self, claim_key};
use crate::path::Turn;
use crate::{Answer, Claim, Fault, Operation, Refusal};
use bytes::Bytes;
use godwit_common::ids::Epoch;

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Claiming {
    /// Ours; its epoch is the one that is being tried.
    claim: Claim,
    stage: Stage,
    predecessor: Option<Claim>,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    FindNewest,
    Probe,
    Create,
    ReadBack,
}

impl Claiming {
    pub(super) fn new(claim: Claim) -> Claiming {
        Claiming { claim, stage: Stage::FindNewest, predecessor: None }
    }

    pub(super) fn claim(&self) -> &Claim {
        &self.claim
    }

    pub(super) fn predecessor(&self) -> Option<&Claim> {
        self.predecessor.as_ref()
    }

    pub(super) fn operation(&self) -> Operation {
        let key = claim_key(self.claim.epoch);
        match self.stage {
            Stage::FindNewest => Operation::List { prefix: key::CLAIMS.to_owned(), after: None },
            Stage::Probe | Stage::ReadBack => Operation::Get { key },
            Stage::Create => Operation::Create { key, body: self.claim.encode() },
        }
    }

    pub(super) fn answer(&mut self, answer: Answer) -> Turn {
        match (self.stage, answer) {
            (Stage::FindNewest, Answer::Listed(keys)) => {
                self.claim.epoch = newest(&keys);
                self.go(Stage::Probe)
            }
            (Stage::Probe, Answer::Missing) => self.go(Stage::Create),
            (Stage::Probe | Stage::ReadBack, Answer::Found(bytes)) => self.taken(&bytes),
            (Stage::Create, Answer::Created) => Turn::Done,
            (Stage::Create, Answer::AlreadyExists | Answer::Unknown(_)) => self.go(Stage::ReadBack),
            (Stage::ReadBack, Answer::Missing) => {
                self.stage = Stage::Create;
                Turn::Wait("the claim may not have been stored".to_owned())
            }
            (_, Answer::Failed(reason) | Answer::Unknown(reason)) => Turn::Wait(reason),
            (_, answer) => Turn::misled(&self.operation(), &answer),
        }
    }

    fn go(&mut self, stage: Stage) -> Turn {
        self.stage = stage;
        Turn::Go
    }

    /// The epoch is taken, perhaps by us.
    ///
    /// A damaged claim still takes its epoch. That is no reason to refuse the store: it fences nobody, and the walk
    /// through the seals finds whether its owner ever wrote.
    fn taken(&mut self, bytes: &Bytes) -> Turn {
        let key = claim_key(self.claim.epoch);
        match Claim::decode(self.claim.epoch, bytes) {
            Ok(claim) if claim == self.claim => return Turn::Done,
            Ok(claim) => self.predecessor = Some(claim),
            Err(fault @ Fault::Newer { .. }) => return Turn::Refuse(Refusal::unreadable(key, fault)),
            Err(_) => {}
        }
        let Some(next) = self.claim.epoch.0.checked_add(1) else {
            return Turn::Refuse(Refusal::Exhausted { key });
        };
        self.claim.epoch = Epoch(next);
        self.go(Stage::Probe)
    }
}

fn newest(keys: &[String]) -> Epoch {
    keys.iter().filter_map(|key| key::parse_claim(key)).max().unwrap_or(Epoch(1))
}

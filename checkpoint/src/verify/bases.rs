//! Verification of bases and their parts, and what the log is to be verified behind.

use super::{Finding, Problem, Role};
use crate::base::{Base, Cut, Numbered, Part, PartName};
use crate::key::PartPlace;
use crate::{BaseNumber, Digest, Fault, Kind, Operation, Slot, Summary};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

#[derive(Clone, Debug, Default)]
pub(super) struct Bases {
    /// The one that is read next, and the newest that was listed.
    number: BaseNumber,
    listed: BaseNumber,
    is_done: bool,
    heads: BTreeMap<BaseNumber, (Finding, Option<Numbered>)>,
    parts: VecDeque<(PartPlace, Option<PartName>, Role)>,
}

/// What the log is walked from.
#[derive(Clone, Debug)]
pub(super) struct Foundation {
    pub(super) next: Slot,
    pub(super) previous: Digest,
    /// All increments below are covered; seals are not.
    pub(super) seals: BTreeSet<Slot>,
    pub(super) cuts: Vec<(Cut, Digest)>,
}

impl Bases {
    pub(super) fn list(&mut self, keys: &[String]) {
        self.listed = keys.iter().filter_map(|key| BaseNumber::parse(key)).max().unwrap_or_default();
    }

    pub(super) fn operation(&self) -> Option<Operation> {
        (!self.is_done).then(|| Operation::Get { key: self.number.key() })
    }

    /// The number behind the newest base.
    pub(super) fn next_number(&self) -> BaseNumber {
        self.heads.last_key_value().map_or(BaseNumber(1), |(number, _)| number.next())
    }

    /// Takes what is at the next number. Once all are read, all are judged.
    pub(super) fn answer(&mut self, bytes: Option<&Bytes>) -> Vec<Finding> {
        let number = self.number;
        self.number = number.next();
        if bytes.is_some() || (number.0 > 0 && number <= self.listed) {
            let numbered = bytes.and_then(|bytes| Numbered::decode(number, bytes).ok());
            let finding = Finding::of(number.key(), Kind::Base, Role::Needed, bytes, |bytes| {
                Ok(match Numbered::decode(number, bytes)? {
                    Numbered::Base(base, inline) => {
                        Summary::of_base(&base, bytes).with_records(&inline.unwrap_or_default())
                    }
                    Numbered::Cut(cut, _) => Summary::of_cut(&cut, bytes),
                    Numbered::Retired(retired) => Summary::of_retired(&retired, bytes),
                })
            });
            self.heads.insert(number, (finding, numbered));
            return Vec::new();
        }
        if number.0 > 0 {
            self.is_done = true;
            return self.judge();
        }
        Vec::new()
    }

    /// The newest base that can be read, and is not retired.
    fn used(&self) -> Option<&Base> {
        self.heads.values().rev().find_map(|(_, numbered)| match numbered {
            Some(Numbered::Base(base, _)) => Some(&**base),
            _ => None,
        })
    }

    fn judge(&mut self) -> Vec<Finding> {
        let used = self.used().map(|base| base.number).unwrap_or_default();
        let newest = self.heads.last_key_value().map(|(number, _)| *number);
        let mut findings = Vec::new();
        for (number, (finding, numbered)) in &self.heads {
            let mut finding = finding.clone();
            if *number < used || matches!(numbered, Some(Numbered::Retired(_))) {
                finding.role = Role::Covered;
            }
            if matches!(numbered, Some(Numbered::Retired(_))) && Some(*number) == newest {
                finding.role = Role::Needed;
                finding.problem = Some(Problem::Fault(Fault::Retired { newer: number.next().key() }));
            }
            findings.push(finding);
        }
        findings
    }

    pub(super) fn foundation(&self) -> Foundation {
        let used = self.used();
        let number = used.map(|base| base.number).unwrap_or_default();
        let cuts = self.heads.range(number..).filter_map(|(_, (_, numbered))| match numbered {
            Some(Numbered::Cut(cut, digest)) => Some(((**cut).clone(), *digest)),
            _ => None,
        });
        let cuts: Vec<(Cut, Digest)> = cuts.collect();
        let fences = cuts.iter().flat_map(|(cut, _)| cut.fences.iter().copied());
        let seals = used.iter().flat_map(|base| base.seals.iter().copied()).chain(fences).collect();
        let (next, previous) = used.map_or((Slot::FIRST, Digest::NONE), |base| (base.next, base.previous));
        Foundation { next, previous, seals, cuts }
    }

    /// Parts that a head names are needed, or covered with it; others are left over.
    pub(super) fn list_parts(&mut self, keys: &[String]) {
        let used = self.used().map(|base| base.number).unwrap_or_default();
        let role = |number: BaseNumber| if number < used { Role::Covered } else { Role::Needed };
        let mut parts = BTreeMap::new();
        for (finding, numbered) in self.heads.values() {
            if let (Some(Numbered::Base(base, _)), None) = (numbered, &finding.problem) {
                for (index, name) in (0..).zip(&base.parts) {
                    let place = PartPlace { number: base.number, nonce: base.nonce, index };
                    parts.insert(place, (Some(name.clone()), role(base.number)));
                }
            }
        }
        for place in keys.iter().filter_map(|key| PartPlace::parse(key)) {
            let role = if place.number < used { Role::Covered } else { Role::Stray };
            parts.entry(place).or_insert((None, role));
        }
        self.parts = parts.into_iter().map(|(place, (name, role))| (place, name, role)).collect();
    }

    pub(super) fn part_operation(&self) -> Option<Operation> {
        self.parts.front().map(|(place, _, _)| Operation::Get { key: place.key() })
    }

    pub(super) fn answer_part(&mut self, bytes: Option<&Bytes>) -> Vec<Finding> {
        let Some((place, name, role)) = self.parts.pop_front() else {
            return Vec::new();
        };
        if bytes.is_none() && name.is_none() {
            return Vec::new();
        }
        let head = self.heads.get(&place.number).map(|(finding, _)| finding.summary.clone());
        let mut finding = Finding::of(place.key(), Kind::Part, role, bytes, |bytes| {
            let records = match &name {
                Some(name) => Part::decode_named(place, name, bytes)?,
                None => Part::decode(place, bytes)?.0,
            };
            Ok(Summary::new(place.key(), Kind::Part, bytes).with_records(&records))
        });
        if let (Some(head), Some(_)) = (head, name) {
            let Summary { epoch, sequence, time, .. } = head;
            finding.summary = Summary { epoch, sequence, time, ..finding.summary };
        }
        vec![finding]
    }
}

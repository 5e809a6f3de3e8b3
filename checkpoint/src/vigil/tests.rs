//! The vigil against answers written by hand.

use super::*;
use bytes::Bytes;

const TIMEOUT: Duration = Duration::from_secs(10);

fn at(seconds: u64) -> Time {
    Time(seconds * 1_000_000)
}

/// What is in the store, as far as a vigil looks.
#[derive(Clone, Default)]
struct Store {
    claims: u32,
    /// Newest claims that the listing leaves out.
    stale: u32,
    sign: Option<&'static str>,
    log: u64,
    is_away: bool,
}

impl Store {
    fn answer(&self, operation: &Operation) -> Answer {
        let found = |is_there: bool| if is_there { Answer::Found(Bytes::new()) } else { Answer::Missing };
        match operation {
            _ if self.is_away => Answer::Failed("the store is busy".to_owned()),
            Operation::List { prefix, .. } if prefix == CLAIMS => {
                Answer::Listed((1..=self.claims - self.stale).map(|n| claim_key(Epoch(n))).collect())
            }
            Operation::List { prefix, .. } => {
                Answer::Listed((1..=self.log).map(|n| format!("{prefix}{n:020}")).collect())
            }
            Operation::Get { key } => match (parse_claim(key), self.sign) {
                (Some(epoch), _) => found(epoch.0 <= self.claims),
                (None, Some(sign)) if *key == alive_key(Epoch(self.claims)) => {
                    Answer::Found(Bytes::from_static(sign.as_bytes()))
                }
                (None, _) => Answer::Missing,
            },
            other => panic!("a vigil writes nothing: {other:?}"),
        }
    }

    /// One look, which may take several operations.
    fn look(&self, vigil: &mut Vigil, seconds: u64) -> Watch {
        loop {
            let answer = self.answer(&vigil.operation());
            match vigil.answer(at(seconds), answer) {
                Watch::Look => {}
                watch => return watch,
            }
        }
    }
}

/// Looks at each of these moments, and compares the last answer.
fn check(looks: &[(u64, Store)], expected: &Watch) {
    let mut vigil = Vigil::new(TIMEOUT);
    let (last, before) = looks.split_last().expect("at least one look");
    for (seconds, store) in before {
        let watch = store.look(&mut vigil, *seconds);
        assert!(!matches!(watch, Watch::Silent(_)), "{watch:?} at {seconds} s");
    }
    assert_eq!(last.1.look(&mut vigil, last.0), *expected);
}

fn sign(sign: &'static str) -> Store {
    Store { claims: 3, sign: Some(sign), ..Store::default() }
}

#[test]
fn a_sign_that_does_not_change_for_the_timeout_is_silence() {
    check(&[(0, sign("1"))], &Watch::Wait);
    check(&[(0, sign("1")), (3, sign("1")), (6, sign("1")), (9, sign("1"))], &Watch::Wait);
    check(&[(0, sign("1")), (5, sign("1")), (10, sign("1"))], &Watch::Silent(Epoch(3)));
    check(&[(0, sign("1")), (5, sign("2")), (10, sign("2"))], &Watch::Wait);
    check(&[(0, sign("1")), (5, sign("2")), (10, sign("2")), (15, sign("2"))], &Watch::Silent(Epoch(3)));
}

#[test]
fn trouble_with_the_store_is_no_silence() {
    let away = || Store { is_away: true, ..sign("1") };
    check(&[(0, sign("1")), (5, away())], &Watch::Trouble("the store is busy".to_owned()));
    check(&[(0, sign("1")), (5, away()), (10, sign("1"))], &Watch::Wait);
    check(&[(0, sign("1")), (5, away()), (10, sign("1")), (20, sign("1"))], &Watch::Silent(Epoch(3)));
}

#[test]
fn a_standby_that_was_stopped_itself_counts_anew() {
    check(&[(0, sign("1")), (100, sign("1"))], &Watch::Wait);
    check(&[(0, sign("1")), (100, sign("1")), (110, sign("1"))], &Watch::Silent(Epoch(3)));
}

#[test]
fn a_newer_epoch_has_the_whole_timeout() {
    let newer = || Store { claims: 4, sign: None, ..Store::default() };
    check(&[(0, sign("1")), (9, newer()), (10, newer())], &Watch::Wait);
    check(&[(0, sign("1")), (9, newer()), (19, newer())], &Watch::Silent(Epoch(4)));
    let listed_late = Store { stale: 2, ..sign("1") };
    check(&[(0, listed_late.clone()), (10, listed_late)], &Watch::Silent(Epoch(3)));
}

#[test]
fn without_signs_the_log_tells() {
    let log = |log| Store { claims: 2, log, ..Store::default() };
    check(&[(0, log(7)), (5, log(8)), (10, log(8))], &Watch::Wait);
    check(&[(0, log(7)), (5, log(7)), (10, log(7))], &Watch::Silent(Epoch(2)));
    check(&[(0, Store::default()), (10, Store::default())], &Watch::Silent(Epoch(0)));
}

#[test]
fn an_answer_that_does_not_fit_is_no_silence() {
    let mut vigil = Vigil::new(TIMEOUT);
    let expected = Watch::Trouble("the store answered 'created' to epoch/".to_owned());
    assert_eq!(vigil.answer(at(0), Answer::Created), expected);
}

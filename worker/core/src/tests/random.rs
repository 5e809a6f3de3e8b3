//! Random events in any order: nothing panics, nothing is oversubscribed, and whatever ended is told until it is kept.

use super::memo::{check, checked, values};
use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Clone, Debug)]
enum Step {
    Connect,
    Disconnect,
    Tell(ToWorker),
    Started(u8),
    Gathering(u8),
    Checked(u8),
    Exited(u8, bool),
    Keep(u8),
    Wait(u16),
    Drain,
    Terminate,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Connect),
        1 => Just(Step::Disconnect),
        8 => order().prop_map(Step::Tell),
        6 => any::<u8>().prop_map(Step::Started),
        2 => any::<u8>().prop_map(Step::Gathering),
        2 => any::<u8>().prop_map(Step::Checked),
        8 => (any::<u8>(), any::<bool>()).prop_map(|(which, good)| Step::Exited(which, good)),
        6 => any::<u8>().prop_map(Step::Keep),
        4 => any::<u16>().prop_map(Step::Wait),
        1 => Just(Step::Drain),
        1 => Just(Step::Terminate),
    ]
}

fn order() -> impl Strategy<Value = ToWorker> {
    let ids = || proptest::collection::vec((0u32..40).prop_map(attempt), 0..6);
    let requests = proptest::collection::vec((0u32..500).prop_map(cpus), 0..3);
    prop_oneof![
        1 => (0u32..2, requests).prop_map(|(number, requests)| ToWorker::Spec(Arc::new(spec(number, requests)))),
        8 => (0u32..3, 0u32..40, 0u32..6, 0u8..3)
            .prop_map(|(number, first, count, variant)| runs(group(number), first, count, variant)),
        2 => ids().prop_map(ToWorker::Stop),
        2 => ids().prop_map(ToWorker::Retract),
        1 => ids().prop_map(ToWorker::Kept),
        1 => (0u32..3).prop_map(|number| ToWorker::Forget(group(number))),
        1 => (0u64..9).prop_map(|number| ToWorker::Check(vec![check(0, number)])),
        1 => (0u32..40).prop_map(|position| ToWorker::Values(vec![values(position, &[("a", "1")])])),
        1 => Just(ToWorker::Heartbeat),
    ]
}

/// What an honest shell and an honest coordinator know.
#[derive(Default)]
struct World {
    /// Attempts with a process, and what each holds.
    running: BTreeMap<AttemptId, (u32, Hundredths)>,
    /// Ends that were told on this connection.
    told: BTreeSet<AttemptId>,
    /// Ended here, not kept.
    unkept: BTreeSet<AttemptId>,
    /// Checks that were asked for on this connection and not answered.
    asked: BTreeSet<u64>,
    is_welcome: bool,
    has_left: bool,
}

impl World {
    fn look(&mut self, actions: &[Action]) -> Result<(), TestCaseError> {
        for action in actions {
            prop_assert!(!self.has_left, "nothing comes after the exit: {action:?}");
            match action {
                Action::Start(launch) => {
                    let request = &launch.spec.task.requests[usize::from(launch.variant)];
                    let slots = self.running.values().map(|(slot, _)| *slot);
                    prop_assert!(slots.into_iter().all(|slot| slot != launch.slot), "a slot is used twice");
                    let before = self.running.insert(launch.id, (launch.slot, request.cpus));
                    prop_assert!(before.is_none(), "an attempt is started twice");
                    let cpus: u32 = self.running.values().map(|(_, cpus)| cpus.0).sum();
                    prop_assert!(cpus <= 400, "{cpus} hundredths of 4 cpus are taken");
                }
                Action::Signal(id, _) => prop_assert!(self.running.contains_key(id)),
                Action::Send(FromWorker::Report(report)) => {
                    prop_assert!(self.is_welcome);
                    self.told.extend(report.ended.iter().map(|ended| ended.id));
                    self.unkept.extend(report.ended.iter().map(|ended| ended.id));
                }
                Action::Send(FromWorker::Hello(hello)) => {
                    let live: BTreeSet<_> = hello.live.iter().map(|live| live.id).collect();
                    prop_assert!(self.unkept.is_subset(&live));
                    prop_assert!(self.running.keys().all(|id| live.contains(id)));
                    self.told.clear();
                }
                Action::Check(checks) => self.asked.extend(checks.iter().map(|check| check.number)),
                Action::Send(FromWorker::Checked(checked)) => {
                    for answer in checked {
                        prop_assert!(self.asked.remove(&answer.number), "an answer that nobody waits for");
                    }
                }
                Action::Send(_) => {}
                Action::Reconnect(_) => self.is_welcome = false,
                Action::Exit(_) => self.has_left = true,
            }
        }
        prop_assert!(!self.is_welcome || self.has_left || self.unkept.is_subset(&self.told));
        Ok(())
    }

    fn pick(set: impl ExactSizeIterator<Item = AttemptId>, which: u8) -> Option<AttemptId> {
        let count = set.len().max(1);
        set.into_iter().nth(usize::from(which) % count)
    }
}

fn play(bench: &mut Bench, world: &mut World, step: Step) {
    match step {
        Step::Connect => {
            world.is_welcome = true;
            world.asked.clear();
            bench.connect();
        }
        Step::Disconnect => {
            world.is_welcome = false;
            world.asked.clear();
            bench.handle(Event::Disconnected("gone".into()));
        }
        Step::Tell(message) => {
            if let (ToWorker::Kept(ids), true) = (&message, world.is_welcome) {
                world.unkept.retain(|id| !ids.contains(id));
            }
            bench.tell(message);
        }
        Step::Started(which) => {
            let at = bench.now;
            if let Some(id) = World::pick(world.running.keys().copied(), which) {
                bench.handle(Event::Started { id, at });
            }
        }
        Step::Gathering(which) => {
            if let Some(id) = World::pick(world.running.keys().copied(), which) {
                bench.handle(Event::Gathering(id));
            }
        }
        Step::Checked(number) => {
            bench.handle(Event::Checked(vec![checked(0, u64::from(number) % 9)]));
        }
        Step::Exited(which, good) => {
            if let Some(id) = World::pick(world.running.keys().copied(), which) {
                world.running.remove(&id);
                world.unkept.insert(id);
                let exit = if good { Exit::Succeeded(None) } else { failed(1) };
                let usage = Some(usage());
                bench.handle(Event::Exited { id, exit, usage });
            }
        }
        Step::Keep(which) => {
            if let (true, Some(id)) = (world.is_welcome, World::pick(world.told.iter().copied(), which)) {
                world.unkept.remove(&id);
                bench.tell(ToWorker::Kept(vec![id]));
            }
        }
        Step::Wait(millis) => drop(bench.wait(Duration::from_millis(millis.into()))),
        Step::Drain => drop(bench.handle(Event::Drain("enough".into()))),
        Step::Terminate => drop(bench.handle(Event::Terminate("SIGTERM".into()))),
    }
}

proptest! {
    #[test]
    fn whatever_happens(steps in proptest::collection::vec(step(), 0..120)) {
        let mut bench = Bench::up_with(4, Settings::default(), spec(0, vec![cpus(50), cpus(300)]));
        let mut world = World { is_welcome: true, ..World::default() };
        for step in steps {
            play(&mut bench, &mut world, step);
            let done = std::mem::take(&mut bench.done);
            world.look(&done)?;
            if world.has_left {
                return Ok(());
            }
        }
        // Faults stop: whatever still runs ends, and with it whatever waited.
        play(&mut bench, &mut world, Step::Connect);
        loop {
            let done = std::mem::take(&mut bench.done);
            world.look(&done)?;
            if world.running.is_empty() {
                break;
            }
            play(&mut bench, &mut world, Step::Exited(0, true));
        }
        let left: Vec<_> = bench.core.attempts.live().collect();
        prop_assert!(world.has_left || left.is_empty(), "{left:?}");
    }
}

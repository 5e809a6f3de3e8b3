//! Killing everything that a dead worker has left behind.

use super::{Duty, cgroup};
use crate::limits::{SWEEP_PERIOD, SWEEP_TIME};
use crate::procfs::{self, Mark, Stat};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Instant;

/// Kills until two looks in a row have found nothing: one alone can miss a process that is just being made.
pub(super) fn sweep(duty: &Duty, groups: &[Pid]) {
    let begun = Instant::now();
    let mut clean = 0;
    while clean < 2 && begun.elapsed() < SWEEP_TIME {
        let left = left_behind(&procfs::all(), duty, groups, procfs::mark);
        for pid in &left {
            // It may end at this very moment.
            let _ = kill(*pid, Signal::SIGKILL);
        }
        let is_clean = left.is_empty() && is_control_group_gone(duty, clean > 0);
        clean = if is_clean { clean + 1 } else { 0 };
        if clean < 2 {
            // Nothing tells us that somebody else's child has ended.
            sleep(SWEEP_PERIOD);
        }
    }
}

/// Kills what is in the worker's control group. A guard that is in it itself does that last.
fn is_control_group_gone(duty: &Duty, is_last: bool) -> bool {
    let Some(folder) = &duty.control_group else {
        return true;
    };
    let may_kill = is_last || !cgroup::is_inside(folder);
    !may_kill || cgroup::kill(folder)
}

/// The living processes that belonged to the worker: by their mark, by a noted group in its session, or by a parent
/// that does.
fn left_behind(processes: &[Stat], duty: &Duty, groups: &[Pid], mark: impl Fn(Pid) -> Mark) -> BTreeSet<Pid> {
    let prefix = format!("{}.", duty.life);
    let is_noted = |stat: &Stat| stat.session == duty.session && groups.contains(&stat.group);
    let is_marked = |stat: &Stat| matches!(mark(stat.pid), Mark::Is(mark) if mark.starts_with(&prefix));
    let own = Pid::this();
    let living = || processes.iter().filter(|stat| !stat.has_ended() && stat.pid != own);
    let roots = living().filter(|stat| is_noted(stat) || is_marked(stat));
    let mut left: BTreeSet<Pid> = roots.map(|stat| stat.pid).collect();
    loop {
        let known = left.len();
        for stat in living() {
            if left.contains(&stat.parent) {
                left.insert(stat.pid);
            }
        }
        if left.len() == known {
            return left;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::ids::Token;

    #[test]
    fn groups_marks_and_descendants_are_found_and_nothing_else() {
        let pid = Pid::from_raw;
        let stat = |own, parent, group, session| Stat {
            pid: pid(own),
            state: if own == 99 { b'Z' } else { b'S' },
            parent: pid(parent),
            group: pid(group),
            session: pid(session),
            flags: 0,
            resident_pages: 1,
        };
        let processes = [
            stat(50, 11, 50, 50), // the child of a group's member, in a session of its own
            stat(10, 1, 10, 5),   // leads a noted group
            stat(11, 1, 10, 5),   // is in it
            stat(99, 1, 10, 5),   // was in it
            stat(12, 1, 10, 6),   // a group of the same number in another session
            stat(20, 1, 20, 5),   // a group that is not noted
            stat(30, 1, 30, 30),  // carries the mark
            stat(31, 1, 31, 31),  // carries the mark of another life
        ];
        let mark = |found: Pid| match found.as_raw() {
            30 => Mark::Is(format!("{}.4", Token(7))),
            31 => Mark::Is(format!("{}.4", Token(8))),
            _ => Mark::None,
        };
        let duty = Duty { life: Token(7), session: pid(5), control_group: None };
        let left = left_behind(&processes, &duty, &[pid(10)], mark);
        let left: Vec<i32> = left.into_iter().map(Pid::as_raw).collect();
        assert_eq!(left, [10, 11, 30, 50]);
    }
}

//! Tasks that asked for an amount of memory and use more are killed, before the kernel kills somebody else for it.
//!
//! Measured now and then, and only while such tasks run. A task that grows quickly is the kernel's business.

use crate::limits::MEMORY_PERIOD;
use crate::process::Process;
use crate::procfs::{self, Stat};
use crate::shell::Shell;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, SysconfVar, sysconf};
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

/// Watches for as long as it is polled.
pub(crate) async fn watch(shell: Rc<Shell>) {
    let mut ticks = interval(MEMORY_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let watched = watched(&shell);
        if watched.is_empty() {
            continue;
        }
        let limits = watched.iter().map(|(main, process)| (*main, process.memory())).collect();
        let Ok(over) = spawn_blocking(move || over_limit(limits)).await else {
            return;
        };
        for (main, process) in watched {
            // It may have ended, and its number be another's, while we were looking.
            if over.contains(&main) && process.main.get() == Some(main) {
                process.over_memory.set(true);
                let _ = killpg(main, Signal::SIGKILL);
            }
        }
    }
}

fn watched(shell: &Shell) -> Vec<(Pid, Rc<Process>)> {
    let processes = shell.processes.borrow();
    let limited = processes.values().filter(|process| process.memory() > 0);
    limited.filter_map(|process| Some((process.main.get()?, Rc::clone(process)))).collect()
}

/// Those of the tasks, by their main process, that use more memory than they may.
fn over_limit(limits: Vec<(Pid, u64)>) -> Vec<Pid> {
    let page = sysconf(SysconfVar::PAGE_SIZE).ok().flatten();
    let page = page.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(4096);
    let processes = procfs::all();
    let owners = owners(&processes, limits.iter().map(|(main, _)| *main));
    let over = |(main, limit): (Pid, u64)| {
        let own = || processes.iter().filter(|stat| owners.get(&stat.pid) == Some(&main));
        let resident: u64 = own().map(|stat| stat.resident_pages * page).sum();
        // Pages that processes share are counted in each of them; a second look counts them once.
        let measure =
            |stat: &Stat| procfs::proportional_memory(stat.pid).unwrap_or(stat.resident_pages * page);
        let is_over = resident > limit && own().map(measure).sum::<u64>() > limit;
        is_over.then_some(main)
    };
    limits.into_iter().filter_map(over).collect()
}

/// Which task each process belongs to: its group says so, or its parent's belonging.
fn owners(processes: &[Stat], mains: impl Iterator<Item = Pid>) -> BTreeMap<Pid, Pid> {
    let mains: Vec<Pid> = mains.collect();
    let members = processes.iter().filter(|stat| mains.contains(&stat.group));
    let mut owners: BTreeMap<Pid, Pid> = members.map(|stat| (stat.pid, stat.group)).collect();
    loop {
        let known = owners.len();
        for stat in processes {
            if let (false, Some(owner)) = (owners.contains_key(&stat.pid), owners.get(&stat.parent).copied())
            {
                owners.insert(stat.pid, owner);
            }
        }
        if owners.len() == known {
            return owners;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_belong_to_the_task_even_outside_its_group() {
        let stat = |pid, parent, group| Stat {
            pid: Pid::from_raw(pid),
            state: b'S',
            parent: Pid::from_raw(parent),
            group: Pid::from_raw(group),
            session: Pid::from_raw(1),
            flags: 0,
            resident_pages: 1,
        };
        let processes =
            [stat(14, 13, 14), stat(13, 12, 13), stat(10, 1, 10), stat(12, 10, 10), stat(20, 1, 20)];
        let owners = owners(&processes, [Pid::from_raw(10)].into_iter());
        let owned: Vec<i32> = owners.keys().map(|pid| pid.as_raw()).collect();
        assert_eq!(owned, [10, 12, 13, 14]);
    }
}

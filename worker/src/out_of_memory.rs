//! How often the kernel has killed for want of memory in this worker's control group, or on the whole machine if that
//! cannot be told.

use crate::detect::cgroup;
use godwit_common::time::Time;
use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// A sample that is not older than this is good enough for a process that starts.
const FRESH: Duration = Duration::from_millis(100);

/// The kernel's count, and when it was seen to rise.
pub(crate) struct MemoryKills {
    /// A file with a line `oom_kill N`.
    source: Option<PathBuf>,
    count: Cell<u64>,
    read: Cell<Time>,
    rose: Cell<Option<Time>>,
}

impl MemoryKills {
    pub(crate) fn new(now: Time) -> MemoryKills {
        let mut sources = cgroup::own_files("memory.events", "memory.oom_control");
        sources.push(PathBuf::from("/proc/vmstat"));
        let source = sources.into_iter().find(|path| count_in(path).is_some());
        MemoryKills {
            count: Cell::new(source.as_ref().and_then(count_in).unwrap_or(0)),
            source,
            read: Cell::new(now),
            rose: Cell::new(None),
        }
    }

    /// Looks, so that what happened before a process starts is not blamed on it.
    pub(crate) fn sample(&self, now: Time) {
        if now >= self.read.get() + FRESH {
            self.look(now);
        }
    }

    /// Whether the kernel has killed since then.
    pub(crate) fn rose_since(&self, since: Time, now: Time) -> bool {
        self.look(now);
        self.rose.get().is_some_and(|rose| rose >= since)
    }

    fn look(&self, now: Time) {
        self.read.set(now);
        let Some(count) = self.source.as_ref().and_then(count_in) else {
            return;
        };
        if self.count.replace(count) < count {
            self.rose.set(Some(now));
        }
    }
}

fn count_in(path: &PathBuf) -> Option<u64> {
    parse(&fs::read_to_string(path).ok()?)
}

fn parse(text: &str) -> Option<u64> {
    let mut lines = text.lines();
    lines.find_map(|line| line.strip_prefix("oom_kill "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_in_every_kind_of_file() {
        assert_eq!(parse("low 0\noom 3\noom_kill 2\noom_group_kill 0\n"), Some(2));
        assert_eq!(parse("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n"), Some(5));
        assert_eq!(parse("under_oom 0\n"), None);
    }

    #[test]
    fn a_rise_is_dated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        fs::write(&path, "oom_kill 4\n").unwrap();
        let second = |seconds: u64| Time(seconds * 1_000_000);
        let kills = MemoryKills {
            source: Some(path.clone()),
            count: Cell::new(4),
            read: Cell::new(second(0)),
            rose: Cell::new(None),
        };
        assert!(!kills.rose_since(second(0), second(1)));
        fs::write(&path, "oom_kill 5\n").unwrap();
        kills.sample(second(2));
        assert!(kills.rose_since(second(1), second(3)));
        assert!(!kills.rose_since(second(3), second(4)));
    }
}

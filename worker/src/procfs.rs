//! What `/proc` says about processes. Whatever cannot be read is not there: processes end while we look.

use nix::unistd::Pid;
use std::fs;
use std::path::Path;

/// The variable by which every process of a worker is known: its life, a dot, and the number of the start.
pub(crate) const MARK: &str = "GODWIT_LIFE";

/// The kernel's flag for a process that ends, `PF_EXITING`.
const EXITING: u32 = 4;

/// One process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) pid: Pid,
    pub(crate) state: u8,
    pub(crate) parent: Pid,
    pub(crate) group: Pid,
    pub(crate) session: Pid,
    /// The kernel's flags.
    pub(crate) flags: u32,
    /// Resident memory, in pages.
    pub(crate) resident_pages: u64,
}

impl Stat {
    /// Whether it has ended and only waits for its parent to know.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }

    /// Whether it is about to end: its memory, and so its mark, may be gone, and its children still be its own.
    pub(crate) fn is_ending(&self) -> bool {
        self.flags & EXITING != 0
    }
}

/// One process, if it is there.
pub(crate) fn stat(pid: Pid) -> Option<Stat> {
    parse_stat(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// The name of a program can hold anything, even parentheses, so fields count from the last one.
fn parse_stat(text: &[u8]) -> Option<Stat> {
    let text = String::from_utf8_lossy(text);
    let (pid, rest) = text.split_once(" (")?;
    let (_, rest) = rest.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let pid_at = |place: usize| Some(Pid::from_raw(fields.get(place)?.parse().ok()?));
    Some(Stat {
        pid: Pid::from_raw(pid.parse().ok()?),
        state: *fields.first()?.as_bytes().first()?,
        parent: pid_at(1)?,
        group: pid_at(2)?,
        session: pid_at(3)?,
        flags: fields.get(6)?.parse().ok()?,
        resident_pages: fields.get(21)?.parse().ok()?,
    })
}

/// Every process that can be seen.
pub(crate) fn all() -> Vec<Stat> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let pids = names.filter_map(|name| name.parse().ok());
    pids.filter_map(|pid| stat(Pid::from_raw(pid))).collect()
}

/// The children that the main thread of this process has. Orphans below a process that adopts them go to its main
/// thread, so those are among them; children that another thread started are not.
pub(crate) fn children_of_main_thread() -> Vec<Pid> {
    let own = Pid::this();
    let path = format!("/proc/{own}/task/{own}/children");
    let parse = |text: String| {
        let words = text.split_ascii_whitespace();
        words.filter_map(|word| word.parse().ok()).map(Pid::from_raw).collect()
    };
    let all_children = || all().iter().filter(|stat| stat.parent == own).map(|stat| stat.pid).collect();
    // Kernels without CONFIG_PROC_CHILDREN do not have the file.
    fs::read_to_string(path).map_or_else(|_| all_children(), parse)
}

/// What a process's environment says that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// This.
    Is(String),
    /// Nothing.
    None,
    /// Whatever it belongs to, it has no environment, or none that we may see.
    Hidden,
}

/// What the process's environment says that it belongs to.
pub(crate) fn mark(pid: Pid) -> Mark {
    match fs::read(format!("/proc/{pid}/environ")) {
        Ok(environment) if !environment.is_empty() => mark_in(&environment),
        _ => Mark::Hidden,
    }
}

fn mark_in(environment: &[u8]) -> Mark {
    let mut entries = environment.split(|byte| *byte == 0);
    let value = entries.find_map(|entry| entry.strip_prefix(MARK.as_bytes())?.strip_prefix(b"="));
    value.map_or(Mark::None, |value| Mark::Is(String::from_utf8_lossy(value).into_owned()))
}

/// Memory that the process alone would free, its share of what it has in common included, in bytes.
pub(crate) fn proportional_memory(pid: Pid) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    kilobytes(&text, "Pss:")
}

/// A line such as `Pss:   12 kB`, in bytes.
fn kilobytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let number: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    number.checked_mul(1024)
}

/// A whole number that stands for itself in a file.
pub(crate) fn number_in(path: impl AsRef<Path>) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_have_any_name() {
        let line = b"42 (a) (b c) S 7 40 39 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 1 0 99 8192 17 184467 1 1 0";
        let stat = parse_stat(line).expect("all fields are there");
        assert_eq!((stat.pid, stat.state), (Pid::from_raw(42), b'S'));
        assert_eq!((stat.parent, stat.group), (Pid::from_raw(7), Pid::from_raw(40)));
        assert_eq!((stat.session, stat.resident_pages), (Pid::from_raw(39), 17));
        for cut in 0..30 {
            assert_eq!(parse_stat(&line[..cut]), None);
        }
    }

    #[test]
    fn this_process_is_there() {
        let own = stat(Pid::this()).expect("it is there");
        assert!(own.resident_pages > 0 && !own.has_ended());
        assert!(all().iter().any(|stat| stat.pid == Pid::this()));
    }

    #[test]
    fn a_mark_is_found_among_other_variables() {
        assert_eq!(mark_in(b"A=1\0GODWIT_LIFE=ab.3\0B=2\0"), Mark::Is("ab.3".to_owned()));
        assert_eq!(mark_in(b"A=1\0XGODWIT_LIFE=ab\0GODWIT_LIFETIME=x\0"), Mark::None);
        assert_eq!(kilobytes("Rss: 5 kB\nPss:   12 kB\n", "Pss:"), Some(12 << 10));
    }
}

//! What the control groups of this process leave to it, in version 2 and in version 1.
//!
//! A limit of a group holds for everything below it, so every group from this process's own up to the root is asked.

use crate::procfs::number_in;
use godwit_common::resources::Hundredths;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = "/sys/fs/cgroup";

/// A limit of version 1 that is this large is none.
const UNLIMITED: u64 = 1 << 60;

/// Cpus that the quota leaves, if there is one.
pub(super) fn cpu_quota() -> Option<Hundredths> {
    let groups = Groups::of_this_process();
    let new = groups.unified.iter().filter_map(|folder| parse_quota(&read(folder, "cpu.max")?));
    let old = groups.cpu.iter().filter_map(|folder| {
        let quota = read(folder, "cpu.cfs_quota_us")?;
        let period = read(folder, "cpu.cfs_period_us")?;
        parse_quota(&format!("{} {}", quota.trim(), period.trim()))
    });
    new.chain(old).min()
}

/// Bytes of memory that may be used, if that is limited.
pub(super) fn memory_limit() -> Option<u64> {
    let groups = Groups::of_this_process();
    let new = groups.unified.iter().filter_map(|folder| number_in(folder.join("memory.max")));
    let old = groups.memory.iter().filter_map(|folder| number_in(folder.join("memory.limit_in_bytes")));
    new.chain(old).filter(|limit| *limit < UNLIMITED).min()
}

/// Where a file of this process's memory group may be, under its name in either version.
pub(crate) fn own_files(unified: &str, memory: &str) -> Vec<PathBuf> {
    let groups = Groups::of_this_process();
    let new = groups.unified.iter().map(|folder| folder.join(unified));
    let old = groups.memory.iter().map(|folder| folder.join(memory));
    old.chain(new).collect()
}

/// Where this process's group of version 2 may be: in a tree of its own, or beside those of version 1.
pub(crate) fn own_unified_folders() -> Vec<PathBuf> {
    let path = unified_path(&fs::read_to_string("/proc/self/cgroup").unwrap_or_default());
    let roots = [PathBuf::from(ROOT), Path::new(ROOT).join("unified")];
    let folders = path.iter().flat_map(|path| roots.iter().map(move |root| root.join(path)));
    folders.filter(|folder| folder.join("cgroup.procs").exists()).collect()
}

/// The path after `0::`, without its first slash.
fn unified_path(text: &str) -> Option<String> {
    let path = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(path.to_owned())
}

/// `MICROSECONDS PERIOD`, or `max PERIOD` or `-1 PERIOD` for no limit.
fn parse_quota(text: &str) -> Option<Hundredths> {
    let (quota, period) = text.trim().split_once(' ')?;
    let quota: u64 = quota.parse().ok()?;
    let period: u64 = period.parse().ok().filter(|period| *period > 0)?;
    let hundredths = u32::try_from(quota.saturating_mul(100) / period).ok()?;
    Some(Hundredths(hundredths.max(1)))
}

fn read(folder: &Path, name: &str) -> Option<String> {
    fs::read_to_string(folder.join(name)).ok()
}

/// The folders of this process's groups, each list from its own group up to the root.
#[derive(Debug, Default, PartialEq, Eq)]
struct Groups {
    unified: Vec<PathBuf>,
    cpu: Vec<PathBuf>,
    memory: Vec<PathBuf>,
}

impl Groups {
    fn of_this_process() -> Groups {
        Groups::parse(&fs::read_to_string("/proc/self/cgroup").unwrap_or_default())
    }

    /// Lines are `ID:CONTROLLERS:PATH`, without controllers in version 2. In a container the path may not be there;
    /// then the root, which always is among the folders, is the container's own group.
    fn parse(text: &str) -> Groups {
        let mut groups = Groups::default();
        for line in text.lines() {
            let mut fields = line.splitn(3, ':').skip(1);
            let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else {
                continue;
            };
            let names: Vec<&str> = controllers.split(',').collect();
            if controllers.is_empty() {
                groups.unified = ancestry(Path::new(ROOT), path);
            }
            if names.contains(&"cpu") {
                groups.cpu = ancestry(&Path::new(ROOT).join("cpu"), path);
            }
            if names.contains(&"memory") {
                groups.memory = ancestry(&Path::new(ROOT).join("memory"), path);
            }
        }
        groups
    }
}

fn ancestry(root: &Path, path: &str) -> Vec<PathBuf> {
    let own = root.join(path.trim_start_matches('/'));
    own.ancestors().take_while(|folder| folder.starts_with(root)).map(Path::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_read() {
        for (text, expected) in [
            ("max 100000\n", None),
            ("-1 100000", None),
            ("200000 100000\n", Some(Hundredths(200))),
            ("150000 100000", Some(Hundredths(150))),
            ("10 100000", Some(Hundredths(1))),
            ("100 0", None),
            ("", None),
        ] {
            assert_eq!(parse_quota(text), expected, "{text}");
        }
    }

    #[test]
    fn the_unified_path_is_found() {
        assert_eq!(unified_path("4:memory:/a\n0::/user.slice/b\n").as_deref(), Some("user.slice/b"));
        assert_eq!(unified_path("0::/\n").as_deref(), Some(""));
        assert_eq!(unified_path("4:memory:/a\n"), None);
    }

    #[test]
    fn every_group_up_to_the_root_is_asked() {
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        let groups = Groups::parse("4:memory:/job/step\n2:cpu,cpuacct:/\n0::/user.slice\nnonsense\n");
        let expected = Groups {
            unified: paths(&["/sys/fs/cgroup/user.slice", "/sys/fs/cgroup"]),
            cpu: paths(&["/sys/fs/cgroup/cpu"]),
            memory: paths(&[
                "/sys/fs/cgroup/memory/job/step",
                "/sys/fs/cgroup/memory/job",
                "/sys/fs/cgroup/memory",
            ]),
        };
        assert_eq!(groups, expected);
    }
}

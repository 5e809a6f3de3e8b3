//! The cpus that this process may use, and where in the machine they are.

use crate::procfs::number_in;
use godwit_worker_core::CpuPlace;
use nix::sched::{CpuSet, sched_getaffinity};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A cpu as the system counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpu {
    /// The system's number.
    pub number: usize,
    /// Where it is.
    pub place: CpuPlace,
}

/// The cpus that affinity leaves to this process, ascending.
pub(super) fn allowed() -> Vec<Cpu> {
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else {
        return Vec::new();
    };
    let numbers = (0..CpuSet::count()).filter(|number| set.is_set(*number).unwrap_or(false));
    places(numbers, Path::new("/sys/devices/system/cpu"))
}

/// Looks each cpu up below `folder`. One that is not described there counts as a core of its own on node 0.
fn places(numbers: impl Iterator<Item = usize>, folder: &Path) -> Vec<Cpu> {
    let mut cores: BTreeMap<(u64, u64), u32> = BTreeMap::new();
    let mut place = |number: usize| {
        let cpu = folder.join(format!("cpu{number}"));
        let topology = |name: &str| number_in(cpu.join("topology").join(name));
        let core = topology("physical_package_id").zip(topology("core_id"));
        let core = core.unwrap_or((u64::MAX, number as u64));
        let next = u32::try_from(cores.len()).unwrap_or(u32::MAX);
        CpuPlace { node: node(&cpu), core: *cores.entry(core).or_insert(next) }
    };
    numbers.map(|number| Cpu { number, place: place(number) }).collect()
}

/// The folder of a cpu has a link `nodeN`.
fn node(cpu: &PathBuf) -> u32 {
    let entries = fs::read_dir(cpu).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter_map(|name| name.strip_prefix("node")?.parse().ok()).next().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_of_a_core_share_its_place() {
        let folder = tempfile::tempdir().unwrap();
        for (cpu, node, package, core) in [(0, 0, 0, 0), (1, 1, 1, 0), (2, 0, 0, 0), (3, 1, 1, 1)] {
            let cpu = folder.path().join(format!("cpu{cpu}"));
            fs::create_dir_all(cpu.join("topology")).unwrap();
            fs::create_dir(cpu.join(format!("node{node}"))).unwrap();
            fs::write(cpu.join("topology/physical_package_id"), format!("{package}\n")).unwrap();
            fs::write(cpu.join("topology/core_id"), format!("{core}\n")).unwrap();
        }
        let places: Vec<_> = places(0..5, folder.path())
            .into_iter()
            .map(|cpu| (cpu.number, cpu.place.node, cpu.place.core))
            .collect();
        assert_eq!(places, [(0, 0, 0), (1, 1, 1), (2, 0, 0), (3, 1, 2), (4, 0, 3)]);
    }

    #[test]
    fn this_process_may_use_some_cpu() {
        assert!(!allowed().is_empty());
    }
}

//! What this worker has to give: the least of what the machine has and of what affinity, control groups and the batch
//! system leave to it.
//!
//! Each source is one module: a thin reader around a pure function. What cannot be found out limits nothing.

pub(crate) mod batch;
pub(crate) mod cgroup;
mod devices;
mod memory;
mod topology;

pub use batch::BatchJob;
pub use devices::{Devices, Vendor};
pub use topology::Cpu;

use godwit_common::resources::Hundredths;
use std::path::Path;

/// What was found.
#[derive(Clone, Debug)]
pub struct Hardware {
    /// Cpus, fractions included if a quota leaves some.
    pub cpus: Hundredths,
    /// The cpus that tasks can be pinned to: none if this worker's share is not of particular cpus.
    pub pinnable: Vec<Cpu>,
    /// Bytes of memory.
    pub memory: u64,
    /// Gpus.
    pub devices: Devices,
    /// Free bytes of the disk with the spools.
    pub disk: u64,
    /// The batch job, if this is one.
    pub job: Option<BatchJob>,
}

/// Looks at everything. `disk` is a folder that is there.
pub fn hardware(disk: &Path) -> Hardware {
    let variable = |name: &str| std::env::var(name).ok();
    let job = batch::job(&variable);
    let allowed = topology::allowed();
    let affinity = Hundredths::whole(u32::try_from(allowed.len().max(1)).unwrap_or(u32::MAX));
    let given = job.as_ref().and_then(|job| job.cpus).map(Hundredths::whole);
    let limits = [Some(affinity), cgroup::cpu_quota(), given];
    let cpus = limits.into_iter().flatten().min().unwrap_or(affinity);
    let given = job.as_ref().and_then(|job| job.memory);
    let limits = [memory::total(), cgroup::memory_limit(), given];
    Hardware {
        cpus,
        pinnable: if cpus < affinity { Vec::new() } else { allowed },
        memory: limits.into_iter().flatten().min().unwrap_or(0),
        devices: Devices::detect(&variable),
        disk: memory::disk_free(disk),
        job,
    }
}

//! Gpus: NVIDIA's by NVML, which is loaded when it is there, AMD's by what the driver says in `/sys`.

use nvml_wrapper::Nvml;
use std::fs;
use std::path::Path;

/// Where the AMD driver describes its devices.
const AMD_NODES: &str = "/sys/class/kfd/kfd/topology/nodes";

/// The gpus of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Devices {
    /// Who made them.
    pub vendor: Vendor,
    /// What each is called in the variables that show it to a program, in the order in which Godwit counts them.
    pub ids: Vec<String>,
}

/// Who made the gpus, and so which variables show them to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// NVIDIA: `CUDA_VISIBLE_DEVICES`.
    Nvidia,
    /// AMD: `ROCR_VISIBLE_DEVICES`.
    Amd,
    /// Nobody knows: both.
    Unknown,
}

impl Devices {
    /// What the drivers and the variables leave.
    pub(super) fn detect(variable: &impl Fn(&str) -> Option<String>) -> Devices {
        let nvidia = choose(Vendor::Nvidia, nvidia_count(), variable("CUDA_VISIBLE_DEVICES").as_deref());
        let amd = || {
            choose(Vendor::Amd, amd_count(Path::new(AMD_NODES)), variable("ROCR_VISIBLE_DEVICES").as_deref())
        };
        let none = || Devices { vendor: Vendor::Unknown, ids: Vec::new() };
        nvidia.or_else(amd).unwrap_or_else(none)
    }

    /// So many of them, whatever was found.
    pub(crate) fn resized(mut self, count: u32) -> Devices {
        let found = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        if count > found {
            self.ids = (0..count).map(|number| number.to_string()).collect();
        }
        self.ids.truncate(count as usize);
        self
    }

    /// Number of gpus.
    pub fn count(&self) -> u32 {
        u32::try_from(self.ids.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn id(&self, gpu: u32) -> Option<&str> {
        self.ids.get(gpu as usize).map(String::as_str)
    }

    /// The variables that show gpus to a program; none without gpus.
    pub(crate) fn variables(&self) -> &'static [&'static str] {
        match self.vendor {
            _ if self.ids.is_empty() => &[],
            Vendor::Nvidia => &["CUDA_VISIBLE_DEVICES"],
            Vendor::Amd => &["ROCR_VISIBLE_DEVICES"],
            Vendor::Unknown => &["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"],
        }
    }
}

/// Of `count` devices those that the vendor's variable, if it is set, leaves. None if there is no device at all.
fn choose(vendor: Vendor, count: u32, visible: Option<&str>) -> Option<Devices> {
    if count == 0 {
        return None;
    }
    let ids = match visible {
        None => (0..count).map(|number| number.to_string()).collect(),
        // As the drivers read it: nothing counts after the first that is not a device.
        Some(list) => {
            list.split(',').map(str::trim).take_while(|id| is_device(id, count)).map(str::to_owned).collect()
        }
    };
    Some(Devices { vendor, ids })
}

/// A number below the count, or a name such as `GPU-…` or `MIG-…`.
fn is_device(id: &str, count: u32) -> bool {
    match id.parse::<u32>() {
        Ok(number) => number < count,
        Err(_) => id.starts_with("GPU-") || id.starts_with("MIG-"),
    }
}

fn nvidia_count() -> u32 {
    let Ok(nvml) = Nvml::init() else { return 0 };
    nvml.device_count().unwrap_or(0)
}

/// Every processor is a node there, but only a gpu has vector units.
fn amd_count(nodes: &Path) -> u32 {
    let entries = fs::read_dir(nodes).into_iter().flatten().flatten();
    let properties = entries.filter_map(|entry| fs::read_to_string(entry.path().join("properties")).ok());
    let gpus = properties.filter(|text| {
        let mut lines = text.lines();
        let units = lines.find_map(|line| line.strip_prefix("simd_count "));
        units.is_some_and(|units| units.trim() != "0")
    });
    u32::try_from(gpus.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_leave_a_part() {
        for (count, visible, expected) in [
            (0, None, None),
            (2, None, Some(vec!["0", "1"])),
            (4, Some("2, 3"), Some(vec!["2", "3"])),
            (4, Some("1,-1,2"), Some(vec!["1"])),
            (2, Some("5"), Some(vec![])),
            (2, Some(""), Some(vec![])),
            (2, Some("NoDevFiles"), Some(vec![])),
            (1, Some("MIG-1,GPU-2"), Some(vec!["MIG-1", "GPU-2"])),
        ] {
            let found = choose(Vendor::Nvidia, count, visible).map(|devices| devices.ids);
            let expected = expected.map(|ids| ids.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(found, expected, "{visible:?} of {count}");
        }
    }

    #[test]
    fn a_count_can_be_set() {
        let devices = choose(Vendor::Amd, 2, Some("1")).expect("there are some");
        assert_eq!(devices.clone().resized(0).variables(), [""; 0]);
        assert_eq!(devices.clone().resized(1).id(0), Some("1"));
        assert_eq!(devices.resized(3).ids, ["0", "1", "2"]);
    }

    #[test]
    fn processors_are_no_gpus() {
        let folder = tempfile::tempdir().unwrap();
        for (node, text) in
            [("0", "cpu_cores_count 8\nsimd_count 0\n"), ("1", "cpu_cores_count 0\nsimd_count 440\n")]
        {
            fs::create_dir(folder.path().join(node)).unwrap();
            fs::write(folder.path().join(node).join("properties"), text).unwrap();
        }
        assert_eq!(amd_count(folder.path()), 1);
        assert_eq!(amd_count(&folder.path().join("nothing")), 0);
    }
}

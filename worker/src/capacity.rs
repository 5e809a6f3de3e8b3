//! What a worker offers: what was found, unless it was told otherwise.

use crate::detect::Hardware;
use crate::error::Error;
use crate::options::WorkerOptions;
use godwit_common::limits::{NAME_CHARACTERS_MAX, NAMED_RESOURCES_MAX};
use godwit_common::resources::{Capacity, Hundredths};
use godwit_common::size;

/// What a worker with these options offers on this machine.
pub(crate) fn capacity(options: &WorkerOptions, hardware: &Hardware) -> Result<Capacity, Error> {
    let settings = &options.settings;
    let cpus = match settings.cpus {
        None => hardware.cpus,
        Some(cpus) => Hundredths::from_f64(cpus)
            .filter(|cpus| cpus.0 > 0)
            .ok_or_else(|| wrong("cpus", format!("{cpus} is not a number of cpus")))?,
    };
    let memory = match &settings.memory {
        None => hardware.memory,
        Some(text) => size::parse(text).map_err(|fault| wrong("memory", fault))?,
    };
    Ok(Capacity {
        cpus,
        memory,
        gpus: settings.gpus.unwrap_or_else(|| hardware.devices.count()),
        disk: hardware.disk,
        named: named(&options.resources)?,
    })
}

/// Sorted by name, each name once.
fn named(resources: &[(String, u64)]) -> Result<Vec<(String, u64)>, Error> {
    let mut named = resources.to_vec();
    named.sort();
    let count = named.len();
    if count > NAMED_RESOURCES_MAX {
        let fault =
            format!("{count} named resources are more than the {NAMED_RESOURCES_MAX} that are allowed");
        return Err(wrong("resource", fault));
    }
    if let Some(twice) = named.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(wrong("resource", format!("'{}' is given twice", twice[0].0)));
    }
    let strange = |name: &&(String, u64)| name.0.is_empty() || name.0.chars().count() > NAME_CHARACTERS_MAX;
    if let Some((name, _)) = named.iter().find(strange) {
        return Err(wrong("resource", format!("'{name}' is not a name; write it like licence=4")));
    }
    Ok(named)
}

fn wrong(name: &'static str, fault: String) -> Error {
    Error::Setting { name, fault }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Devices, Vendor};
    use std::path::PathBuf;

    fn hardware() -> Hardware {
        Hardware {
            cpus: Hundredths(400),
            pinnable: Vec::new(),
            memory: 1 << 30,
            devices: Devices { vendor: Vendor::Nvidia, ids: vec!["0".into()] },
            disk: 9,
            job: None,
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut WorkerOptions), expected: Result<Capacity, &str>) {
        let mut options = WorkerOptions::new(PathBuf::from("/spool"));
        change(&mut options);
        let found = capacity(&options, &hardware()).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn what_was_found_or_what_was_said() {
        let found = Capacity { cpus: Hundredths(400), memory: 1 << 30, gpus: 1, disk: 9, named: Vec::new() };
        check(|_| {}, Ok(found.clone()));
        let said = |options: &mut WorkerOptions| {
            options.settings.cpus = Some(1.5);
            options.settings.memory = Some("2GiB".into());
            options.settings.gpus = Some(0);
            options.resources = vec![("b".into(), 1), ("a".into(), 2)];
        };
        let named = vec![("a".into(), 2), ("b".into(), 1)];
        check(said, Ok(Capacity { cpus: Hundredths(150), memory: 2 << 30, gpus: 0, named, ..found }));
    }

    #[test]
    fn mistakes_are_named() {
        check(|options| options.settings.cpus = Some(-1.0), Err("cpus: -1 is not a number of cpus"));
        check(|options| options.settings.cpus = Some(0.0), Err("cpus: 0 is not a number of cpus"));
        let much = Err("memory: 'much' is not a size; write it like 512MiB, 2GB or 4096 (bytes)");
        check(|options| options.settings.memory = Some("much".into()), much);
        let twice = |options: &mut WorkerOptions| options.resources = vec![("a".into(), 1), ("a".into(), 2)];
        check(twice, Err("resource: 'a' is given twice"));
    }
}

//! Whether a worker could hold a task if it had nothing else to do, and what is missing if none could.

use godwit_common::ids::WorkerId;
use godwit_common::resources::{Capacity, Hundredths, Request};
use godwit_common::size::Size;

/// Whether a worker of this capacity could hold the task if it held nothing else.
pub(crate) fn could_hold(capacity: &Capacity, request: &Request) -> bool {
    let enough = |(name, amount): &(String, u64)| named(capacity, name) >= *amount;
    capacity.cpus >= request.cpus
        && capacity.memory >= request.memory
        && capacity.disk >= request.disk
        && gpus_fit(capacity.gpus, request.gpus)
        && request.named.iter().all(enough)
}

fn gpus_fit(devices: u32, want: Hundredths) -> bool {
    match want.0 {
        0 => true,
        1..100 => devices >= 1,
        _ => want.0.is_multiple_of(100) && devices >= want.0 / 100,
    }
}

fn named(capacity: &Capacity, name: &str) -> u64 {
    let mut known = capacity.named.iter();
    known.find(|(known, _)| known == name).map_or(0, |(_, amount)| *amount)
}

/// What a request asks for that no worker has, and who comes nearest.
pub(crate) fn shortage(request: &Request, workers: &[(WorkerId, &Capacity)]) -> String {
    let mut missing = Vec::new();
    let mut compare =
        |name: &str, want: u64, has: &dyn Fn(&Capacity) -> u64, show: &dyn Fn(u64) -> String| {
            let most = workers.iter().max_by_key(|(id, capacity)| (has(capacity), std::cmp::Reverse(*id)));
            let (most, id) = most.map_or((0, None), |(id, capacity)| (has(capacity), Some(*id)));
            if want > most {
                missing.push(match id.filter(|_| most > 0) {
                    Some(id) => format!(
                        "{name} = {}, and the most that any worker has is {} ({id})",
                        show(want),
                        show(most)
                    ),
                    None => format!("{name} = {}, and no worker has any", show(want)),
                });
            }
        };
    let hundredths = |amount: u64| Hundredths(u32::try_from(amount).unwrap_or(u32::MAX)).to_string();
    let size = |bytes: u64| Size(bytes).to_string();
    let cpus = |capacity: &Capacity| u64::from(capacity.cpus.0);
    compare("cpus", u64::from(request.cpus.0), &cpus, &hundredths);
    compare("memory", request.memory, &|capacity| capacity.memory, &size);
    let gpus = |capacity: &Capacity| u64::from(capacity.gpus) * 100;
    compare("gpus", u64::from(request.gpus.0), &gpus, &hundredths);
    compare("disk", request.disk, &|capacity| capacity.disk, &size);
    for (name, amount) in &request.named {
        let has = |capacity: &Capacity| named(capacity, name);
        compare(name, *amount, &has, &|amount| amount.to_string());
    }
    if missing.is_empty() {
        format!("{request} together, and no single worker has all of that")
    } else {
        missing.join("; and ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::resources::Pool;
    use proptest::prelude::*;

    fn capacity(cpus: u32, memory: u64, gpus: u32) -> Capacity {
        Capacity { cpus: Hundredths(cpus), memory, gpus, disk: 0, named: vec![("licence".to_owned(), 2)] }
    }

    #[test]
    fn what_is_missing_is_named_with_the_most_that_there_is() {
        let (small, large) = (capacity(400, 1 << 30, 0), capacity(1600, 1 << 30, 0));
        let workers = [(WorkerId(1), &small), (WorkerId(2), &large)];
        let request = |cpus: u32, gpus: u32| Request {
            cpus: Hundredths(cpus),
            gpus: Hundredths(gpus),
            ..Request::default()
        };
        for (request, expected) in [
            (request(6400, 0), "cpus = 64, and the most that any worker has is 16 (w2)"),
            (request(100, 100), "gpus = 1, and no worker has any"),
        ] {
            assert_eq!(shortage(&request, &workers), expected);
        }
        assert_eq!(shortage(&request(50, 0), &[]), "cpus = 0.5, and no worker has any");
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_pool(
            cpus in 0u32..300, memory in 0u64..3, gpus in 0u32..310, licence in 0u64..4, devices in 0u32..4,
        ) {
            let named = if licence > 0 { vec![("licence".to_owned(), licence)] } else { Vec::new() };
            let request = Request { cpus: Hundredths(cpus), memory, gpus: Hundredths(gpus), disk: 0, named };
            let capacity = capacity(200, 1, devices);
            prop_assert_eq!(could_hold(&capacity, &request), Pool::new(&capacity).take(&request).is_some());
        }
    }
}

//! What tasks ask for and what workers have: cpus, memory, gpus, disk and named resources.
//!
//! Counting only. Which core or device a task gets is decided by [`Pool`]; when and where it runs is not decided here.

mod pool;

pub use pool::{Held, Pool};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An amount counted in hundredths, so that fractions add up exactly: half a cpu is `Hundredths(50)`.
///
/// People, and programs that read JSON, see `0.5`; on the wire and in the log it is the number of hundredths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hundredths(pub u32);

/// What one task asks for. Zero means that it does not care.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Request {
    /// Cpus; fractions share a core.
    pub cpus: Hundredths,
    /// Bytes of memory.
    pub memory: u64,
    /// Gpus: whole ones, or a fraction below one that shares a device.
    pub gpus: Hundredths,
    /// Bytes of disk below the worker's scratch folder.
    pub disk: u64,
    /// Named resources, sorted by name, each name once, no zero.
    pub named: Vec<(String, u64)>,
}

/// What one worker has to give.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Cpus.
    pub cpus: Hundredths,
    /// Bytes of memory.
    pub memory: u64,
    /// Number of gpu devices.
    pub gpus: u32,
    /// Bytes of disk.
    pub disk: u64,
    /// Named resources, sorted by name, each name once.
    pub named: Vec<(String, u64)>,
}

impl Hundredths {
    /// `count` whole ones.
    pub fn whole(count: u32) -> Hundredths {
        Hundredths(count.saturating_mul(100))
    }

    /// Rounds to hundredths; `None` if negative, not a number, or too large to count.
    pub fn from_f64(amount: f64) -> Option<Hundredths> {
        let hundredths = (amount * 100.0).round();
        if !(0.0..=f64::from(u32::MAX)).contains(&hundredths) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was just checked"
        )]
        Some(Hundredths(hundredths as u32))
    }

    /// As a number of whole ones.
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// The number of whole ones that hold this amount.
    pub fn ceil(self) -> u32 {
        self.0.div_ceil(100)
    }
}

impl Serialize for Hundredths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            self.to_f64().serialize(serializer)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Hundredths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hundredths, D::Error> {
        if deserializer.is_human_readable() {
            let amount = f64::deserialize(deserializer)?;
            Hundredths::from_f64(amount).ok_or_else(|| D::Error::custom(format!("{amount} is not an amount")))
        } else {
            u32::deserialize(deserializer).map(Hundredths)
        }
    }
}

impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_f64())
    }
}

impl Default for Request {
    /// One cpu and nothing else.
    fn default() -> Self {
        Request { cpus: Hundredths::whole(1), memory: 0, gpus: Hundredths(0), disk: 0, named: Vec::new() }
    }
}

impl Request {
    /// Whether a worker of this capacity could run the task if it ran nothing else.
    pub fn fits(&self, capacity: &Capacity) -> bool {
        Pool::new(capacity).take(self).is_some()
    }

    /// What is wrong with the request, if anything is.
    pub fn fault(&self) -> Option<String> {
        if self.gpus.0 > 100 && !self.gpus.0.is_multiple_of(100) {
            return Some(format!("gpus = {} is neither whole nor below one", self.gpus));
        }
        if self.named.len() > crate::limits::NAMED_RESOURCES_MAX {
            return Some(format!("{} named resources are too many", self.named.len()));
        }
        let sorted = self.named.is_sorted_by(|a, b| a.0 < b.0);
        (!sorted).then(|| "named resources are not sorted or not unique".to_owned())
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cpus = {}", self.cpus)?;
        if self.memory > 0 {
            write!(f, ", memory = {}", crate::size::Size(self.memory))?;
        }
        if self.gpus.0 > 0 {
            write!(f, ", gpus = {}", self.gpus)?;
        }
        if self.disk > 0 {
            write!(f, ", disk = {}", crate::size::Size(self.disk))?;
        }
        self.named.iter().try_for_each(|(name, amount)| write!(f, ", {name} = {amount}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundredths_are_a_number_for_people_and_an_integer_on_the_wire() {
        let half = Hundredths(50);
        assert_eq!(serde_json::to_string(&half).unwrap(), "0.5");
        assert_eq!(serde_json::from_str::<Hundredths>("0.5").unwrap(), half);
        assert!(serde_json::from_str::<Hundredths>("-1").is_err());
        assert_eq!(postcard::to_stdvec(&half).unwrap(), [50]);
        assert_eq!(postcard::from_bytes::<Hundredths>(&[50]).unwrap(), half);
    }
}

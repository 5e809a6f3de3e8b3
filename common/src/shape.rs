//! The shape of a group: a single task, or an array of tasks that differ in index, item or matrix values only.
//!
//! A shape of a million tasks costs as much as its description: positions are computed, not stored.

use crate::limits::{GROUP_TASKS_MAX, MATRIX_AXES_MAX};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How many tasks a group has and what tells them apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// One task.
    Single,
    /// One task per index.
    Indices(Vec<IndexRange>),
    /// One task per item, indexed from 0.
    Items(Vec<String>),
    /// One task per combination of values, indexed from 0; the last axis varies fastest.
    Matrix(Vec<Axis>),
}

/// The indices `first, first + step, …` up to and including `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexRange {
    /// The first index.
    pub first: u32,
    /// No index is larger.
    pub last: u32,
    /// At least 1.
    pub step: u32,
}

/// One dimension of a matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// The NAME of `{matrix.NAME}`.
    pub name: String,
    /// The values, in the order of the file.
    pub values: Vec<String>,
}

impl IndexRange {
    /// Number of indices in the range.
    pub fn count(&self) -> u64 {
        if self.last < self.first { 0 } else { u64::from((self.last - self.first) / self.step.max(1)) + 1 }
    }

    fn index(&self, position: u32) -> u32 {
        self.first + position * self.step
    }

    fn position(&self, index: u32) -> Option<u32> {
        let offset = index.checked_sub(self.first).filter(|_| index <= self.last)?;
        offset.is_multiple_of(self.step).then(|| offset / self.step)
    }
}

impl Shape {
    /// Number of tasks, before any limit is applied.
    pub fn count(&self) -> u64 {
        match self {
            Shape::Single => 1,
            Shape::Indices(ranges) => ranges.iter().map(IndexRange::count).sum(),
            Shape::Items(items) => items.len() as u64,
            Shape::Matrix(axes) => {
                axes.iter().map(|axis| axis.values.len() as u64).fold(1, u64::saturating_mul)
            }
        }
    }

    /// Number of tasks of a shape without [`fault`](Shape::fault).
    pub fn len(&self) -> u32 {
        u32::try_from(self.count()).expect("a shape is checked against GROUP_TASKS_MAX before it is used")
    }

    /// Whether the shape has no task; such a shape has a [`fault`](Shape::fault).
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Whether this is an array, so that its tasks carry an index in their names.
    pub fn is_array(&self) -> bool {
        !matches!(self, Shape::Single)
    }

    /// What is wrong with the shape, if anything is.
    pub fn fault(&self) -> Option<String> {
        match self {
            Shape::Indices(ranges) if ranges.iter().any(|range| range.step == 0) => {
                return Some("an index range has step 0".to_owned());
            }
            Shape::Matrix(axes) if axes.is_empty() || axes.len() > MATRIX_AXES_MAX => {
                return Some(format!(
                    "a matrix has between 1 and {MATRIX_AXES_MAX} axes, this one {}",
                    axes.len()
                ));
            }
            _ => {}
        }
        match self.count() {
            0 => Some("it has no tasks".to_owned()),
            count if count > u64::from(GROUP_TASKS_MAX) => {
                Some(format!("it has {count} tasks, more than the limit of {GROUP_TASKS_MAX}"))
            }
            _ => None,
        }
    }

    /// The index that people see for `position`.
    pub fn index(&self, position: u32) -> u32 {
        let Shape::Indices(ranges) = self else {
            return position;
        };
        let mut rest = u64::from(position);
        for range in ranges {
            if rest < range.count() {
                return range.index(u32::try_from(rest).expect("below a count of 32 bits"));
            }
            rest -= range.count();
        }
        position
    }

    /// The position of the task that people call `index`, if there is one.
    pub fn position(&self, index: u32) -> Option<u32> {
        let Shape::Indices(ranges) = self else {
            return (u64::from(index) < self.count()).then_some(index);
        };
        let mut before = 0u64;
        for range in ranges {
            if let Some(position) = range.position(index) {
                return u32::try_from(before + u64::from(position)).ok();
            }
            before += range.count();
        }
        None
    }

    /// The item at `position`, if the shape has items.
    pub fn item(&self, position: u32) -> Option<&str> {
        match self {
            Shape::Items(items) => items.get(position as usize).map(String::as_str),
            Shape::Single | Shape::Indices(_) | Shape::Matrix(_) => None,
        }
    }

    /// The value of the matrix axis `name` at `position`.
    pub fn axis(&self, position: u32, name: &str) -> Option<&str> {
        let Shape::Matrix(axes) = self else { return None };
        let mut rest = position as usize;
        for axis in axes.iter().rev() {
            let value = axis.values.get(rest % axis.values.len().max(1))?;
            if axis.name == name {
                return Some(value);
            }
            rest /= axis.values.len();
        }
        None
    }
}

/// The name of one task: `align` or `align[12]`.
pub struct TaskName<'a> {
    /// The group's name.
    pub group: &'a str,
    /// The group's shape.
    pub shape: &'a Shape,
    /// The task's position.
    pub position: u32,
}

impl fmt::Display for TaskName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.group)?;
        if self.shape.is_array() {
            write!(f, "[{}]", self.shape.index(self.position))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matrix() -> Shape {
        let axis = |name: &str, values: &[&str]| Axis {
            name: name.to_owned(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
        };
        Shape::Matrix(vec![axis("seed", &["1", "2"]), axis("size", &["a", "b", "c"])])
    }

    #[test]
    fn the_last_axis_varies_fastest() {
        let shape = matrix();
        let rows: Vec<_> = (0..shape.len())
            .map(|position| {
                format!("{}{}", shape.axis(position, "seed").unwrap(), shape.axis(position, "size").unwrap())
            })
            .collect();
        assert_eq!(rows, ["1a", "1b", "1c", "2a", "2b", "2c"]);
        assert_eq!(shape.axis(0, "colour"), None);
    }

    #[test]
    fn faults_are_told() {
        assert_eq!(Shape::Items(vec![]).fault().as_deref(), Some("it has no tasks"));
        let huge = Shape::Indices(vec![IndexRange { first: 0, last: u32::MAX, step: 1 }]);
        assert!(huge.fault().unwrap().contains("4294967296 tasks"));
        assert!(Shape::Matrix(vec![]).fault().is_some());
    }

    fn ranges() -> impl Strategy<Value = Vec<IndexRange>> {
        let range = (0u32..50, 0u32..50, 1u32..7);
        proptest::collection::vec(range, 1..4).prop_map(|raw| {
            let mut at = 0;
            raw.into_iter()
                .map(|(gap, width, step)| {
                    let first = at + gap;
                    at = first + width + 1;
                    IndexRange { first, last: first + width, step }
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn index_and_position_are_inverse(ranges in ranges()) {
            let shape = Shape::Indices(ranges);
            for position in 0..shape.len() {
                prop_assert_eq!(shape.position(shape.index(position)), Some(position));
            }
        }
    }
}

//! The keys that make an array of a task: `array`, `items`, `items_from` and `matrix`.

use super::error::Fault;
use super::node::{Node, Value};
use super::notation;
use super::read;
use crate::limits::GROUP_TASKS_MAX;
use crate::shape::{Axis, IndexRange, Shape};

/// The keys of which a task has at most one.
pub(super) const SHAPE_KEYS: &[&str] = &["array", "items", "items_from", "matrix"];

/// `array = "0-999"`, or `array = 1000` for the same.
pub(super) fn array(node: &Node<'_>) -> Result<Shape, Fault> {
    match &node.value {
        Value::Text(text) => {
            notation::array(text).map(Shape::Indices).map_err(|fault| Fault::new(node, fault))
        }
        Value::Integer(0) => {
            Err(Fault::new(node, "an array of 0 has no tasks; leave the key out for a single task"))
        }
        Value::Integer(_) => read::integer(node, 1, i64::from(GROUP_TASKS_MAX))
            .map(|count: u32| Shape::Indices(vec![IndexRange { first: 0, last: count - 1, step: 1 }])),
        _ => Err(node.unexpected(r#"indices such as "0-999" or a number of tasks"#)),
    }
}

/// `items = ["a", "b"]`
pub(super) fn items(node: &Node<'_>) -> Result<Shape, Fault> {
    read::scalars(node).map(Shape::Items)
}

/// `matrix = { seed = [1, 2], size = ["a", "b"] }`
pub(super) fn matrix(node: &Node<'_>) -> Result<Shape, Fault> {
    let axis = |entry: &super::node::Entry<'_>| {
        let values = read::scalars(&entry.node).map_err(|fault| fault.at_key(&entry.key))?;
        Ok(Axis { name: entry.key.to_string(), values })
    };
    let entries = node.entries(r#"a table of lists such as { seed = [1, 2], size = ["a", "b"] }"#)?;
    entries.iter().map(axis).collect::<Result<_, _>>().map(Shape::Matrix)
}

/// One item a line; empty lines do not count.
pub(super) fn items_of_file(text: &str) -> Shape {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    Shape::Items(lines.map(str::to_owned).collect())
}

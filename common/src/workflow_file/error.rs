//! What is wrong with a workflow file, and where.

use super::node::Node;
use crate::printable::one_line;
use std::fmt;

/// One sentence about a workflow file: `workflow.toml:12: task 'align': cpus: found "many", expected …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// What the file was called by whoever gave its text.
    pub path: String,
    /// The line, from 1, if the fault has a place.
    pub line: Option<u32>,
    /// The character in the line, from 1, if the text could not even be parsed.
    pub column: Option<u32>,
    /// Whose fault it is, such as `task 'align'`; empty for the file itself.
    pub part: String,
    /// The key, such as `command[1]`; empty if no single key is wrong.
    pub key: String,
    /// What was found and what was expected.
    pub fault: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        for place in [&self.part, &self.key] {
            if !place.is_empty() {
                write!(f, ": {place}")?;
            }
        }
        write!(f, ": {}", self.fault)
    }
}

impl std::error::Error for FileError {}

/// A fault on its way up: each reader that it passes adds the part of the place that it knows.
#[derive(Debug)]
pub(super) struct Fault(Box<Parts>);

#[derive(Debug)]
struct Parts {
    at: Option<usize>,
    syntax: bool,
    part: String,
    key: String,
    fault: String,
}

impl Fault {
    /// A fault of `node`.
    pub(super) fn new(node: &Node<'_>, fault: impl Into<String>) -> Fault {
        Fault::somewhere(Some(node.at), fault)
    }

    /// A fault at a byte of the text, or of the text as a whole.
    pub(super) fn somewhere(at: Option<usize>, fault: impl Into<String>) -> Fault {
        Fault(Box::new(Parts {
            at,
            syntax: false,
            part: String::new(),
            key: String::new(),
            fault: fault.into(),
        }))
    }

    /// The text cannot be parsed from this byte on.
    pub(super) fn syntax(at: Option<usize>, fault: impl Into<String>) -> Fault {
        let mut fault = Fault::somewhere(at, fault);
        fault.0.syntax = true;
        fault
    }

    /// The same fault, seen from one level further out: `[1]` becomes `command[1]`, `cpus` becomes `request.cpus`.
    pub(super) fn at_key(mut self, outer: &str) -> Fault {
        let inner = std::mem::take(&mut self.0.key);
        let dot = if inner.is_empty() || inner.starts_with('[') { "" } else { "." };
        self.0.key = format!("{outer}{dot}{inner}");
        self
    }

    /// The same fault, of an element of a list.
    pub(super) fn at_element(self, position: usize) -> Fault {
        self.at_key(&format!("[{position}]"))
    }

    /// The same fault, of this part of the file.
    pub(super) fn of(mut self, part: String) -> Fault {
        self.0.part = part;
        self
    }

    /// The fault as people see it; `text` is what its place is counted in.
    pub(super) fn in_file(self, path: &str, text: &str) -> FileError {
        let Parts { at, syntax, part, key, fault } = *self.0;
        let before = at.map(|at| &text[..text.floor_char_boundary(at)]);
        let line = before.map(|before| before.matches('\n').count());
        let column = before.map(|before| before.chars().rev().take_while(|c| *c != '\n').count());
        let from_one = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
        FileError {
            path: path.to_owned(),
            line: line.map(from_one),
            column: column.filter(|_| syntax).map(from_one),
            part: one_line(&part),
            key: one_line(&key),
            fault: one_line(&fault),
        }
    }
}

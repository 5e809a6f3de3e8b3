//! The text of a workflow file as a tree of values that know their place, whichever format it came in.

use super::error::Fault;
use std::borrow::Cow;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    /// The byte of the text at which it starts.
    pub(super) at: usize,
    /// What stands there.
    pub(super) value: Value<'a>,
}

/// What can stand in a file.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    /// Text in quotes.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// Any other number, as it was written.
    Float(Cow<'a, str>),
    /// `true` or `false`
    Bool(bool),
    /// A date or a time of day, which only TOML has.
    Date(String),
    /// `null`, which only JSON has.
    Null,
    /// Values in order.
    List(Vec<Node<'a>>),
    /// Keys with values, in the order of the file.
    Table(Vec<Entry<'a>>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    /// The key.
    pub(super) key: Cow<'a, str>,
    /// The value.
    pub(super) node: Node<'a>,
}

/// Characters of a text that an error quotes: enough to recognise it.
const QUOTED_CHARACTERS_MAX: usize = 60;

impl<'a> Node<'a> {
    /// The value of `key`, if this is a table that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Node<'a>> {
        let Value::Table(entries) = &self.value else {
            return None;
        };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The entries of a table.
    pub(super) fn entries(&self, expected: &str) -> Result<&[Entry<'a>], Fault> {
        match &self.value {
            Value::Table(entries) => Ok(entries),
            _ => Err(self.unexpected(expected)),
        }
    }

    /// The elements of a list.
    pub(super) fn elements(&self, expected: &str) -> Result<&[Node<'a>], Fault> {
        match &self.value {
            Value::List(elements) => Ok(elements),
            _ => Err(self.unexpected(expected)),
        }
    }

    /// The fault that this is not what belongs here.
    pub(super) fn unexpected(&self, expected: &str) -> Fault {
        Fault::new(self, format!("found {}, expected {expected}", self.found()))
    }

    /// The value in a few words.
    fn found(&self) -> String {
        match &self.value {
            Value::Text(text) => quoted(text),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Date(date) => format!("the date or time {date}"),
            Value::Null => "null".to_owned(),
            Value::List(elements) if elements.is_empty() => "an empty list".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
        }
    }
}

/// A text as an error shows it: in quotes, on one line, not longer than people read.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARACTERS_MAX) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

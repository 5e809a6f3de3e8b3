//! TOML text to a tree of nodes.

use super::error::Fault;
use super::node::{Entry, Node, Value};
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// Parses `text`.
pub(super) fn parse(text: &str) -> Result<Node<'_>, Fault> {
    match DeTable::parse(text) {
        Ok(table) => Ok(Node { at: 0, value: Value::Table(entries(table.into_inner())) }),
        Err(error) => {
            let at = error.span().map(|span| span.start);
            let message = error.message().replace('\n', " ");
            Err(Fault::syntax(at, format!("not valid TOML: {message}")))
        }
    }
}

fn entries(table: DeTable<'_>) -> Vec<Entry<'_>> {
    table.into_iter().map(entry).collect()
}

fn entry<'a>((key, value): (Spanned<Cow<'a, str>>, Spanned<DeValue<'a>>)) -> Entry<'a> {
    Entry { key: key.into_inner(), node: node(value) }
}

fn node(value: Spanned<DeValue<'_>>) -> Node<'_> {
    let at = value.span().start;
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text),
        DeValue::Integer(number) => integer(&number),
        DeValue::Float(number) => Value::Float(Cow::Owned(number.as_str().to_owned())),
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(elements) => Value::List(elements.into_iter().map(node).collect()),
        DeValue::Table(table) => Value::Table(entries(table)),
    };
    Node { at, value }
}

/// A number too large for 64 bits stays as it was written; no key takes one, and the error then quotes it.
fn integer(number: &DeInteger<'_>) -> Value<'static> {
    match i64::from_str_radix(number.as_str(), number.radix()) {
        Ok(value) => Value::Integer(value),
        Err(_) => Value::Float(Cow::Owned(number.to_string())),
    }
}

//! Readers of single values, each with its sentence for what does not fit.

use super::error::Fault;
use super::node::{Node, Value};
use crate::resources::Hundredths;
use crate::template::Template;
use crate::{duration, size};
use std::borrow::Cow;
use std::time::Duration;

/// Text.
pub(super) fn text<'a>(node: &'a Node<'_>) -> Result<&'a str, Fault> {
    match &node.value {
        Value::Text(text) => Ok(text),
        _ => Err(node.unexpected("text in quotes")),
    }
}

/// Text with placeholders.
pub(super) fn template(node: &Node<'_>) -> Result<Template, Fault> {
    parse_template(node, text(node)?)
}

/// A list of texts with placeholders.
pub(super) fn templates(node: &Node<'_>) -> Result<Vec<Template>, Fault> {
    each(node, r#"a list of texts such as ["a", "b"]"#, template)
}

/// Text, or a number or a truth value as text.
pub(super) fn scalar<'a>(node: &'a Node<'_>) -> Result<Cow<'a, str>, Fault> {
    match &node.value {
        Value::Text(text) | Value::Float(text) => Ok(Cow::Borrowed(text)),
        Value::Integer(number) => Ok(Cow::Owned(number.to_string())),
        Value::Bool(value) => Ok(Cow::Owned(value.to_string())),
        Value::Date(_) | Value::Null | Value::List(_) | Value::Table(_) => {
            Err(node.unexpected("text, a number or a truth value"))
        }
    }
}

/// [`scalar`] with placeholders.
pub(super) fn scalar_template(node: &Node<'_>) -> Result<Template, Fault> {
    parse_template(node, &scalar(node)?)
}

/// A list of [`scalar`]s, at least one.
pub(super) fn scalars(node: &Node<'_>) -> Result<Vec<String>, Fault> {
    let expected = r#"a list of texts or numbers such as ["a", "b"] or [1, 2]"#;
    let scalars = each(node, expected, |element| scalar(element).map(Cow::into_owned))?;
    if scalars.is_empty() {
        return Err(node.unexpected("at least one value"));
    }
    Ok(scalars)
}

/// Every element of a list through `read`.
pub(super) fn each<'a, T>(
    node: &'a Node<'_>,
    expected: &str,
    read: impl Fn(&'a Node<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let element = |(position, element)| read(element).map_err(|fault: Fault| fault.at_element(position));
    node.elements(expected)?.iter().enumerate().map(element).collect()
}

/// A whole number that `T` holds, from `min` to `max`.
pub(super) fn integer<T: TryFrom<i64>>(node: &Node<'_>, min: i64, max: i64) -> Result<T, Fault> {
    let number = match node.value {
        Value::Integer(number) if (min..=max).contains(&number) => T::try_from(number).ok(),
        _ => None,
    };
    number.ok_or_else(|| node.unexpected(&format!("a whole number from {min} to {max}")))
}

/// An amount of something that can be shared.
pub(super) fn amount(node: &Node<'_>) -> Result<Hundredths, Fault> {
    let number: Option<f64> = match &node.value {
        Value::Integer(number) => i32::try_from(*number).ok().map(f64::from),
        Value::Float(text) => text.parse().ok(),
        _ => None,
    };
    let amount = number.and_then(Hundredths::from_f64);
    amount.ok_or_else(|| node.unexpected("a number such as 2 or 0.5"))
}

/// Bytes.
pub(super) fn size(node: &Node<'_>) -> Result<u64, Fault> {
    let unexpected = || node.unexpected(r#"a size such as "512MiB" or a number of bytes"#);
    match &node.value {
        Value::Text(text) => size::parse(text).map_err(|fault| Fault::new(node, fault)),
        Value::Integer(bytes) => u64::try_from(*bytes).map_err(|_| unexpected()),
        _ => Err(unexpected()),
    }
}

/// A duration.
pub(super) fn duration(node: &Node<'_>) -> Result<Duration, Fault> {
    let expected = r#"a duration in quotes such as "90s" or "1h30m""#;
    let text = match &node.value {
        Value::Text(text) | Value::Float(text) => Cow::Borrowed(text.as_ref()),
        Value::Integer(seconds) => Cow::Owned(seconds.to_string()),
        _ => return Err(node.unexpected(expected)),
    };
    duration::parse(&text).map_err(|fault| Fault::new(node, fault))
}

/// One of a few words, each with what it means.
pub(super) fn choice<T: Copy>(node: &Node<'_>, choices: &[(&str, T)]) -> Result<T, Fault> {
    let word = match &node.value {
        Value::Text(text) => Some(text.as_ref()),
        _ => None,
    };
    let chosen = choices.iter().find(|(name, _)| Some(*name) == word);
    chosen.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        node.unexpected(&alternatives(&names))
    })
}

/// `a, b or c`
fn alternatives(names: &[String]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn parse_template(node: &Node<'_>, text: &str) -> Result<Template, Fault> {
    Template::parse(text).map_err(|error| Fault::new(node, error.to_string()))
}

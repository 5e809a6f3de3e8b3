//! A key of a table: what it is called, what it takes, what it means and how it is read.
//!
//! The reader, the JSON Schema and the hint for a misspelt key all come from lists of these.

use super::error::Fault;
use super::node::{Entry, Node};
use crate::nearest::hint;

/// A key of a table that is read into a `T`.
pub(super) struct Key<T> {
    /// As it stands in a file.
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) kind: Kind,
    /// What it means, in a sentence for people.
    pub(super) about: &'static str,
    /// What holds without it, as it would be written; empty if nothing does.
    pub(super) default: &'static str,
    /// Reads its value.
    pub(super) read: fn(&mut T, &Node<'_>) -> Result<(), Fault>,
}

/// What a key takes.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// A list of texts.
    Texts,
    /// A program and its arguments.
    Words,
    /// An amount of something that can be shared, in hundredths.
    Amount,
    /// A whole number in a range.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// A size such as `"512MiB"`, or bytes.
    Size,
    /// A duration such as `"1h30m"`, or seconds.
    Duration,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of these words, or a truth value.
    ChoiceOrBool(&'static [&'static str]),
    /// A list of some of these words.
    Choices(&'static [&'static str]),
    /// Indices such as `"0-999"`, or how many.
    Indices,
    /// Text, a number or a truth value.
    Scalar,
    /// A list of texts, numbers or truth values.
    Scalars,
    /// A table of texts, numbers or truth values.
    ScalarTable,
    /// A table of whole numbers.
    CountTable,
    /// A table of lists of texts, numbers or truth values.
    ListTable,
    /// A list of tables of resources.
    Requests,
    /// A table of what all tasks have in common.
    Defaults,
    /// The tasks.
    Tasks,
}

/// Words that other systems use for our keys and that are spelt too differently to be near.
const SYNONYMS: &[(&str, &str)] = &[
    ("after", "needs"),
    ("args", "command"),
    ("argv", "command"),
    ("cmd", "command"),
    ("cached", "cache"),
    ("checkpoint_mode", "checkpoint"),
    ("cores", "cpus"),
    ("depends", "needs"),
    ("depends_on", "needs"),
    ("directory", "cwd"),
    ("environment", "env"),
    ("ignore_for_cache", "cache_ignore"),
    ("mem", "memory"),
    ("memoize", "cache"),
    ("ncpus", "cpus"),
    ("requires", "needs"),
    ("run", "command"),
    ("script", "shell"),
    ("threads", "cpus"),
    ("timeout", "time_limit"),
    ("walltime", "time_limit"),
    ("workdir", "cwd"),
    ("working_directory", "cwd"),
];

/// The key called `name`.
pub(super) fn find<T>(keys: &'static [Key<T>], name: &str) -> Option<&'static Key<T>> {
    keys.iter().find(|key| key.name == name)
}

/// The names of `keys`.
pub(super) fn names<T>(keys: &'static [Key<T>]) -> impl Iterator<Item = &'static str> {
    keys.iter().map(|key| key.name)
}

/// The fault that a key is not known where the `known` ones are.
pub(super) fn unknown(entry: &Entry<'_>, known: impl Iterator<Item = &'static str>) -> Fault {
    let known: Vec<&'static str> = known.collect();
    let synonym = SYNONYMS.iter().find(|(other, ours)| *other == entry.key && known.contains(ours));
    let hint = match synonym {
        Some((_, ours)) => format!("; did you mean '{ours}'?"),
        None => hint(&entry.key, known.iter().copied()),
    };
    let hint = if hint.is_empty() { "; 'godwit schema' lists those that are known".to_owned() } else { hint };
    Fault::new(&entry.node, format!("unknown key '{}'{hint}", entry.key))
}

/// Refuses a table with more than one of `keys`, which say the same thing in different ways.
pub(super) fn exclusive(entries: &[Entry<'_>], keys: &[&str]) -> Result<(), Fault> {
    let mut found = entries.iter().filter(|entry| keys.contains(&entry.key.as_ref()));
    let (Some(first), Some(second)) = (found.next(), found.next()) else {
        return Ok(());
    };
    let fault = format!("there are both '{}' and '{}'; keep one of them", first.key, second.key);
    Err(Fault::new(&second.node, fault))
}

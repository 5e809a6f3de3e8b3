//! Values of options: `NAME=VALUE` and amounts with units. Their sentences are what a wrong one is answered with.

use godwit_common::resources::Hundredths;
use godwit_common::shape::IndexRange;
use std::str::FromStr;
use std::time::Duration;

/// `NAME=VALUE`, or `NAME` alone for the value that it has in the environment here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// The variable.
    pub(crate) name: String,
    /// Its value, if one was given.
    pub(crate) value: Option<String>,
}

/// `0-999`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Indices(pub(crate) Vec<IndexRange>);

/// `NAME=N`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedAmount {
    /// The resource.
    pub(crate) name: String,
    /// How much of it.
    pub(crate) amount: u64,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if name.is_empty() {
            return Err("a variable needs a name; write it like NAME=VALUE".to_owned());
        }
        Ok(Assignment { name: name.to_owned(), value })
    }
}

impl FromStr for Indices {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        godwit_common::workflow_file::array(text).map(Indices)
    }
}

impl FromStr for NamedAmount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not a resource; write it like licence=4");
        let (name, amount) = text.split_once('=').ok_or_else(wrong)?;
        let amount = amount.parse().map_err(|_| wrong())?;
        if name.is_empty() { Err(wrong()) } else { Ok(NamedAmount { name: name.to_owned(), amount }) }
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    godwit_common::duration::parse(text)
}

pub(super) fn size(text: &str) -> Result<u64, String> {
    godwit_common::size::parse(text)
}

pub(super) fn amount(text: &str) -> Result<Hundredths, String> {
    text.parse()
        .ok()
        .and_then(Hundredths::from_f64)
        .ok_or_else(|| format!("'{text}' is not an amount; write it like 4 or 0.5"))
}

/// As [`amount`], for what cannot be nothing.
pub(super) fn some_amount(text: &str) -> Result<Hundredths, String> {
    match amount(text)? {
        Hundredths(0) => Err("at least 0.01 is needed".to_owned()),
        some => Ok(some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_read() {
        let read = |text: &str| text.parse::<Assignment>().map(|found| (found.name, found.value));
        assert_eq!(read("A=b=c"), Ok(("A".into(), Some("b=c".into()))));
        assert_eq!(read("A="), Ok(("A".into(), Some(String::new()))));
        assert_eq!(read("A"), Ok(("A".into(), None)));
        assert!(read("=b").is_err());
    }

    #[test]
    fn named_amounts_are_read() {
        assert_eq!("licence=4".parse(), Ok(NamedAmount { name: "licence".into(), amount: 4 }));
        for text in ["licence", "licence=", "licence=-1", "=4", "licence=4.5"] {
            assert_eq!(
                text.parse::<NamedAmount>(),
                Err(format!("'{text}' is not a resource; write it like licence=4"))
            );
        }
    }

    #[test]
    fn amounts_are_read() {
        assert_eq!(amount("0.5"), Ok(Hundredths(50)));
        assert_eq!(amount("0"), Ok(Hundredths(0)));
        assert!(some_amount("0").is_err());
        for text in ["-1", "x", "", "nan", "1e30"] {
            assert!(amount(text).is_err(), "{text}");
        }
    }
}

//! JSON text to a tree of nodes.
//!
//! `serde_json` knows no places, but a borrowed `RawValue` is a piece of the text itself, and so its address tells
//! where it stands. Each level is scanned once for each level above it, which is why depth is limited.

use super::error::Fault;
use super::node::{Entry, Node, Value};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Nothing in a workflow file is deeper than six levels.
const DEPTH_MAX: usize = 16;

/// Parses `text`.
pub(super) fn parse(text: &str) -> Result<Node<'_>, Fault> {
    let raw: &RawValue = decode(text, 0)?;
    let root = Reader { text }.node(raw, DEPTH_MAX)?;
    match root.value {
        Value::Table(_) => Ok(root),
        _ => Err(root.unexpected("an object with at least the key \"task\"")),
    }
}

struct Reader<'a> {
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn node(&self, raw: &'a RawValue, depth: usize) -> Result<Node<'a>, Fault> {
        let piece = raw.get();
        let at = (piece.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let Some(depth) = depth.checked_sub(1) else {
            let fault = format!("values are nested deeper than {DEPTH_MAX} levels");
            return Err(Fault::somewhere(Some(at), fault));
        };
        let value = match piece.as_bytes().first() {
            Some(b'{') => Value::Table(self.entries(decode(piece, at)?, depth)?),
            Some(b'[') => Value::List(self.elements(decode(piece, at)?, depth)?),
            Some(b'"') => Value::Text(Cow::Owned(decode(piece, at)?)),
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'n') => Value::Null,
            _ => match piece.parse() {
                Ok(number) => Value::Integer(number),
                Err(_) => Value::Float(Cow::Borrowed(piece)),
            },
        };
        Ok(Node { at, value })
    }

    fn entries(&self, entries: RawEntries<'a>, depth: usize) -> Result<Vec<Entry<'a>>, Fault> {
        let mut nodes: Vec<Entry<'a>> = Vec::with_capacity(entries.0.len());
        for (key, raw) in entries.0 {
            let node = self.node(raw, depth)?;
            nodes.push(Entry { key: Cow::Owned(key), node });
        }
        match repeated(&nodes) {
            Some(entry) => {
                let fault = format!("not valid: the key '{}' stands twice in one object", entry.key);
                Err(Fault::syntax(Some(entry.node.at), fault))
            }
            None => Ok(nodes),
        }
    }

    fn elements(&self, elements: Vec<&'a RawValue>, depth: usize) -> Result<Vec<Node<'a>>, Fault> {
        elements.into_iter().map(|raw| self.node(raw, depth)).collect()
    }
}

/// JSON itself lets a key stand twice; of two commands one would be lost in silence.
fn repeated<'a, 'n>(entries: &'n [Entry<'a>]) -> Option<&'n Entry<'a>> {
    let mut sorted: Vec<&Entry<'a>> = entries.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    sorted.windows(2).find_map(|pair| match pair {
        [first, second] if first.key == second.key => Some(*second),
        _ => None,
    })
}

/// Decodes one level of `piece`, which starts at byte `start` of the text.
fn decode<'a, T: Deserialize<'a>>(piece: &'a str, start: usize) -> Result<T, Fault> {
    serde_json::from_str(piece).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let place = format!(" at line {line} column {column}");
        let message = error.to_string();
        let message = message.strip_suffix(&place).unwrap_or(&message);
        let before: usize = piece.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let at = start + before + column.saturating_sub(1);
        Fault::syntax(Some(at), format!("not valid JSON: {message}"))
    })
}

/// The entries of one object, in order, with what is repeated.
struct RawEntries<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Deserialize<'a> for RawEntries<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'a> Visitor<'a> for EntriesVisitor {
    type Value = RawEntries<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<RawEntries<'a>, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            entries.push((key, map.next_value()?));
        }
        Ok(RawEntries(entries))
    }
}

//! The key of a task: a BLAKE3 over everything that its result may depend on, each part with a tag and its length, so
//! that no two different tasks have one key.
//!
//! The bytes that are hashed are frozen: another algorithm would make every result of every store useless without a
//! word. Where the parts come from is in `gather`.

use godwit_common::memo::{ContentDigest, MemoKey};
use godwit_common::task::Capture;

#[cfg(test)]
mod tests;

/// Names the algorithm. It goes up whenever other bytes are hashed for the same task.
const CONTEXT: &str = "godwit memo key 1";

/// Names the digest over the keys of several tasks.
const COMBINED_CONTEXT: &str = "godwit memo keys of several tasks 1";

/// Everything about a task that its result may depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// The name of the group.
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) element: Element,
    pub(crate) form: Form,
    /// The words of an argv or the one text of a shell; none for a word that is left out.
    pub(crate) words: Vec<Option<String>>,
    /// Files that words name, by name.
    pub(crate) files: Vec<(String, ContentDigest)>,
    pub(crate) stdin: Feed,
    /// Sorted by name.
    pub(crate) env: Vec<(String, String)>,
    pub(crate) inputs: Vec<(String, ContentDigest)>,
    pub(crate) outputs: Vec<String>,
    pub(crate) capture: Capture,
    /// The folder in which it starts, if it is not the workflow's.
    pub(crate) cwd: Option<String>,
    /// What stands for the tasks that it needs and of which it reads nothing; sorted.
    pub(crate) needs: Vec<[u8; 32]>,
}

/// What the environment tells a task of its place in an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Single,
    Index(u32),
    /// The index counts as well if the task mentions it.
    Item(String, Option<u32>),
    /// Name and value of each axis; the index counts as well if the task mentions it.
    Axes(Vec<(String, String)>, Option<u32>),
}

/// How the program is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Argv,
    Shell,
}

/// Standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Feed {
    Null,
    LeftOut,
    Text(String),
    File(String, ContentDigest),
}

impl Recipe {
    /// The key of every task that is made like this.
    pub(crate) fn key(&self) -> MemoKey {
        let mut out = Bytes(Vec::with_capacity(512));
        out.text(b'G', &self.group);
        out.text(b'V', &self.version);
        self.write_element(&mut out);
        out.number(
            b'C',
            match self.form {
                Form::Argv => 0,
                Form::Shell => 1,
            },
        );
        out.number(b'W', self.words.len() as u64);
        for word in &self.words {
            match word {
                Some(word) => out.text(b'w', word),
                None => out.text(b'-', ""),
            }
        }
        out.digests(b'F', &self.files);
        match &self.stdin {
            Feed::Null => out.text(b'0', ""),
            Feed::LeftOut => out.text(b'-', ""),
            Feed::Text(text) => out.text(b's', text),
            Feed::File(name, digest) => out.digests(b'S', &[(name.clone(), *digest)]),
        }
        out.pairs(b'E', &self.env);
        out.digests(b'I', &self.inputs);
        out.number(b'O', self.outputs.len() as u64);
        self.outputs.iter().for_each(|name| out.text(b'o', name));
        out.number(
            b'K',
            match self.capture {
                Capture::No => 0,
                Capture::Stdout => 1,
            },
        );
        out.number(b'D', u64::from(self.cwd.is_some()));
        self.cwd.iter().for_each(|name| out.text(b'd', name));
        out.number(b'N', self.needs.len() as u64);
        self.needs.iter().for_each(|digest| out.bytes(b'n', digest));
        MemoKey(blake3::derive_key(CONTEXT, &out.0))
    }

    fn write_element(&self, out: &mut Bytes) {
        let index = match &self.element {
            Element::Single => return out.number(b'1', 0),
            Element::Index(index) => return out.number(b'X', (*index).into()),
            Element::Item(item, index) => {
                out.text(b'T', item);
                index
            }
            Element::Axes(axes, index) => {
                out.pairs(b'A', axes);
                index
            }
        };
        match index {
            Some(index) => out.number(b'x', (*index).into()),
            None => out.text(b'-', ""),
        }
    }
}

/// One digest for the keys of several tasks, in order.
pub(crate) fn combined(keys: impl Iterator<Item = [u8; 32]>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(COMBINED_CONTEXT);
    for key in keys {
        hasher.update(&key);
    }
    hasher.finalize().into()
}

/// The digest of a captured value.
pub(crate) fn digest(text: &str) -> ContentDigest {
    ContentDigest(blake3::hash(text.as_bytes()).into())
}

/// What is hashed: fields of a tag, a length and so many bytes.
struct Bytes(Vec<u8>);

impl Bytes {
    fn bytes(&mut self, tag: u8, bytes: &[u8]) {
        self.0.push(tag);
        self.0.extend((bytes.len() as u64).to_le_bytes());
        self.0.extend(bytes);
    }

    fn text(&mut self, tag: u8, text: &str) {
        self.bytes(tag, text.as_bytes());
    }

    fn number(&mut self, tag: u8, number: u64) {
        self.bytes(tag, &number.to_le_bytes());
    }

    fn pairs(&mut self, tag: u8, pairs: &[(String, String)]) {
        self.number(tag, pairs.len() as u64);
        for (name, value) in pairs {
            self.text(b'k', name);
            self.text(b'v', value);
        }
    }

    fn digests(&mut self, tag: u8, files: &[(String, ContentDigest)]) {
        self.number(tag, files.len() as u64);
        for (name, digest) in files {
            self.text(b'f', name);
            self.bytes(b'h', &digest.0);
        }
    }
}

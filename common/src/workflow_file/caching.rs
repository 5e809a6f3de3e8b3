//! The keys of memoization: `cache` and what goes with it, and `capture`.

use super::error::Fault;
use super::node::{Node, Value};
use super::read;
use crate::nearest::hint;
use crate::reading::ignorable;
use crate::task::{Arguments, CachePolicy, Capture, TaskSpec};
use crate::workflow::Group;

/// The words of `cache_arguments`.
pub(super) const ARGUMENTS: &[(&str, Arguments)] =
    &[("content", Arguments::Content), ("text", Arguments::Text)];

/// The words of `capture`.
pub(super) const CAPTURES: &[(&str, Capture)] = &[("no", Capture::No), ("stdout", Capture::Stdout)];

/// `cache = "auto"`, `true` or `false`
pub(super) fn policy(node: &Node<'_>) -> Result<CachePolicy, Fault> {
    match &node.value {
        Value::Text(word) if word == "auto" => Ok(CachePolicy::Auto),
        Value::Bool(true) => Ok(CachePolicy::Always),
        Value::Bool(false) => Ok(CachePolicy::Never),
        _ => Err(node.unexpected("\"auto\", true or false")),
    }
}

/// `cache_ignore` as it was written.
#[derive(Clone, Default)]
pub(super) struct Ignored {
    /// Each with its place.
    written: Vec<(String, usize)>,
    origin: Origin,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Origin {
    /// Each entry has to be something of the task.
    #[default]
    Task,
    /// Each entry has to be something of some task.
    Defaults,
}

/// `cache_ignore = ["env.DATE", "stdin"]`
pub(super) fn ignored(node: &Node<'_>) -> Result<Ignored, Fault> {
    let expected = r#"a list of what the key leaves out such as ["env.DATE", "stdin"]"#;
    let written =
        read::each(node, expected, |element| read::text(element).map(|text| (text.to_owned(), element.at)))?;
    Ok(Ignored { written, origin: Origin::Task })
}

impl Ignored {
    /// It stands in `[defaults]`.
    pub(super) fn be_shared(&mut self) {
        self.origin = Origin::Defaults;
    }

    /// What of it is something of `task`: sorted, each once.
    pub(super) fn of(&self, task: &TaskSpec) -> Result<Vec<String>, Fault> {
        if self.written.is_empty() {
            return Ok(Vec::new());
        }
        let known = ignorable(task);
        let is_known = |(text, _): &&(String, usize)| known.binary_search(text).is_ok();
        let stranger = self.written.iter().position(|entry| !is_known(&entry));
        if let (Some(position), Origin::Task) = (stranger, self.origin) {
            let (text, at) = &self.written[position];
            return Err(unfit(position, text, *at, "the task has", &known));
        }
        let mut fitting: Vec<String> =
            self.written.iter().filter(is_known).map(|(text, _)| text.clone()).collect();
        fitting.sort_unstable();
        fitting.dedup();
        Ok(fitting)
    }

    /// Refuses what stands in `[defaults]` and is nothing of any task.
    pub(super) fn fit_some(&self, groups: &[Group]) -> Result<(), Fault> {
        if self.written.is_empty() {
            return Ok(());
        }
        let mut known: Vec<String> = groups.iter().flat_map(|group| ignorable(&group.task)).collect();
        known.sort_unstable();
        match self.written.iter().enumerate().find(|(_, (text, _))| known.binary_search(text).is_err()) {
            Some((position, (text, at))) => {
                Err(unfit(position, text, *at, "any task has", &known).at_key("defaults"))
            }
            None => Ok(()),
        }
    }
}

fn unfit(position: usize, text: &str, at: usize, whose: &str, known: &[String]) -> Fault {
    let fault = format!(
        "'{text}' is nothing that {whose}; it takes env.NAME, stdin, words of the command and paths of inputs, as they \
         are written{}",
        hint(text, known.iter().map(String::as_str))
    );
    Fault::somewhere(Some(at), fault).at_element(position).at_key("cache_ignore")
}

//! Which files count in the keys of a workflow's tasks: declared inputs and words of commands that are there before it
//! runs and that none of its tasks makes.

use super::outputs::Outputs;
use crate::errors::Error;
use godwit_common::limits::WORKFLOW_FILES_MAX;
use godwit_common::reading::{absolute, declared, words};
use godwit_common::shape::Shape;
use godwit_common::template::{Placeholder, Template, Values};
use godwit_common::workflow::{Group, Target, Workflow};
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// Paths that are looked at: each costs a look at the disk, and a hundred thousand a second is what a file system of a
/// cluster gives.
const LOOKS_MAX: usize = 5_000_000;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Candidates {
    /// Files and folders to be digested.
    pub(super) present: BTreeSet<String>,
    /// Declared inputs that are not here and that nobody will make, each with its task.
    pub(super) missing: Vec<(String, String)>,
}

/// Looks for the files of all tasks whose results are recorded under a key.
///
/// # Errors
/// If they are too many.
pub(super) fn candidates(workflow: &Workflow) -> Result<Candidates, Error> {
    let outputs = Outputs::new(workflow);
    let mut search = Search { outputs: &outputs, found: Candidates::default(), seen: HashSet::new() };
    for group in workflow.groups.iter().filter(|group| group.task.is_memoized()) {
        search.group(group)?;
    }
    Ok(search.found)
}

/// The text of a template for the task at `position`. What is only known when the task runs becomes [`UNKNOWN`].
pub(super) fn rendered(template: &Template, shape: &Shape, position: u32) -> String {
    let values = Values { shape, position, attempt: 0, workflow: 0, results: &[] };
    template.render_with(|placeholder, out| match placeholder {
        Placeholder::Attempt | Placeholder::Workflow | Placeholder::Result(_) => out.push(UNKNOWN),
        known => known.render(&values, out),
    })
}

/// Stands for what is not known: no path has this character.
pub(super) const UNKNOWN: char = '\0';

struct Search<'a> {
    outputs: &'a Outputs<'a>,
    found: Candidates,
    /// Everything that was looked at. A path is looked at once as an input and once as a word.
    seen: HashSet<(Kind, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// A file or folder that has to be there.
    Input,
    /// A word that may be anything; only a regular file counts.
    Word,
}

impl Search<'_> {
    fn group(&mut self, group: &Group) -> Result<(), Error> {
        let cwd = &group.task.cwd;
        for input in declared(&group.task) {
            for position in positions(group, &[cwd, input]) {
                let folder = rendered(cwd, &group.shape, position);
                let path = absolute(&folder, &rendered(input, &group.shape, position));
                self.look(group, Kind::Input, path)?;
            }
        }
        for word in words(&group.task) {
            for position in positions(group, &[cwd, word.template]) {
                let folder = rendered(cwd, &group.shape, position);
                let text = rendered(word.template, &group.shape, position);
                for path in word.paths_in(&text, &folder) {
                    self.look(group, Kind::Word, path)?;
                }
            }
        }
        Ok(())
    }

    fn look(&mut self, group: &Group, kind: Kind, path: String) -> Result<(), Error> {
        let seen = (kind, path);
        if seen.1.contains(UNKNOWN) {
            return Ok(());
        }
        if self.seen.contains(&seen) {
            return Ok(());
        }
        self.seen.insert(seen.clone());
        if self.seen.len() > LOOKS_MAX {
            return Err(too_many(
                group,
                &format!("name more than {LOOKS_MAX} paths and words that may be files"),
            ));
        }
        let (_, path) = seen;
        // Looked at first: most words are no files, and a look is cheaper than all outputs of an array.
        match (kind, Path::new(&path).metadata()) {
            (Kind::Word, Ok(metadata)) if !metadata.is_file() => return Ok(()),
            (Kind::Word, Err(_)) => return Ok(()),
            (_, Ok(_)) if !self.outputs.make(&path) => drop(self.found.present.insert(path)),
            (Kind::Input, Err(_)) if !self.outputs.make(&path) && !needs_earlier(group) => {
                self.found.missing.push((path, group.name.clone()));
            }
            _ => {}
        }
        if self.found.present.len() > WORKFLOW_FILES_MAX {
            return Err(too_many(group, &format!("read more than {WORKFLOW_FILES_MAX} files")));
        }
        Ok(())
    }
}

fn too_many(group: &Group, what: &str) -> Error {
    let name = &group.name;
    Error::usage(format!(
        "the task '{name}' and those before it {what}, which are too many to be digested; write cache = false, or \
         cache_arguments = \"text\" if words of commands need not count by the content of files"
    ))
}

/// The positions at which these templates together differ: one if none of them differs from task to task.
fn positions(group: &Group, templates: &[&Template]) -> std::ops::Range<u32> {
    let differs = |placeholder: &Placeholder| {
        matches!(placeholder, Placeholder::Index | Placeholder::Item | Placeholder::Axis(_))
    };
    let differ = templates.iter().any(|template| template.placeholders().any(differs));
    0..if differ { group.shape.len() } else { 1 }
}

/// Whether an earlier workflow may still make what is not there.
fn needs_earlier(group: &Group) -> bool {
    group.needs.iter().any(|need| matches!(need.on, Target::Earlier { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::ids::Token;
    use godwit_common::workflow_file::{Format, Source, parse};

    fn found(tasks: &str, files: &[&str]) -> (Vec<String>, Vec<String>) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_str().expect("UTF-8");
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, "x").expect("a file");
        }
        let source = Source { path: "w.toml", format: Format::Toml, folder: root };
        let workflow = parse(tasks, &source, &mut |_| Ok(String::new()), Token(1)).expect("a good file");
        let Candidates { present, missing } = candidates(&workflow).expect("few files");
        let short = |path: &String| path.strip_prefix(&format!("{root}/")).unwrap_or(path).to_owned();
        let missing = missing.iter().map(|(path, task)| format!("{} of {task}", short(path)));
        (present.iter().map(short).collect(), missing.collect())
    }

    fn check(tasks: &str, files: &[&str], present: &[&str], missing: &[&str]) {
        let (found, lost) = found(tasks, files);
        assert_eq!(
            (found.as_slice(), lost.as_slice()),
            (present.map_owned().as_slice(), missing.map_owned().as_slice()),
            "{tasks}"
        );
    }

    trait MapOwned {
        fn map_owned(&self) -> Vec<String>;
    }

    impl MapOwned for [&str] {
        fn map_owned(&self) -> Vec<String> {
            self.iter().map(|&text| text.to_owned()).collect()
        }
    }

    #[test]
    fn inputs_and_words_that_are_there_count() {
        check(
            "[[task]]\nname = 'a'\ncommand = ['./run', 'data', 'a.txt', 'b.txt']\ninputs = ['in.txt', 'data']\n\
             stdin_file = 'std'",
            &["run", "data/x", "a.txt", "in.txt", "std", "other"],
            &["a.txt", "data", "in.txt", "run", "std"],
            &[],
        );
    }

    #[test]
    fn what_is_not_memoized_or_only_text_does_not_count() {
        check("[[task]]\nname = 'a'\nshell = 'cat a.txt'", &["a.txt"], &[], &[]);
        check(
            "[[task]]\nname = 'a'\nshell = 'cat a.txt'\ninputs = ['a.txt']\ncache = false",
            &["a.txt"],
            &[],
            &[],
        );
        check("[[task]]\nname = 'a'\nshell = 'cat a.txt'\ncache = true", &["a.txt"], &["a.txt"], &[]);
        check(
            "[[task]]\nname = 'a'\nshell = 'cat a.txt'\ncache = true\ncache_arguments = 'text'",
            &["a.txt"],
            &[],
            &[],
        );
    }

    #[test]
    fn what_a_task_makes_does_not_count() {
        check(
            "[[task]]\nname = 'a'\nshell = 'make b.txt'\noutputs = ['b.txt', 'made']\n\
             [[task]]\nname = 'b'\nshell = 'cat b.txt made/x'\ninputs = ['b.txt', 'made/x', 'none.txt']\n",
            &["b.txt", "made/x"],
            &[],
            &["none.txt of b"],
        );
    }

    #[test]
    fn arrays_are_looked_at_task_by_task() {
        check(
            "[[task]]\nname = 'a'\nitems = ['p', 'q', 'r']\nshell = 'tool.sh {item}.csv {attempt}.csv'\n\
             inputs = ['{item}.csv']\n",
            &["tool.sh", "p.csv", "r.csv", "1.csv"],
            &["p.csv", "r.csv", "tool.sh"],
            &["q.csv of a"],
        );
    }

    #[test]
    fn what_an_earlier_workflow_may_make_is_not_missing() {
        check("[[task]]\nname = 'a'\nshell = 'a'\nneeds = ['7']\ninputs = ['x']", &[], &[], &[]);
    }
}

//! The files that tasks of a workflow make: whatever stands there before they have run says nothing.

use super::candidates::{UNKNOWN, rendered};
use godwit_common::reading::absolute;
use godwit_common::shape::Shape;
use godwit_common::template::Template;
use godwit_common::workflow::{Group, Workflow};
use std::cell::OnceCell;
use std::collections::HashSet;

/// Every declared output of a workflow.
pub(super) struct Outputs<'a> {
    /// Those that are the same for all tasks of a group.
    single: HashSet<String>,
    /// Those of arrays.
    arrays: Vec<Made<'a>>,
}

/// An output with placeholders.
struct Made<'a> {
    /// What all paths begin with.
    prefix: String,
    shape: &'a Shape,
    cwd: &'a Template,
    path: &'a Template,
    /// The paths, once somebody asks for one that begins alike.
    all: OnceCell<HashSet<String>>,
}

impl<'a> Outputs<'a> {
    pub(super) fn new(workflow: &'a Workflow) -> Outputs<'a> {
        let mut outputs = Outputs { single: HashSet::new(), arrays: Vec::new() };
        for group in &workflow.groups {
            group.task.outputs.iter().for_each(|path| outputs.add(group, path));
        }
        outputs
    }

    fn add(&mut self, group: &'a Group, path: &'a Template) {
        let cwd = &group.task.cwd;
        let unknown = |template: &Template| template.render_with(|_, out| out.push(UNKNOWN));
        let pattern = absolute(&unknown(cwd), &unknown(path));
        match pattern.split_once(UNKNOWN) {
            None => drop(self.single.insert(pattern)),
            Some((prefix, _)) => {
                let (prefix, all) = (prefix.to_owned(), OnceCell::new());
                self.arrays.push(Made { prefix, shape: &group.shape, cwd, path, all });
            }
        }
    }

    /// Whether a task makes the file at `path`, or a folder in which it is.
    pub(super) fn make(&self, path: &str) -> bool {
        let made = |path: &str| self.single.contains(path) || self.arrays.iter().any(|made| made.has(path));
        let folders = path.match_indices('/').skip(1).map(|(end, _)| &path[..end]);
        folders.chain([path]).any(made)
    }
}

impl Made<'_> {
    fn has(&self, path: &str) -> bool {
        path.starts_with(&self.prefix) && self.all.get_or_init(|| self.paths()).contains(path)
    }

    fn paths(&self) -> HashSet<String> {
        let path = |position| {
            absolute(&rendered(self.cwd, self.shape, position), &rendered(self.path, self.shape, position))
        };
        (0..self.shape.len()).map(path).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::ids::Token;
    use godwit_common::workflow_file::{Format, Source, parse};

    #[test]
    fn what_is_made_is_known_by_its_path_or_its_folder() {
        let text = "[[task]]\nname = 'a'\nshell = 'a'\noutputs = ['./one.txt', 'folder']\n\
                    [[task]]\nname = 'b'\nshell = 'b'\narray = '5-7'\noutputs = ['b.{index}', 'x/{index}/y']\n\
                    [[task]]\nname = 'c'\nshell = 'c'\nitems = ['p', 'q']\ncwd = '{item}'\noutputs = ['c.txt']\n";
        let source = Source { path: "w.toml", format: Format::Toml, folder: "/w" };
        let workflow = parse(text, &source, &mut |_| Ok(String::new()), Token(1)).expect("a good file");
        let outputs = Outputs::new(&workflow);
        for (path, expected) in [
            ("/w/one.txt", true),
            ("/w/one.txt.old", false),
            ("/w/folder", true),
            ("/w/folder/x/y", true),
            ("/w/folders", false),
            ("/w/b.5", true),
            ("/w/b.4", false),
            ("/w/x/7/y/z", true),
            ("/w/x/7", false),
            ("/w/q/c.txt", true),
            ("/w/c.txt", false),
            ("/other", false),
        ] {
            assert_eq!(outputs.make(path), expected, "{path}");
        }
    }
}

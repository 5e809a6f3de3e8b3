//! The files that a task may read, as they are before it starts and after it has ended: what its result is good for
//! depends on their not having changed in between.

use crate::limits::{READ_BYTES_MAX, READ_MAX};
use godwit_common::memo::Stamp;
use godwit_common::reading::{absolute, declared, words};
use godwit_common::task::TaskSpec;
use godwit_common::template::Values;
use godwit_files::stamp;
use std::collections::BTreeSet;
use std::path::Path;

/// Where to look, in absolute paths.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// Files and folders that were declared.
    declared: Vec<String>,
    /// What words of the command may name; those count that are regular files.
    named: Vec<String>,
    /// A name that is not looked at because there are too many.
    surplus: Option<String>,
}

/// What was there, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) files: Vec<(String, Stamp)>,
    /// A file that is not watched because there are too many, and so may change unseen.
    surplus: Option<String>,
}

impl Reading {
    /// What a task in `folder` may read. Nobody wants to know it of one whose result never serves again.
    pub(crate) fn new(task: &TaskSpec, values: &Values<'_>, folder: &str) -> Reading {
        if !task.is_memoized() {
            return Reading::default();
        }
        let at = |path: &str| absolute(folder, path);
        let outputs: BTreeSet<String> = task.outputs.iter().map(|path| at(&path.render(values))).collect();
        let named = words(task).into_iter().flat_map(|word| word.paths(values, folder));
        let mut named: Vec<String> = named.filter(|path| !outputs.contains(path)).collect();
        named.sort_unstable();
        named.dedup();
        let surplus = named.get(READ_MAX).cloned();
        named.truncate(READ_MAX);
        let declared = declared(task).into_iter().map(|path| at(&path.render(values))).collect();
        Reading { declared, named, surplus }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.declared.is_empty() && self.named.is_empty()
    }

    /// What is there now. It blocks.
    pub(crate) fn look(&self) -> Read {
        let is_file = |path: &&String| Path::new(path).metadata().is_ok_and(|found| found.is_file());
        let named = self.named.iter().filter(is_file);
        let mut paths: Vec<&String> = self.declared.iter().chain(named).collect();
        paths.sort_unstable();
        paths.dedup();
        let mut read = Read { files: Vec::new(), surplus: self.surplus.clone() };
        let mut bytes = 0;
        for path in paths {
            bytes += path.len();
            if read.files.len() >= READ_MAX || bytes > READ_BYTES_MAX {
                read.surplus = Some(path.clone());
                break;
            }
            // What is not there, or no file, is for the task to find out.
            read.files.extend(stamp(Path::new(path)).ok().map(|stamp| (path.clone(), stamp)));
        }
        read
    }
}

impl Read {
    /// A file that is not what it was, or that nobody watched. It blocks.
    pub(crate) fn disturbed(&self) -> Option<String> {
        let changed = |(path, before): &&(String, Stamp)| stamp(Path::new(path)).ok() != Some(*before);
        let changed = self.files.iter().find(changed).map(|(path, _)| path.clone());
        changed.or_else(|| self.surplus.clone())
    }
}

//! A history that tasks write themselves: each appends a line at its start and one at its end, in one write, so that
//! what happened does not depend on what Godwit says happened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file that tasks append to.
#[derive(Clone, Debug)]
pub struct History {
    file: PathBuf,
}

impl History {
    /// A history in `folder`.
    pub fn new(folder: &Path) -> History {
        History { file: folder.join("history") }
    }

    /// Shell text that does `work` between a start line and an end line. The placeholders are Godwit's.
    pub fn task(&self, work: &str) -> String {
        let file = self.file.display();
        format!("echo start $GODWIT_TASK >> {file}; {work} && echo end $GODWIT_TASK >> {file}")
    }

    /// How often each task wrote a line that begins with `word`.
    pub fn count(&self, word: &str) -> BTreeMap<String, u32> {
        let text = std::fs::read_to_string(&self.file).unwrap_or_default();
        let mut counts = BTreeMap::new();
        for task in text.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' ')) {
            *counts.entry(task.to_owned()).or_default() += 1;
        }
        counts
    }

    /// Number of start lines.
    pub fn starts(&self) -> usize {
        self.count("start").values().map(|count| *count as usize).sum()
    }

    /// Number of end lines.
    pub fn ends(&self) -> usize {
        self.count("end").values().map(|count| *count as usize).sum()
    }
}

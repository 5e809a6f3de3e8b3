//! Digests of the files that a workflow reads, made before it is submitted.

use super::candidates::{Candidates, candidates};
use crate::console::is_watched;
use crate::errors::Error;
use crate::render::{Count, Plural};
use godwit_common::memo::FileDigest;
use godwit_common::size::Size;
use godwit_common::workflow::Workflow;
use godwit_files::{Digester, Fault, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// Nobody needs to be told of what takes shorter than this.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often what is shown is brought up to date.
const TICK: Duration = Duration::from_millis(200);

/// Files that a warning names.
const NAMED_MAX: usize = 3;

/// A workflow with the contents of the files that it reads.
#[derive(Debug)]
pub(in crate::commands) struct Digested {
    pub(in crate::commands) workflow: Workflow,
    /// What the user should know about files that could not be digested.
    pub(in crate::commands) warnings: Vec<String>,
}

/// Digests what the tasks of `workflow` read, and remembers the digests in the folder `cache` for the next time.
///
/// # Errors
/// If there are too many files.
pub(in crate::commands) async fn digested(workflow: Workflow, cache: PathBuf) -> Result<Digested, Error> {
    let seen = Arc::new(Seen::default());
    let told = Arc::clone(&seen);
    let mut work = tokio::task::spawn_blocking(move || digest(workflow, &cache, &told));
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut display: Option<ProgressBar> = None;
    let began = tokio::time::Instant::now();
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            _ = ticks.tick() => {
                if is_watched() && began.elapsed() >= PATIENCE {
                    display.get_or_insert_with(spinner).set_message(seen.words());
                }
            }
        }
    };
    if let Some(display) = display {
        display.finish_and_clear();
    }
    result.unwrap_or_else(|_| Err(Error::infrastructure("reading the files of the workflow broke down")))
}

fn spinner() -> ProgressBar {
    let drawn = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    drawn.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
    drawn
}

/// How far it is, for the thread that shows it.
#[derive(Debug, Default)]
struct Seen {
    files: AtomicU64,
    done: AtomicU64,
    bytes: AtomicU64,
}

impl Seen {
    fn observe(&self, progress: Progress) {
        self.done.store(progress.files, Ordering::Relaxed);
        self.bytes.store(progress.bytes, Ordering::Relaxed);
    }

    fn words(&self) -> String {
        let files = self.files.load(Ordering::Relaxed);
        if files == 0 {
            return "looking for the files that the workflow reads".to_owned();
        }
        let done = Count(self.done.load(Ordering::Relaxed));
        let bytes = Size(self.bytes.load(Ordering::Relaxed));
        format!("reading the files of the workflow: {done} of {}, {bytes}", Plural(files, "file"))
    }
}

fn digest(mut workflow: Workflow, cache: &std::path::Path, seen: &Seen) -> Result<Digested, Error> {
    let Candidates { present, missing } = candidates(&workflow)?;
    let mut warnings = Vec::new();
    warnings.extend(missing_warning(&missing));
    if present.is_empty() {
        return Ok(Digested { workflow, warnings });
    }
    let paths: Vec<String> = present.into_iter().collect();
    seen.files.store(paths.len() as u64, Ordering::Relaxed);
    let digester = Digester::open(Some(cache));
    let results = digester.digest_all(&paths, &|progress| seen.observe(progress));
    let mut faults = Vec::new();
    for (path, result) in paths.into_iter().zip(results) {
        match result {
            Ok(found) => {
                let file = FileDigest { path, digest: found.digest, stamp: found.stamp };
                workflow.files.push(file);
            }
            Err(fault) => faults.push(fault),
        }
    }
    warnings.extend(fault_warning(&faults));
    Ok(Digested { workflow, warnings })
}

/// It may be there where the tasks run, so it is no reason to refuse.
fn missing_warning(missing: &[(String, String)]) -> Option<String> {
    let named = missing.iter().take(NAMED_MAX).map(|(path, task)| format!("{path} of '{task}'"));
    Some(format!(
        "{} not here, and no task makes {}, so that results of the tasks that read {} cannot be reused: {}",
        if missing.len() == 1 {
            "1 declared input is".to_owned()
        } else {
            format!("{} declared inputs are", Count(missing.len() as u64))
        },
        it(missing.len()),
        it(missing.len()),
        list(named, missing.len())?
    ))
}

fn fault_warning(faults: &[Fault]) -> Option<String> {
    let named = faults.iter().take(NAMED_MAX).map(Fault::to_string);
    Some(format!("results of tasks that read it cannot be reused: {}", list(named, faults.len())?))
}

fn it(count: usize) -> &'static str {
    if count == 1 { "it" } else { "them" }
}

fn list(named: impl Iterator<Item = String>, count: usize) -> Option<String> {
    let mut named: Vec<String> = named.collect();
    if named.is_empty() {
        return None;
    }
    if count > named.len() {
        named.push(format!("and {} more", Count((count - named.len()) as u64)));
    }
    Some(named.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::ids::Token;
    use godwit_common::workflow_file::{Format, Source, parse};

    #[tokio::test]
    async fn files_come_sorted_with_the_digests_of_their_contents() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("b.txt", "same"), ("a.txt", "same"), ("c.txt", "other")] {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        let text = "[[task]]\nname = 'x'\nshell = 'cat b.txt c.txt'\ninputs = ['a.txt', 'no.txt']\n";
        let root = folder.path().to_str().expect("UTF-8");
        let source = Source { path: "w.toml", format: Format::Toml, folder: root };
        let workflow = parse(text, &source, &mut |_| Ok(String::new()), Token(1)).expect("a good file");
        let Digested { workflow, warnings } =
            digested(workflow, folder.path().join("cache")).await.expect("few files");
        workflow.validate().expect("valid");
        let names: Vec<&str> =
            workflow.files.iter().filter_map(|file| file.path.rsplit('/').next()).collect();
        assert_eq!(names, ["a.txt", "b.txt", "c.txt"]);
        assert_eq!(workflow.files[0].digest, workflow.files[1].digest);
        assert_ne!(workflow.files[0].digest, workflow.files[2].digest);
        assert_eq!(
            warnings,
            [format!(
                "1 declared input is not here, and no task makes it, so that results of the tasks that read it cannot \
                 be reused: {root}/no.txt of 'x'"
            )]
        );
    }

    #[test]
    fn long_lists_are_cut() {
        let missing: Vec<(String, String)> =
            (0..5).map(|number| (format!("/{number}"), "a".to_owned())).collect();
        let warning = missing_warning(&missing).expect("a warning");
        assert!(warning.starts_with("5 declared inputs are not here, and no task makes them"), "{warning}");
        assert!(warning.ends_with("/0 of 'a'; /1 of 'a'; /2 of 'a'; and 2 more"), "{warning}");
        assert_eq!(missing_warning(&[]), None);
    }
}

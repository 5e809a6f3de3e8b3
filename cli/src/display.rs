//! Shows how a workflow goes on: drawn on a terminal, written line by line into a log, or not at all.
//!
//! What it looks like is `render`'s business; this decides when something is shown.

use crate::clock;
use crate::console::{Look, error_look, is_watched, say, say_line};
use crate::render::{Progress, Rate, bar, line};
use godwit_common::message::view::WorkflowView;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// A log gets a line at most this often, and less often the longer it takes.
const LINE_INTERVAL_MIN: Duration = Duration::from_secs(5);

/// A log gets a line at least this often while something changes.
const LINE_INTERVAL_MAX: Duration = Duration::from_secs(60);

/// Failures that are told as they happen; the summary tells as many.
const FAILURES_MAX: usize = 16;

/// Warnings that are told; each is told once.
const WARNINGS_MAX: usize = 64;

/// Whether progress is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Show {
    /// As fits to where standard error goes.
    Progress,
    /// Only what a user has to know.
    Notices,
    /// Nothing.
    Nothing,
}

/// The display of one workflow.
#[derive(Debug)]
pub(crate) struct Display {
    kind: Kind,
    began: Instant,
    rate: Rate,
    view: Option<WorkflowView>,
    note: Option<String>,
    told: BTreeSet<String>,
    warnings: Warnings,
}

/// Whether the coordinator's warnings are news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Warnings {
    Told,
    /// They are what the user has just asked for.
    Kept,
}

#[derive(Debug)]
enum Kind {
    Bar(ProgressBar, Look),
    Lines { last: Option<(Instant, u64)> },
    Notices,
    Nothing,
}

impl Display {
    pub(crate) fn new(show: Show) -> Display {
        let kind = match show {
            Show::Progress if is_watched() => Kind::Bar(new_bar(), error_look()),
            Show::Progress => Kind::Lines { last: None },
            Show::Notices => Kind::Notices,
            Show::Nothing => Kind::Nothing,
        };
        Display {
            kind,
            began: Instant::now(),
            rate: Rate::default(),
            view: None,
            note: None,
            told: BTreeSet::new(),
            warnings: Warnings::Told,
        }
    }

    /// Since the display began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The newest view, if one has come.
    pub(crate) fn view(&self) -> Option<&WorkflowView> {
        self.view.as_ref()
    }

    /// The newest view, at the end.
    pub(crate) fn into_view(self) -> Option<WorkflowView> {
        self.view
    }

    /// The workflow is like this now.
    pub(crate) fn update(&mut self, view: WorkflowView) {
        let counts = view.counts;
        let ended = counts.succeeded + counts.failed + counts.cancelled + counts.skipped;
        self.rate.observe(self.elapsed(), ended);
        self.tell_news(&view);
        self.view = Some(view);
        self.tick();
    }

    /// Some time has passed.
    pub(crate) fn tick(&mut self) {
        let Some(view) = &self.view else { return };
        let progress = Progress {
            view,
            rate: &self.rate,
            elapsed: self.began.elapsed(),
            now: clock::now(),
            note: self.note.as_deref(),
        };
        match &mut self.kind {
            Kind::Bar(drawn, look) => drawn.set_message(bar(&progress, *look)),
            Kind::Lines { last } if is_due(*last, &progress) => {
                say_line(&line(&progress));
                *last = Some((Instant::now(), stamp(view)));
            }
            Kind::Lines { .. } | Kind::Notices | Kind::Nothing => {}
        }
    }

    /// A sentence for the user, at once.
    pub(crate) fn say(&self, sentence: &str) {
        match &self.kind {
            Kind::Bar(drawn, _) => drawn.suspend(|| say(sentence)),
            Kind::Lines { .. } | Kind::Notices => say(sentence),
            Kind::Nothing => {}
        }
    }

    /// As [`say`](Self::say); on a terminal it stays in sight.
    pub(crate) fn note(&mut self, sentence: &str) {
        if let Kind::Bar(..) = self.kind {
            self.note = Some(sentence.to_owned());
            self.tick();
        } else {
            self.say(sentence);
        }
    }

    /// From now on the coordinator's warnings are what the user has asked for.
    pub(crate) fn keep_warnings(&mut self) {
        self.warnings = Warnings::Kept;
    }

    /// Takes what was drawn away, so that others can print.
    pub(crate) fn clear(&self) {
        if let Kind::Bar(drawn, _) = &self.kind {
            drawn.finish_and_clear();
        }
    }

    /// Tells new warnings and new failures, each once.
    fn tell_news(&mut self, view: &WorkflowView) {
        let warnings = if self.warnings == Warnings::Told { view.warnings.as_slice() } else { &[] };
        for warning in warnings.iter().take(WARNINGS_MAX) {
            if self.told.len() < WARNINGS_MAX + FAILURES_MAX && self.told.insert(warning.clone()) {
                self.say(&format!("warning: {warning}"));
            }
        }
        if matches!(self.kind, Kind::Notices) {
            return;
        }
        for task in view.failures.iter().take(FAILURES_MAX) {
            if self.told.insert(format!("failed {}", task.task)) {
                let reason = task.error.as_deref().unwrap_or("failed");
                self.say(&format!("{} failed: {reason}", task.task));
            }
        }
    }
}

fn new_bar() -> ProgressBar {
    // Standard error is a terminal here, and the message brings its own colours and lines.
    let drawn = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    drawn.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
    drawn
}

/// Changes whenever something worth a line has changed.
fn stamp(view: &WorkflowView) -> u64 {
    let counts = view.counts;
    counts.succeeded + counts.failed + counts.cancelled + counts.skipped + counts.running
}

fn is_due(last: Option<(Instant, u64)>, progress: &Progress<'_>) -> bool {
    let Some((at, stamped)) = last else { return true };
    let interval = (progress.elapsed / 20).clamp(LINE_INTERVAL_MIN, LINE_INTERVAL_MAX);
    at.elapsed() >= interval && stamped != stamp(progress.view)
}

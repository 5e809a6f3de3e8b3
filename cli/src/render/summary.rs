//! What is said when a workflow has ended, or when we stop looking at it.

use super::paint::{State, Tone};
use super::saved;
use super::table::one_line;
use super::tasks::{stderr_tail, time};
use super::units::{Count, Plural, Span};
use super::workflows::CountsExt;
use crate::console::Look;
use godwit_common::message::view::{TaskView, WorkflowState, WorkflowView};
use godwit_common::time::Time;
use std::fmt::Write;
use std::time::Duration;

/// Lines of standard error that are shown of each failed task.
const STDERR_LINES_MAX: usize = 8;

/// What a user can do next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Again<'a> {
    /// The workflow belongs to `godwit run FILE`.
    Run {
        /// The file, and what else has to be said to find the state of the run again, as a shell wants it.
        file: &'a str,
    },
    /// The workflow belongs to a coordinator.
    Submitted,
}

/// The end of a workflow, and of each task that failed.
pub(crate) fn summary(view: &WorkflowView, elapsed: Duration, again: Again<'_>, look: Look) -> String {
    let mut out = headline(view, elapsed, look);
    for task in &view.failures {
        out.push_str(&failure(task, look));
    }
    let hidden = view.counts.failed.saturating_sub(view.failures.len() as u64);
    if hidden > 0 {
        let _ = writeln!(out, "\n  … and {} more failed", Count(hidden));
    }
    if let Some(words) = saved::at_the_end(view) {
        let _ = writeln!(out, "{}", look.paint(Tone::Warning, &words));
    }
    out.push_str(&advice(view, again));
    out
}

fn headline(view: &WorkflowView, elapsed: Duration, look: Look) -> String {
    let name = look.paint(Tone::Strong, &one_line(&view.name));
    let state = match view.state {
        WorkflowState::Open | WorkflowState::Running => look.paint(Tone::Warning, "has not ended"),
        ended => look.paint(ended.tone(), ended.word()),
    };
    let after = Span(elapsed);
    if view.state == WorkflowState::Succeeded {
        let mut out = format!("{name} {state}: {} in {after}", Plural(view.counts.total(), "task"));
        if view.reused > 0 {
            let _ = write!(out, ", {} reused", Count(view.reused));
        }
        return out + "\n";
    }
    let reused = if view.reused > 0 { format!(", {} reused", Count(view.reused)) } else { String::new() };
    format!("{name} {state} after {after}: {}{reused}\n", view.counts.words())
}

fn failure(task: &TaskView, look: Look) -> String {
    let name = look.paint(Tone::Strong, &one_line(&task.task));
    let reason = look.paint(Tone::Bad, &one_line(task.error.as_deref().unwrap_or("failed")));
    let mut facts = Vec::new();
    if task.attempts > 1 {
        facts.push(format!("{} tries", task.attempts));
    }
    let ran = time(task, Time::default());
    if !ran.is_empty() {
        facts.push(ran);
    }
    facts.extend(task.worker.map(|worker| format!("on {worker}")));
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
    let tail = stderr_tail(task.stderr_tail.as_deref().unwrap_or_default(), STDERR_LINES_MAX, look);
    format!("\n  {name}: {reason}{facts}\n{tail}")
}

fn advice(view: &WorkflowView, again: Again<'_>) -> String {
    let number = view.workflow;
    match (again, view.state, view.failures.first()) {
        (_, WorkflowState::Succeeded, _) => String::new(),
        (Again::Run { file }, WorkflowState::Open | WorkflowState::Running, _) => {
            format!("To go on where it stopped: godwit run {file}\n")
        }
        (Again::Run { file }, _, failed) => {
            let more = failed.map(|task| {
                let task = one_line(&task.task);
                format!("For more: godwit logs --run {file} '{number}/{task}', or explain instead of logs\n")
            });
            let more = more.unwrap_or_default();
            format!("\n{more}To run again what did not succeed, and only that: godwit run {file}\n")
        }
        (Again::Submitted, WorkflowState::Failed, Some(task)) => format!(
            "\nFor more: godwit explain '{number}/{task}' or godwit logs '{number}/{task}'\n\
             To run again what did not succeed, and only that: godwit retry {number}\n",
            task = one_line(&task.task)
        ),
        (Again::Submitted, WorkflowState::Failed | WorkflowState::Cancelled, _) => {
            format!("\nTo run again what did not succeed, and only that: godwit retry {number}\n")
        }
        (Again::Submitted, ..) => format!("To see how it goes on: godwit wait --progress {number}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{LOOK, half_done};
    use super::*;
    use godwit_common::checkpoint::CheckpointMode;
    use godwit_common::message::view::Counts;

    const RUN: Again<'_> = Again::Run { file: "workflow.toml" };
    const ELAPSED: Duration = Duration::from_millis(185_000);

    fn failed() -> WorkflowView {
        let counts = Counts { succeeded: 995, failed: 4, skipped: 1, ..Counts::default() };
        WorkflowView { state: WorkflowState::Failed, counts, ..half_done() }
    }

    #[test]
    fn success() {
        let counts = Counts { succeeded: 1000, ..Counts::default() };
        let view = WorkflowView {
            state: WorkflowState::Succeeded,
            counts,
            failures: vec![],
            reused: 40,
            ..half_done()
        };
        assert_eq!(
            summary(&view, ELAPSED, RUN, LOOK),
            "variant-calling succeeded: 1,000 tasks in 3m 05s, 40 reused\n"
        );
    }

    #[test]
    fn what_is_not_saved_is_told() {
        let counts = Counts { succeeded: 1000, ..Counts::default() };
        let (state, checkpoint) = (WorkflowState::Succeeded, CheckpointMode::Manual);
        let view = WorkflowView { state, counts, failures: vec![], checkpoint, unsaved: 12, ..half_done() };
        assert_eq!(
            summary(&view, ELAPSED, RUN, LOOK),
            "variant-calling succeeded: 1,000 tasks in 3m 05s\n\
             12 outcomes are not saved yet (checkpoint mode manual)\n"
        );
    }

    #[test]
    fn failure_of_a_run() {
        insta::assert_snapshot!(summary(&failed(), ELAPSED, RUN, LOOK));
    }

    #[test]
    fn failure_of_a_submission() {
        insta::assert_snapshot!(summary(&failed(), ELAPSED, Again::Submitted, LOOK));
    }

    #[test]
    fn interruption() {
        let view = WorkflowView { failures: vec![], ..half_done() };
        insta::assert_snapshot!(summary(&view, ELAPSED, RUN, LOOK));
    }
}

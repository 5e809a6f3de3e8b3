//! Why a task is where it is, and what happened to it so far.

use super::paint::{State, Tone};
use super::table::{Cell, Table, one_line};
use super::tasks::stderr_tail;
use super::units::Span;
use crate::console::Look;
use godwit_common::message::view::{AttemptEnd, AttemptView, Explanation};
use godwit_common::size::Size;
use godwit_common::time::Time;
use std::fmt::Write;
use std::time::Duration;

/// Lines of standard error that are worth showing at once.
const STDERR_LINES_MAX: usize = 20;

/// The text of `godwit explain`.
pub(crate) fn explanation(explanation: &Explanation, now: Time, look: Look) -> String {
    let name = look.paint(Tone::Strong, &one_line(&explanation.name));
    let task = &explanation.task;
    let mut out = format!("{name}: {}", look.paint(task.state.tone(), task.state.word()));
    if let Some(worker) = task.worker {
        let _ = write!(out, " on {worker}");
    }
    let time = super::tasks::time(task, now);
    if !time.is_empty() {
        let _ = write!(out, ", {time}");
    }
    if let Some(origin) = &task.reused {
        let _ = write!(out, ", reused from {}", one_line(origin));
    }
    out.push('\n');
    for reason in &explanation.reasons {
        let _ = writeln!(out, "  {}", one_line(reason));
    }
    let history = history(&explanation.history, look);
    if !history.is_empty() {
        let _ = write!(out, "\n{}\n{history}", look.paint(Tone::Strong, "Attempts"));
    }
    let tail = stderr_tail(task.stderr_tail.as_deref().unwrap_or_default(), STDERR_LINES_MAX, look);
    if !tail.is_empty() {
        let _ = write!(out, "\n{}\n{tail}", look.paint(Tone::Strong, "The end of its standard error"));
    }
    out
}

fn history(attempts: &[AttemptView], look: Look) -> String {
    let mut table = Table::new()
        .number("TRY")
        .text("WORKER")
        .number("TIME")
        .number("CPU")
        .number("MEMORY")
        .long_text("END");
    for attempt in attempts {
        table.row([
            attempt.attempt.into(),
            (&attempt.worker).into(),
            duration(attempt.wall),
            duration(attempt.cpu),
            memory(attempt.memory_max),
            ending(attempt),
        ]);
    }
    table.render(look)
}

/// Zero is what could not be measured: nothing runs without memory.
fn memory(bytes: Option<u64>) -> Cell {
    bytes.filter(|bytes| *bytes > 0).map(|bytes| Size(bytes).to_string()).unwrap_or_default().into()
}

fn duration(time: Option<Duration>) -> Cell {
    time.map(|time| Span(time).to_string()).unwrap_or_default().into()
}

fn ending(attempt: &AttemptView) -> Cell {
    match attempt.end {
        AttemptEnd::Succeeded => Cell::from("succeeded").tone(Tone::Good),
        AttemptEnd::Failed => Cell::from(attempt.error.as_deref().unwrap_or("failed")).tone(Tone::Bad),
        AttemptEnd::Stopped => Cell::from("stopped").tone(Tone::Warning),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{LOOK, NOW, failed_task, history, reused_task};
    use super::*;

    #[test]
    fn a_failed_task() {
        let explanation = Explanation {
            name: "7/align[12]".to_owned(),
            task: failed_task("align[12]", "exit code 1"),
            reasons: vec![
                "it failed with exit code 1 and has no retries left".to_owned(),
                "1 earlier attempt ended because its worker w1 was lost".to_owned(),
            ],
            history: history(),
        };
        insta::assert_snapshot!(explanation_text(&explanation));
    }

    #[test]
    fn a_task_that_did_not_run_says_whose_result_it_has() {
        let task = reused_task("align[12]", "3/align[12]");
        let value = Explanation { name: "7/align[12]".to_owned(), task, reasons: vec![], history: vec![] };
        assert_eq!(explanation_text(&value), "7/align[12]: succeeded, reused from 3/align[12]\n");
    }

    #[test]
    fn memory_that_was_not_measured_is_not_told() {
        let mut history = history();
        history.iter_mut().for_each(|attempt| attempt.memory_max = Some(0));
        let task = failed_task("align[12]", "exit code 1");
        let value = Explanation { name: "7/align[12]".to_owned(), task, reasons: vec![], history };
        let text = explanation_text(&value);
        assert!(text.contains("MEMORY") && !text.contains("0 B"), "{text}");
    }

    fn explanation_text(value: &Explanation) -> String {
        explanation(value, NOW, LOOK)
    }
}

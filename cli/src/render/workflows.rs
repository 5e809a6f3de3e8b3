//! Workflows: the list of them, and all about one.

use super::paint::{State, Tone};
use super::saved;
use super::table::{Cell, Table, one_line};
use super::tasks;
use super::units::{Ago, Count, Plural, Span};
use crate::console::Look;
use godwit_common::message::view::{Counts, GroupView, WorkflowView};
use godwit_common::time::Time;
use std::fmt::Write;

/// Counts that people ask for, which are sums.
pub(super) trait CountsExt {
    /// All tasks.
    fn total(&self) -> u64;
    /// Tasks that have ended.
    fn ended(&self) -> u64;
    /// `8 running, 120 ready`, without what is zero, most interesting first.
    fn words(&self) -> String;
}

impl CountsExt for Counts {
    fn total(&self) -> u64 {
        self.ended() + self.waiting + self.ready + self.running
    }

    fn ended(&self) -> u64 {
        self.succeeded + self.failed + self.cancelled + self.skipped
    }

    fn words(&self) -> String {
        let parts = [
            (self.succeeded, "succeeded"),
            (self.failed, "failed"),
            (self.cancelled, "cancelled"),
            (self.skipped, "skipped"),
            (self.running, "running"),
            (self.ready, "ready"),
            (self.waiting, "waiting"),
        ];
        let some = parts.into_iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> = some.map(|(count, word)| format!("{} {word}", Count(count))).collect();
        if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
    }
}

/// The table of `godwit list`.
pub(crate) fn workflows(views: &[WorkflowView], now: Time, look: Look) -> String {
    let mut table = Table::new()
        .number("ID")
        .long_text("NAME")
        .text("STATE")
        .number("TASKS")
        .number("DONE")
        .number("REUSED")
        .if_any()
        .number("RUNNING")
        .number("FAILED")
        .number("UNSAVED")
        .if_any()
        .text("SUBMITTED");
    for view in views {
        let Counts { succeeded, running, failed, .. } = view.counts;
        table.row([
            view.workflow.into(),
            view.name.as_str().into(),
            Cell::from(view.state.word()).tone(view.state.tone()),
            Count(view.counts.total()).into(),
            count(succeeded, Tone::Good),
            some(view.reused),
            count(running, Tone::Active),
            count(failed, Tone::Bad),
            some(if saved::in_short(view).is_some() { view.unsaved } else { 0 }),
            Ago { at: view.submitted, now }.into(),
        ]);
    }
    table.render(look)
}

/// All about one workflow.
pub(crate) fn workflow(view: &WorkflowView, now: Time, look: Look) -> String {
    let mut out = heading(view, now, look);
    for warning in &view.warnings {
        let _ = writeln!(out, "  {} {}", look.paint(Tone::Warning, "warning:"), one_line(warning));
    }
    section(&mut out, "", &groups(&view.groups, look), look);
    section(&mut out, "Running", &tasks::running(&view.running, now, look), look);
    section(&mut out, "Failed", &tasks::failed(&view.failures, look), look);
    if let Some(first) = view.failures.first() {
        let name = format!("{}/{}", view.workflow, first.task);
        let _ = writeln!(out, "\nFor more: godwit explain '{name}'");
    }
    out
}

fn heading(view: &WorkflowView, now: Time, look: Look) -> String {
    let name = look.paint(Tone::Strong, &one_line(&view.name));
    let state = look.paint(view.state.tone(), view.state.word());
    let mut out = format!("{name} (workflow {}): {state}\n", view.workflow);
    let total = Plural(view.counts.total(), "task");
    let _ = writeln!(out, "  {total}: {}", view.counts.words());
    let attempts = Plural(view.attempts, "process").to_string().replace("processs", "processes");
    let _ = write!(out, "  {attempts} started");
    if view.reused > 0 {
        let _ = write!(out, ", {} reused", Plural(view.reused, "result"));
    }
    let _ = write!(out, "; submitted {}", Ago { at: view.submitted, now });
    if let Some(ended) = view.ended {
        let _ = write!(out, ", ended after {}", Span(ended.since(view.submitted)));
    }
    out.push('\n');
    if let Some(checkpoint) = saved::checkpoint(view) {
        let _ = writeln!(out, "  {checkpoint}");
    }
    out
}

fn section(out: &mut String, title: &str, body: &str, look: Look) {
    if body.is_empty() {
        return;
    }
    out.push('\n');
    if !title.is_empty() {
        let _ = writeln!(out, "{}", look.paint(Tone::Strong, title));
    }
    out.push_str(body);
}

fn groups(views: &[GroupView], look: Look) -> String {
    let mut table = Table::new()
        .long_text("GROUP")
        .number("TASKS")
        .number("WAITING")
        .number("READY")
        .number("RUNNING")
        .number("DONE")
        .number("FAILED")
        .number("LEFT OUT");
    for GroupView { name, counts } in views {
        table.row([
            name.as_str().into(),
            Count(counts.total()).into(),
            count(counts.waiting, Tone::Plain),
            count(counts.ready, Tone::Plain),
            count(counts.running, Tone::Active),
            count(counts.succeeded, Tone::Good),
            count(counts.failed, Tone::Bad),
            count(counts.cancelled + counts.skipped, Tone::Warning),
        ]);
    }
    table.render(look)
}

/// A number that steps back when it is zero.
fn count(number: u64, tone: Tone) -> Cell {
    match number {
        0 => Cell::from("·").tone(Tone::Faint),
        _ => Cell::from(Count(number)).tone(tone),
    }
}

/// A number that is not there when it is zero.
fn some(number: u64) -> Cell {
    if number == 0 { "".into() } else { Count(number).into() }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{LOOK, NOW, half_done, view};
    use super::*;
    use godwit_common::checkpoint::CheckpointMode;
    use godwit_common::message::view::WorkflowState;

    #[test]
    fn a_list() {
        let mut ended = view(12, "a workflow with quite a long name, as people like them");
        ended.state = WorkflowState::Succeeded;
        ended.counts = Counts { succeeded: 1_000_000, ..Counts::default() };
        insta::assert_snapshot!(workflows(&[half_done(), ended], NOW, LOOK));
    }

    #[test]
    fn one_workflow() {
        insta::assert_snapshot!(workflow(&half_done(), NOW, LOOK));
    }

    #[test]
    fn reused_and_unsaved_have_columns_where_there_are_some() {
        let checkpoint = CheckpointMode::Manual;
        let some = WorkflowView { reused: 40, checkpoint, unsaved: 12, ..half_done() };
        insta::assert_snapshot!(workflows(&[some.clone(), view(8, "other")], NOW, LOOK));
        let text = workflow(&some, NOW, LOOK);
        assert!(
            text.contains("\n  631 processes started, 40 results reused; submitted 3m 05s ago\n"),
            "{text}"
        );
        let saved =
            "\n  12 outcomes are not saved yet; checkpoint mode manual, see 'godwit checkpoint now'\n";
        assert!(text.contains(saved), "{text}");
    }

    #[test]
    fn an_empty_list_is_nothing() {
        assert_eq!(workflows(&[], NOW, LOOK), "");
    }
}

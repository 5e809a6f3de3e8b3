//! Tasks: the table of `godwit status --tasks`, and the short ones within other texts.

use super::paint::{State, Tone};
use super::table::{Cell, Table, one_line};
use super::units::{Rough, Span};
use crate::console::Look;
use godwit_common::message::view::{TaskState, TaskView};
use godwit_common::time::Time;

/// The table of tasks.
pub(crate) fn tasks(views: &[TaskView], now: Time, look: Look) -> String {
    let mut table = Table::new()
        .long_text("TASK")
        .text("STATE")
        .number("TRIES")
        .text("WORKER")
        .number("TIME")
        .long_text("REASON");
    for view in views {
        table.row([
            view.task.as_str().into(),
            Cell::from(view.state.word()).tone(view.state.tone()),
            view.attempts.into(),
            worker(view).into(),
            time(view, now).into(),
            reason(view).into(),
        ]);
    }
    table.render(look)
}

/// Why it failed, or whose result it took.
fn reason(view: &TaskView) -> String {
    match (&view.error, &view.reused) {
        (Some(error), _) => error.clone(),
        (None, Some(origin)) => format!("reused from {origin}"),
        (None, None) => String::new(),
    }
}

/// The tasks that are running.
pub(super) fn running(views: &[TaskView], now: Time, look: Look) -> String {
    let mut table = Table::new().long_text("TASK").text("WORKER").number("FOR");
    for view in views {
        table.row([view.task.as_str().into(), worker(view).into(), time(view, now).into()]);
    }
    table.render(look)
}

/// The tasks that failed.
pub(super) fn failed(views: &[TaskView], look: Look) -> String {
    let mut table = Table::new().long_text("TASK").number("TRIES").text("WORKER").long_text("REASON");
    for view in views {
        let reason = Cell::from(view.error.as_deref().unwrap_or_default()).tone(Tone::Bad);
        table.row([view.task.as_str().into(), view.attempts.into(), worker(view).into(), reason]);
    }
    table.render(look)
}

/// Where the task runs or ran.
pub(super) fn worker(view: &TaskView) -> String {
    view.worker.map(|worker| worker.to_string()).unwrap_or_default()
}

/// How long it has been running, or ran.
pub(super) fn time(view: &TaskView, now: Time) -> String {
    match (view.state, view.started, view.wall) {
        (TaskState::Running, Some(started), _) => Rough(now.since(started)).to_string(),
        (_, _, Some(wall)) => Span(wall).to_string(),
        _ => String::new(),
    }
}

/// The last lines of what a task wrote to standard error, each indented behind a rule.
pub(super) fn stderr_tail(tail: &str, lines_max: usize, look: Look) -> String {
    let lines: Vec<String> = tail.lines().map(|line| one_line(line).trim_end().to_owned()).collect();
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    let kept = &lines[end.saturating_sub(lines_max)..end];
    let rule = look.paint(Tone::Faint, "│");
    kept.iter().map(|line| format!("    {rule} {line}").trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{LOOK, NOW, failed_task, half_done, reused_task, running_task};
    use super::*;

    #[test]
    fn a_table_of_tasks() {
        let mut all = half_done().failures;
        all.push(running_task("sort", 3));
        all.push(failed_task(
            "a group with a long name[100]",
            "could not be started: no such file or directory",
        ));
        all.push(reused_task("align[13]", "3/align[12]"));
        insta::assert_snapshot!(tasks(&all, NOW, LOOK));
    }

    #[test]
    fn the_tail_ends_with_its_last_words() {
        let tail = "one\ntwo\u{1b}[31m\nthree  \n\n\n";
        assert_eq!(stderr_tail(tail, 2, LOOK), "    │ two [31m\n    │ three\n");
        assert_eq!(stderr_tail("", 2, LOOK), "");
        assert_eq!(stderr_tail("\n\n", 2, LOOK), "");
    }
}

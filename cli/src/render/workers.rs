//! Workers: the list of them, and all about one.

use super::paint::{State, Tone};
use super::table::{Cell, Table, one_line};
use super::units::{Ago, Count, Span};
use crate::console::Look;
use godwit_common::message::view::WorkerView;
use godwit_common::resources::Capacity;
use godwit_common::size::Size;
use godwit_common::time::Time;
use std::fmt::Write;

/// The table of `godwit worker list`.
pub(crate) fn workers(views: &[WorkerView], now: Time, look: Look) -> String {
    let mut table = Table::new()
        .text("WORKER")
        .long_text("HOST")
        .text("STATE")
        .number("CPUS")
        .number("MEMORY")
        .number("GPUS")
        .number("RUNNING")
        .number("ENDED")
        .text("HEARD");
    for view in views {
        table.row([
            view.worker.into(),
            view.host.as_str().into(),
            Cell::from(view.state.word()).tone(view.state.tone()),
            view.capacity.cpus.into(),
            Size(view.capacity.memory).into(),
            view.capacity.gpus.into(),
            view.running.into(),
            Count(view.ended).into(),
            Ago { at: view.heard, now }.into(),
        ]);
    }
    table.render(look)
}

/// All about one worker.
pub(crate) fn worker(view: &WorkerView, now: Time, look: Look) -> String {
    let name = look.paint(Tone::Strong, &view.worker.to_string());
    let state = look.paint(view.state.tone(), view.state.word());
    let mut out = format!("{name} on {} (process {}): {state}\n", one_line(&view.host), view.pid);
    if let Some(reason) = &view.reason {
        let _ = writeln!(out, "  because     {}", one_line(reason));
    }
    let _ = writeln!(out, "  offers      {}", offer(&view.capacity));
    let _ = writeln!(
        out,
        "  tasks       {} running, {} next, {} ended",
        view.running,
        view.queued,
        Count(view.ended)
    );
    let _ = writeln!(out, "  joined      {}", Ago { at: view.since, now });
    let _ = writeln!(out, "  last heard  {}", Ago { at: view.heard, now });
    if let Some(ends) = view.ends {
        let _ = writeln!(out, "  leaves in   {}", Span(ends.since(now)));
    }
    let _ = writeln!(out, "  spool       {}", one_line(&view.spool));
    out
}

/// `16 cpus, 64 GiB memory, 2 gpus, licence = 4`
pub(crate) fn offer(capacity: &Capacity) -> String {
    let mut parts = vec![format!("{} cpus", capacity.cpus), format!("{} memory", Size(capacity.memory))];
    if capacity.gpus > 0 {
        parts.push(format!("{} gpus", capacity.gpus));
    }
    if capacity.disk > 0 {
        parts.push(format!("{} disk", Size(capacity.disk)));
    }
    parts.extend(capacity.named.iter().map(|(name, amount)| format!("{name} = {amount}")));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::samples::{LOOK, NOW, worker_view};
    use super::*;
    use godwit_common::message::view::WorkerState;

    #[test]
    fn a_list() {
        let mut lost = worker_view(12);
        lost.state = WorkerState::Quarantined;
        lost.host = "compute-0123.cluster.example.org".to_owned();
        insta::assert_snapshot!(workers(&[worker_view(3), lost], NOW, LOOK));
    }

    #[test]
    fn one_worker() {
        let mut view = worker_view(3);
        view.state = WorkerState::Quarantined;
        view.reason = Some("11 tasks in a row failed on it".to_owned());
        insta::assert_snapshot!(worker(&view, NOW, LOOK));
    }
}

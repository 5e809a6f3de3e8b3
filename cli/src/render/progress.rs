//! How far a workflow is: three lines for a terminal, one for a log.

use super::paint::Tone;
use super::rate::Rate;
use super::saved;
use super::table::{cut, one_line};
use super::tasks::time;
use super::units::{Count, PerSecond, Rough};
use super::workflows::CountsExt;
use crate::console::Look;
use godwit_common::message::view::WorkflowView;
use godwit_common::time::Time;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

/// What there is to show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress<'a> {
    /// The workflow.
    pub(crate) view: &'a WorkflowView,
    /// How fast it goes.
    pub(crate) rate: &'a Rate,
    /// Since we began to watch.
    pub(crate) elapsed: Duration,
    /// The time.
    pub(crate) now: Time,
    /// What the user should know about the whole, such as that it is about to stop.
    pub(crate) note: Option<&'a str>,
}

/// Columns of the bar itself.
const BAR_WIDTH_MAX: usize = 40;

/// The lines that are drawn over and over at the bottom of a terminal.
pub(crate) fn bar(progress: &Progress<'_>, look: Look) -> String {
    let mut lines = vec![first_line(progress, look), second_line(progress, look)];
    lines.extend(running_line(progress, look));
    if let Some(note) = progress.note {
        lines.push(format!("  {}", look.paint(Tone::Warning, &cut(note, look.width - 2))));
    }
    lines.join("\n")
}

/// One line for a log.
pub(crate) fn line(progress: &Progress<'_>) -> String {
    let Progress { view, rate, .. } = progress;
    let (ended, total) = (view.counts.ended(), view.counts.total());
    let mut parts = vec![format!(
        "{}: {} of {} done ({}%)",
        one_line(&view.name),
        Count(ended),
        Count(total),
        percent(ended, total)
    )];
    let counted = [(view.reused, "reused"), (view.counts.running, "running"), (view.counts.failed, "failed")];
    for (count, word) in counted {
        if count > 0 {
            parts.push(format!("{} {word}", Count(count)));
        }
    }
    parts.extend(rate.per_second().map(|rate| PerSecond(rate).to_string()));
    parts.extend(time_left(progress));
    parts.extend(saved::in_short(view));
    parts.join(", ")
}

/// `9s left`, as long as something is left and the rate is known.
fn time_left(progress: &Progress<'_>) -> Option<String> {
    let counts = &progress.view.counts;
    let rest = counts.total() - counts.ended();
    let left = progress.rate.time_for(rest).filter(|_| rest > 0)?;
    Some(format!("{} left", Rough(left.max(Duration::from_secs(1)))))
}

fn first_line(progress: &Progress<'_>, look: Look) -> String {
    let counts = &progress.view.counts;
    let (ended, total) = (counts.ended(), counts.total());
    let figures = format!("{:>3}%  {}/{}", percent(ended, total), Count(ended), Count(total));
    let name = cut(&one_line(&progress.view.name), look.width / 3);
    let room = look.width.saturating_sub(name.width() + figures.width() + 4);
    let width = room.min(BAR_WIDTH_MAX);
    let part = |count: u64| usize::try_from(count * width as u64 / total.max(1)).unwrap_or(width);
    let (done, bad) = (part(ended), part(ended - counts.succeeded));
    let drawn = look.paint(Tone::Good, &"━".repeat(done - bad))
        + &look.paint(Tone::Bad, &"━".repeat(bad))
        + &look.paint(Tone::Faint, &"─".repeat(width - done));
    format!("{}  {drawn}  {figures}", look.paint(Tone::Strong, &name))
}

fn second_line(progress: &Progress<'_>, look: Look) -> String {
    let counts = &progress.view.counts;
    let states = [
        (progress.view.reused, "reused", Tone::Good),
        (counts.running, "running", Tone::Active),
        (counts.ready, "ready", Tone::Plain),
        (counts.waiting, "waiting", Tone::Plain),
        (counts.failed, "failed", Tone::Bad),
        (counts.cancelled, "cancelled", Tone::Warning),
        (counts.skipped, "skipped", Tone::Warning),
    ];
    let some = states.into_iter().filter(|(count, ..)| *count > 0);
    let mut parts: Vec<(String, Tone)> =
        some.map(|(count, word, tone)| (format!("{} {word}", Count(count)), tone)).collect();
    if let Some(rate) = progress.rate.per_second() {
        parts.push((PerSecond(rate).to_string(), Tone::Plain));
    }
    parts.push((format!("{} gone", Rough(progress.elapsed)), Tone::Plain));
    parts.extend(time_left(progress).map(|left| (left, Tone::Plain)));
    parts.extend(saved::in_short(progress.view).map(|words| (words, Tone::Warning)));
    fit(&parts, ", ", look)
}

/// What is running, the longest first, as much as fits.
fn running_line(progress: &Progress<'_>, look: Look) -> Option<String> {
    let mut tasks: Vec<_> = progress.view.running.iter().collect();
    tasks.sort_by_key(|task| task.started.unwrap_or(progress.now));
    let parts: Vec<(String, Tone)> = tasks
        .iter()
        .map(|task| {
            (
                format!("{} {}", one_line(&task.task), time(task, progress.now)).trim_end().to_owned(),
                Tone::Faint,
            )
        })
        .collect();
    (!parts.is_empty()).then(|| fit(&parts, " · ", look))
}

/// Parts in one line, without those that do not fit any more.
fn fit(parts: &[(String, Tone)], between: &str, look: Look) -> String {
    let mut out = String::from("  ");
    let mut used = 2;
    for (place, (text, tone)) in parts.iter().enumerate() {
        let gap = if place == 0 { "" } else { between };
        used += gap.width() + text.width();
        if used > look.width {
            break;
        }
        out.push_str(gap);
        out.push_str(&look.paint(*tone, text));
    }
    out
}

/// Rounded down, so that 100 means all.
fn percent(part: u64, total: u64) -> u64 {
    (u128::from(part) * 100)
        .checked_div(u128::from(total))
        .map_or(100, |percent| u64::try_from(percent).unwrap_or(100))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{LOOK, NOW, half_done, view};
    use super::*;
    use godwit_common::checkpoint::CheckpointMode;

    fn rate() -> Rate {
        let mut rate = Rate::default();
        rate.observe(Duration::ZERO, 212);
        rate.observe(Duration::from_secs(10), 622);
        rate
    }

    fn progress<'a>(view: &'a WorkflowView, rate: &'a Rate) -> Progress<'a> {
        Progress { view, rate, elapsed: Duration::from_secs(10), now: NOW, note: None }
    }

    #[test]
    fn on_a_terminal() {
        let (view, rate) = (half_done(), rate());
        let note = Some("stopping: no new tasks are started; Ctrl-C again stops those that run");
        insta::assert_snapshot!(bar(&Progress { note, ..progress(&view, &rate) }, LOOK));
    }

    #[test]
    fn on_a_narrow_terminal_nothing_wraps() {
        let (view, rate) = (half_done(), rate());
        let narrow = Look { colour: false, width: 40 };
        let text = bar(&progress(&view, &rate), narrow);
        assert!(text.lines().all(|line| line.width() <= 40), "{text}");
    }

    #[test]
    fn in_a_log() {
        assert_eq!(
            line(&progress(&half_done(), &rate())),
            "variant-calling: 622 of 1,000 done (62%), 8 running, 2 failed, 41/s, 9s left"
        );
    }

    #[test]
    fn reused_and_unsaved_are_told() {
        let checkpoint = CheckpointMode::Manual;
        let view = WorkflowView { reused: 40, checkpoint, unsaved: 12, ..half_done() };
        let rate = rate();
        assert_eq!(
            line(&progress(&view, &rate)),
            "variant-calling: 622 of 1,000 done (62%), 40 reused, 8 running, 2 failed, 41/s, 9s left, 12 not saved"
        );
        let drawn = bar(&progress(&view, &rate), LOOK);
        assert!(drawn.contains("\n  40 reused, 8 running, 120 ready"), "{drawn}");
    }

    #[test]
    fn before_anything_has_ended() {
        let (view, rate) = (view(7, "empty"), Rate::default());
        assert_eq!(line(&progress(&view, &rate)), "empty: 0 of 0 done (100%)");
        assert!(!bar(&progress(&view, &rate), LOOK).is_empty());
    }
}

//! What of a workflow is on storage and what is not, for those whose mode leaves a difference.

use super::units::{Count, Plural};
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::message::view::WorkflowView;

/// How a workflow's outcomes are saved; nothing in the default mode, where whatever is shown is saved.
pub(super) fn checkpoint(view: &WorkflowView) -> Option<String> {
    let mode = view.checkpoint;
    match (mode, view.unsaved) {
        (CheckpointMode::TaskExit, _) => None,
        (CheckpointMode::Off, _) => Some("nothing is saved; checkpoint mode off".to_owned()),
        (mode, 0) => Some(format!("every outcome is saved; checkpoint mode {mode}")),
        (mode, unsaved) => {
            Some(format!("{}; checkpoint mode {mode}, see 'godwit checkpoint now'", not_saved(unsaved)))
        }
    }
}

/// `12 not saved`, for a place where there is little room.
pub(super) fn in_short(view: &WorkflowView) -> Option<String> {
    let counts = !matches!(view.checkpoint, CheckpointMode::TaskExit | CheckpointMode::Off);
    (counts && view.unsaved > 0).then(|| format!("{} not saved", Count(view.unsaved)))
}

/// What is to be said at the end of a workflow whose outcomes would be lost with its coordinator.
pub(super) fn at_the_end(view: &WorkflowView) -> Option<String> {
    match view.checkpoint {
        CheckpointMode::Off => Some("nothing of it was saved (checkpoint mode off)".to_owned()),
        mode if view.unsaved > 0 => Some(format!("{} (checkpoint mode {mode})", not_saved(view.unsaved))),
        _ => None,
    }
}

fn not_saved(count: u64) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} {verb} not saved yet", Plural(count, "outcome"))
}

#[cfg(test)]
mod tests {
    use super::super::samples::view;
    use super::*;

    fn check(mode: CheckpointMode, unsaved: u64, expected: [Option<&str>; 3]) {
        let view = WorkflowView { checkpoint: mode, unsaved, ..view(7, "w") };
        let found = [checkpoint(&view), in_short(&view), at_the_end(&view)];
        assert_eq!(found.each_ref().map(Option::as_deref), expected);
    }

    #[test]
    fn each_mode_has_its_words() {
        use CheckpointMode::{Manual, Off, Periodic, TaskExit};
        check(TaskExit, 0, [None, None, None]);
        check(Periodic, 0, [Some("every outcome is saved; checkpoint mode periodic"), None, None]);
        check(
            Manual,
            1200,
            [
                Some("1,200 outcomes are not saved yet; checkpoint mode manual, see 'godwit checkpoint now'"),
                Some("1,200 not saved"),
                Some("1,200 outcomes are not saved yet (checkpoint mode manual)"),
            ],
        );
        check(
            Manual,
            1,
            [
                Some("1 outcome is not saved yet; checkpoint mode manual, see 'godwit checkpoint now'"),
                Some("1 not saved"),
                Some("1 outcome is not saved yet (checkpoint mode manual)"),
            ],
        );
        let off = Some("nothing is saved; checkpoint mode off");
        check(Off, 9, [off, None, Some("nothing of it was saved (checkpoint mode off)")]);
    }
}

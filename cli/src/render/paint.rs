//! Colours, where the look allows them. A colour never carries a meaning that the words do not.

use crate::console::Look;
use anstyle::{AnsiColor, Style};
use godwit_common::message::view::{TaskState, WorkerState, WorkflowState};

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing special.
    Plain,
    /// A heading, or a name that is looked for.
    Strong,
    /// Good to have, not to be read first.
    Faint,
    /// It went well.
    Good,
    /// It is going on.
    Active,
    /// Somebody may have to do something.
    Warning,
    /// It went wrong.
    Bad,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Tone::Plain => Style::new(),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Active => AnsiColor::Cyan.on_default(),
            Tone::Warning => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
        }
    }
}

impl Look {
    /// `text` in the given tone.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colour || tone == Tone::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = tone.style();
        format!("{style}{text}{style:#}")
    }
}

/// A state with a word and a tone of its own.
pub(super) trait State: Copy {
    /// The word that tables and JSON have for it.
    fn word(self) -> &'static str;
    /// Its tone.
    fn tone(self) -> Tone;
}

impl State for WorkflowState {
    fn word(self) -> &'static str {
        match self {
            WorkflowState::Open => "open",
            WorkflowState::Running => "running",
            WorkflowState::Succeeded => "succeeded",
            WorkflowState::Failed => "failed",
            WorkflowState::Cancelled => "cancelled",
        }
    }

    fn tone(self) -> Tone {
        match self {
            WorkflowState::Open | WorkflowState::Running => Tone::Active,
            WorkflowState::Succeeded => Tone::Good,
            WorkflowState::Failed => Tone::Bad,
            WorkflowState::Cancelled => Tone::Warning,
        }
    }
}

impl State for TaskState {
    fn word(self) -> &'static str {
        match self {
            TaskState::Waiting => "waiting",
            TaskState::Ready => "ready",
            TaskState::Running => "running",
            TaskState::Succeeded => "succeeded",
            TaskState::Failed => "failed",
            TaskState::Cancelled => "cancelled",
            TaskState::Skipped => "skipped",
        }
    }

    fn tone(self) -> Tone {
        match self {
            TaskState::Waiting | TaskState::Ready => Tone::Plain,
            TaskState::Running => Tone::Active,
            TaskState::Succeeded => Tone::Good,
            TaskState::Failed => Tone::Bad,
            TaskState::Cancelled | TaskState::Skipped => Tone::Warning,
        }
    }
}

impl State for WorkerState {
    fn word(self) -> &'static str {
        match self {
            WorkerState::Connected => "connected",
            WorkerState::Expected => "expected",
            WorkerState::Draining => "draining",
            WorkerState::Quarantined => "quarantined",
            WorkerState::Lost => "lost",
            WorkerState::Left => "left",
        }
    }

    fn tone(self) -> Tone {
        match self {
            WorkerState::Connected => Tone::Good,
            WorkerState::Expected | WorkerState::Draining => Tone::Active,
            WorkerState::Quarantined => Tone::Warning,
            WorkerState::Lost => Tone::Bad,
            WorkerState::Left => Tone::Faint,
        }
    }
}

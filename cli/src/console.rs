//! The terminal, or what stands in for it: the only place that prints.
//!
//! Results go to standard output, everything about the way there to standard error.

use crate::errors::{Error, reason};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

/// What a text may look like where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Whether there may be colours.
    pub(crate) colour: bool,
    /// Characters in a line.
    pub(crate) width: usize,
}

/// Where output goes that is no terminal, or one that does not say how wide it is.
const WIDTH_DEFAULT: usize = 80;

/// A table cannot be squeezed into less.
const WIDTH_MIN: usize = 40;

/// Wider lines are hard to read across.
const WIDTH_MAX: usize = 120;

/// The look of standard output.
pub(crate) fn look() -> Look {
    look_of(&io::stdout())
}

/// The look of standard error.
pub(crate) fn error_look() -> Look {
    look_of(&io::stderr())
}

/// Whether somebody watches standard error, so that it can be drawn on.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

fn look_of(stream: &(impl IsTerminal + AsFd)) -> Look {
    if !stream.is_terminal() {
        return Look { colour: false, width: WIDTH_DEFAULT };
    }
    let columns = terminal_size::terminal_size_of(stream).map(|(width, _)| usize::from(width.0));
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let width = columns.unwrap_or(WIDTH_DEFAULT).clamp(WIDTH_MIN, WIDTH_MAX);
    Look { colour: !refused && !dumb, width }
}

/// Prints a result. A reader who has seen enough (`godwit list | head`) is no error.
///
/// # Errors
/// If it cannot be written, for instance to a full disk.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    print_bytes(text.as_bytes()).map(drop)
}

/// As [`print()`], for what need not be text. Says whether anybody still reads.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<bool, Error> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => {
            Err(Error::infrastructure(format!("cannot write to standard output: {}", reason(&error))))
        }
    }
}

/// Prints a result as JSON, on several lines.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::infrastructure(format!("cannot write the answer as JSON: {error}")))?;
    print(&(text + "\n"))
}

/// Tells people something on standard error, in the voice of errors.
pub(crate) fn say(sentence: &str) {
    say_line(&format!("godwit: {sentence}"));
}

/// Puts a line on standard error, which may be a log on a full disk.
pub(crate) fn say_line(line: &str) {
    // Nobody can be told that nobody can be told.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

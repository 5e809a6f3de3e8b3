//! Foreign text and counts in a line that people read.

use std::io;

/// Characters of foreign text in one sentence: as much as anybody reads.
const CHARACTERS_MAX: usize = 600;

/// `text` on one line, without control characters, cut where nobody reads on: names and values that others chose must
/// neither break a line of a log nor fill the screen nor steer the terminal.
pub fn one_line(text: &str) -> String {
    let mut line = String::new();
    for (position, character) in text.chars().enumerate() {
        if position == CHARACTERS_MAX {
            line.push('…');
            break;
        }
        if character.is_control() {
            line.extend(character.escape_debug());
        } else {
            line.push(character);
        }
    }
    line
}

/// What the system said, as the end of a sentence of ours: without the number, and not as a sentence of its own.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// `1 task is`, `2 tasks are`
pub fn tasks_are(count: u64) -> String {
    match count {
        1 => "1 task is".to_owned(),
        _ => format!("{count} tasks are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_length_is_limited() {
        assert_eq!(one_line("it's \"é\"\n\u{1b}[31m"), "it's \"é\"\\n\\u{1b}[31m");
        assert_eq!(one_line(&"é".repeat(601)), "é".repeat(600) + "…");
    }
    #[test]
    fn the_system_is_quoted_without_its_number() {
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "no such file or directory");
        assert_eq!(reason(&io::Error::other("")), "");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(tasks_are(1), "1 task is");
        assert_eq!(tasks_are(0), "0 tasks are");
    }
}

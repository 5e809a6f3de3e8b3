//! Foreign text in a line that people read.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_length_is_limited() {
        assert_eq!(one_line("it's \"é\"\n\u{1b}[31m"), "it's \"é\"\\n\\u{1b}[31m");
        assert_eq!(one_line(&"é".repeat(601)), "é".repeat(600) + "…");
    }
}

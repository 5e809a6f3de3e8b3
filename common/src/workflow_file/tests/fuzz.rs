//! No text, however wrong, may make the reader panic, and what it accepts is valid.

use super::super::Format;
use super::read;
use proptest::prelude::*;

const GOOD: [&str; 2] = [include_str!("full.toml"), include_str!("full.json")];

/// Pieces that mean something somewhere in a file.
const PIECES: [&str; 24] = [
    "[[task]]",
    "[defaults]",
    "name",
    "command",
    "= ",
    "\"a\"",
    "[",
    "]",
    "{",
    "}",
    "needs",
    "array",
    "\"0-9:2\"",
    "items",
    "matrix",
    "\n",
    ",",
    "-1",
    "1e999",
    "\"{item}\"",
    "cpus",
    "[[task.request]]",
    "\\u0000",
    "\u{feff}é",
];

fn check(text: &str) {
    for format in [Format::Toml, Format::Json] {
        match read(text, format) {
            Ok(workflow) => assert_eq!(workflow.validate(), Ok(())),
            Err(error) => assert!(!error.to_string().contains('\n'), "one line: {error}"),
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_text(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn pieces_of_files(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40)) {
        check(&pieces.concat());
        check(&pieces.join(" "));
    }

    #[test]
    fn good_files_with_a_part_replaced(
        good in proptest::sample::select(&GOOD[..]),
        from in any::<prop::sample::Index>(),
        length in 0usize..30,
        piece in proptest::sample::select(&PIECES[..]),
    ) {
        let from = good.floor_char_boundary(from.index(good.len()));
        let to = good.floor_char_boundary((from + length).min(good.len()));
        check(&format!("{}{piece}{}", &good[..from], &good[to.max(from)..]));
    }

    #[test]
    fn good_files_with_two_lines_exchanged(
        good in proptest::sample::select(&GOOD[..]),
        one in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
    ) {
        let mut lines: Vec<&str> = good.lines().collect();
        let (one, other) = (one.index(lines.len()), other.index(lines.len()));
        lines.swap(one, other);
        check(&lines.join("\n"));
    }
}

//! Tables without rules: columns set apart by two spaces, numbers to the right, cut to the width of the page.

use super::paint::Tone;
use crate::console::Look;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A table that is being filled.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

struct Column {
    heading: &'static str,
    align: Align,
    /// Whether it gives way when the page is too narrow.
    yields: bool,
    /// Whether it is left out when none of its cells says anything.
    optional: bool,
}

/// One cell.
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

/// Between columns.
const GAP: usize = 2;

/// A column that yields keeps at least this much.
const YIELDED_WIDTH_MIN: usize = 8;

impl Table {
    pub(super) fn new() -> Table {
        Table { columns: Vec::new(), rows: Vec::new() }
    }

    /// A column of text.
    pub(super) fn text(self, heading: &'static str) -> Table {
        self.column(heading, Align::Left, false)
    }

    /// A column of text that is cut when the page is too narrow.
    pub(super) fn long_text(self, heading: &'static str) -> Table {
        self.column(heading, Align::Left, true)
    }

    /// A column of numbers.
    pub(super) fn number(self, heading: &'static str) -> Table {
        self.column(heading, Align::Right, false)
    }

    /// Leaves the last column out if all its cells are empty.
    pub(super) fn if_any(mut self) -> Table {
        self.columns.last_mut().into_iter().for_each(|column| column.optional = true);
        self
    }

    fn column(mut self, heading: &'static str, align: Align, yields: bool) -> Table {
        self.columns.push(Column { heading, align, yields, optional: false });
        self
    }

    /// Adds a row with one cell for each column.
    pub(super) fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        debug_assert_eq!(N, self.columns.len(), "one cell for each column");
        self.rows.push(cells.into());
    }

    /// The table as text, each line ended; nothing if there are no rows.
    pub(super) fn render(&self, look: Look) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let widths = self.widths(look.width);
        let headings: Vec<Cell> =
            self.columns.iter().map(|column| Cell::from(column.heading).tone(Tone::Faint)).collect();
        let mut out = String::new();
        for row in std::iter::once(&headings).chain(&self.rows) {
            self.line(row, &widths, look, &mut out);
        }
        out
    }

    /// The width of each column, 0 if it is left out: what it needs, less where the page is too narrow.
    fn widths(&self, page: usize) -> Vec<usize> {
        let cell = |row: &Vec<Cell>, column: usize| row.get(column).map_or(0, |cell| cell.text.width());
        let mut widths: Vec<usize> = (0..self.columns.len())
            .map(|column| {
                let widest = self.rows.iter().map(|row| cell(row, column)).max().unwrap_or(0);
                widest.max(self.columns[column].heading.width())
            })
            .collect();
        for (place, width) in widths.iter_mut().enumerate() {
            if self.columns[place].optional && self.rows.iter().all(|row| cell(row, place) == 0) {
                *width = 0;
            }
        }
        let shown = widths.iter().filter(|width| **width > 0).count();
        let total = widths.iter().sum::<usize>() + GAP * shown.saturating_sub(1);
        let mut excess = total.saturating_sub(page);
        for (width, column) in widths.iter_mut().zip(&self.columns).rev() {
            if column.yields {
                let given = excess.min(width.saturating_sub(YIELDED_WIDTH_MIN));
                *width -= given;
                excess -= given;
            }
        }
        widths
    }

    fn line(&self, row: &[Cell], widths: &[usize], look: Look, out: &mut String) {
        let start = out.len();
        let cells = row.iter().zip(&self.columns).zip(widths);
        for ((cell, column), width) in cells.filter(|(_, width)| **width > 0) {
            if out.len() > start {
                out.extend(std::iter::repeat_n(' ', GAP));
            }
            let text = cut(&cell.text, *width);
            let padding = std::iter::repeat_n(' ', width - text.width());
            let painted = look.paint(cell.tone, &text);
            if column.align == Align::Right {
                out.extend(padding);
                out.push_str(&painted);
            } else {
                out.push_str(&painted);
                out.extend(padding);
            }
        }
        out.truncate(start + out[start..].trim_end().len());
        out.push('\n');
    }
}

impl Cell {
    /// The same cell in a tone.
    pub(super) fn tone(self, tone: Tone) -> Cell {
        Cell { tone, ..self }
    }
}

impl<T: ToString> From<T> for Cell {
    fn from(value: T) -> Cell {
        Cell { text: one_line(&value.to_string()), tone: Tone::Plain }
    }
}

/// Text without what would break a line or drive a terminal.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The beginning of `text` that fits, with an ellipsis if something is missing.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 0;
    let room = width.saturating_sub(1);
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect();
    if width == 0 { kept } else { kept + "…" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look { colour: false, width: 30 };

    #[test]
    fn columns_line_up_and_the_long_one_yields() {
        let mut table = Table::new().number("ID").long_text("NAME").text("STATE");
        table.row(["7".into(), "a name that is far too long for it".into(), "running".into()]);
        table.row(["1,200".into(), "short\nand two lines".into(), "ok".into()]);
        assert_eq!(
            table.render(LOOK),
            "   ID  NAME            STATE\n    7  a name that i…  running\n1,200  short and two…  ok\n"
        );
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn colours_do_not_shift_columns() {
        let mut table = Table::new().text("A").text("B");
        table.row([Cell::from("x").tone(Tone::Good), "y".into()]);
        let plain = table.render(Look { colour: false, ..LOOK });
        let coloured = table.render(Look { colour: true, ..LOOK });
        assert!(coloured.contains("\u{1b}[32mx\u{1b}[0m  y"), "{coloured:?}");
        assert_eq!(plain, "A  B\nx  y\n");
    }

    #[test]
    fn a_column_that_says_nothing_can_be_left_out() {
        let mut table = Table::new().text("A").number("B").if_any().text("C");
        table.row(["x".into(), "".into(), "z".into()]);
        assert_eq!(table.render(LOOK), "A  C\nx  z\n");
        table.row(["x".into(), "1".into(), "z".into()]);
        assert_eq!(table.render(LOOK), "A  B  C\nx     z\nx  1  z\n");
    }

    #[test]
    fn a_table_without_rows_is_nothing() {
        assert_eq!(Table::new().text("A").render(LOOK), "");
    }
}

//! What stands where: lines that are not too long, and tables.

use std::iter;

use console::{Alignment, measure_text_width, pad_str};

use super::{Style, clean};

/// How many columns its wrapped text has to leave for a column to be made narrower.
const WORTH_IT: usize = 3;

/// A cell that is no wider is an id, a date or a word, and is not broken.
const WHOLE: usize = 20;

/// A table of columns with two spaces between them; no line ends in spaces. Empty without rows.
/// Columns whose header begins with a space hold numbers, and end at one line.
pub(crate) fn table(style: Style, header: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let titles = header.iter().map(|title| title.trim_start().to_owned()).collect();
    let rows = rows.into_iter().map(|row| row.iter().map(|cell| clean(cell)).collect());
    let rows: Vec<Vec<String>> = iter::once(titles).chain(rows).collect();
    if let Some(room) = style.width.map(usize::from).filter(|room| breaks_words(&rows, header.len(), *room)) {
        return stacked(style, &rows, room);
    }
    let widths = widths(&rows, header.len(), style.width);
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| wrapped(cell, *width)).collect();
        for at in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let columns = cells.iter().zip(&widths).zip(header);
            let line: String = columns.map(|((cell, width), title)| part(cell, at, *width, title)).collect();
            let line = line.trim_end();
            text.push_str(&if number == 0 { style.strong(line) } else { line.to_owned() });
            text.push('\n');
        }
    }
    text
}

/// Whether ids, dates and other short words would be broken to have room beside each other.
fn breaks_words(rows: &[Vec<String>], columns: usize, room: usize) -> bool {
    let widths = widths(rows, columns, u16::try_from(room).ok());
    let is_broken = |(column, width): (usize, &usize)| {
        let widest = rows.iter().filter_map(|row| row.get(column)).map(|cell| measure_text_width(cell)).max();
        widest.is_some_and(|widest| widest <= WHOLE && widest > *width)
    };
    widths.iter().enumerate().any(is_broken)
}

/// The rows one below the other: cells beside each other as far as there is room, the last one below them.
fn stacked(style: Style, rows: &[Vec<String>], room: usize) -> String {
    const INDENT: &str = "     ";
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let Some((last, cells)) = row.split_last() else { continue };
        let mut lines = vec![String::new()];
        for cell in cells.iter().filter(|cell| !cell.is_empty()) {
            match lines.last_mut() {
                Some(line) if line.is_empty() => *line = format!(" {cell}"),
                Some(line) if measure_text_width(line) + 2 + measure_text_width(cell) <= room => {
                    *line += &format!("  {cell}");
                }
                _ => lines.push(format!("   {cell}")),
            }
        }
        let below = wrapped(last, room.saturating_sub(INDENT.len()).max(1));
        lines.extend(below.iter().map(|line| format!("{INDENT}{line}")));
        for line in lines {
            let line = line.trim_end();
            text.push_str(&if number == 0 { style.strong(line) } else { line.to_owned() });
            text.push('\n');
        }
    }
    text
}

/// One line of one cell, with a blank at each side.
fn part(cell: &[String], at: usize, width: usize, title: &str) -> String {
    let text = cell.get(at).map_or("", String::as_str);
    let side = if title.starts_with(' ') { Alignment::Right } else { Alignment::Left };
    format!(" {} ", pad_str(text, width, side, None))
}

/// How wide the columns are. Where there is not room for all, those that need no more than an even share
/// have what they need, and the others share the rest.
fn widths(rows: &[Vec<String>], columns: usize, room: Option<u16>) -> Vec<usize> {
    let widest = |column: usize, width: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.flat_map(|cell| wrapped(cell, width)).map(|line| measure_text_width(&line)).max().unwrap_or(0)
    };
    let mut widths: Vec<_> = (0..columns).map(|column| widest(column, usize::MAX)).collect();
    let Some(room) = room else { return widths };
    let mut room = usize::from(room).saturating_sub(2 * columns);
    let mut open: Vec<_> = (0..columns).collect();
    while let Some(share) = room.checked_div(open.len()) {
        let whole = open.iter().position(|column| widths[*column] <= share);
        let wrapped = || open.iter().position(|column| widest(*column, share) + WORTH_IT <= share);
        let Some(at) = whole.or_else(wrapped) else { break };
        let column = open.remove(at);
        widths[column] = widest(column, share);
        room -= widths[column];
    }
    for (number, column) in open.iter().enumerate() {
        widths[*column] = (room / open.len() + usize::from(number < room % open.len())).max(1);
    }
    widths
}

/// The lines of a text, none wider than that: broken at blanks, and within a word if it alone is wider.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    text.split('\n').flat_map(|line| wrapped_line(line, width)).collect()
}

fn wrapped_line(line: &str, width: usize) -> Vec<String> {
    let (mut lines, mut last) = (Vec::new(), String::new());
    for word in line.split_inclusive(' ') {
        let longer = format!("{last}{word}");
        if measure_text_width(longer.trim_end()) <= width {
            last = longer;
            continue;
        }
        if !last.trim().is_empty() {
            lines.push(last.trim_end().to_owned());
        }
        let mut rest = word;
        while measure_text_width(rest.trim_end()) > width {
            let (head, tail) = split(rest, width);
            lines.push(head.to_owned());
            rest = tail;
        }
        last = rest.to_owned();
    }
    if lines.is_empty() || !last.trim().is_empty() {
        lines.push(last);
    }
    lines
}

/// What of a word goes into one line, at least a character, and the rest.
fn split(word: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    let fits = |(at, c): &(usize, char)| {
        used += measure_text_width(c.encode_utf8(&mut [0; 4]));
        *at == 0 || used <= width
    };
    let end = word.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8());
    word.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrow(width: u16, header: &[&str], rows: &[&[&str]]) -> String {
        let rows = rows.iter().map(|row| row.iter().map(|&cell| cell.to_owned()).collect()).collect();
        table(Style { colour: false, width: Some(width) }, header, rows)
    }

    #[test]
    fn lines_are_broken_at_blanks_and_within_words_only_where_they_must_be() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 13), ["one two three"]);
        assert_eq!(wrapped("  indented  twice ", 40), ["  indented  twice "]);
        assert_eq!(wrapped("a abcdefgh b", 3), ["a", "abc", "def", "gh", "b"]);
        assert_eq!(wrapped("one\n\ntwo", 7), ["one", "", "two"]);
        assert_eq!(wrapped("ends here ", 9), ["ends here "]);
        assert_eq!(wrapped("", 7), [""]);
    }

    #[test]
    fn lines_are_measured_as_a_terminal_shows_them() {
        assert_eq!(wrapped("数据库 数据", 6), ["数据库", "数据"]);
        assert_eq!(wrapped("数据库", 4), ["数据", "库"]);
        // Where not one character has room, each has a line of its own.
        assert_eq!(wrapped("数据", 1), ["数", "据"]);
        assert_eq!(wrapped("ab", 0), ["a", "b"]);
    }

    #[test]
    fn a_table_keeps_to_the_terminals_width() {
        let rows: &[&[&str]] = &[
            &["inventory", "1", "the column item.qty is an integer here and a bigint in the database"],
            &["orders", "12", "nothing"],
        ];
        let shown = narrow(40, &["plugin", " findings", "what"], rows);
        insta::assert_snapshot!(shown, @r#"
        plugin     findings  what
        inventory         1  the column
                             item.qty is an
                             integer here and
                             a bigint in the
                             database
        orders           12  nothing
        "#);
        assert!(shown.lines().all(|line| measure_text_width(line) <= 40), "{shown}");
    }

    #[test]
    fn what_wrapping_leaves_is_for_the_other_columns() {
        let word = "w".repeat(20);
        let (row, other) = (format!("{word} {word}"), "o ".repeat(40));
        let shown = narrow(74, &["a", "b"], &[&[&row, &other]]);
        let first = shown.lines().nth(1).unwrap();
        assert_eq!(first.split_whitespace().filter(|one| *one == "o").count(), 25, "{shown}");
    }

    #[test]
    fn ids_and_dates_stay_whole_where_there_is_not_room_for_all_columns() {
        let rows: &[&[&str]] = &[
            &[
                "0123456789ab",
                "warning",
                "drifted",
                "2026-12-01 12:00:00Z",
                "yes",
                "Inventory Plugin: qty differs",
            ],
            &["ba9876543210", "breaking", "descriptor mismatch", "", "no", "nothing"],
        ];
        let header = ["finding", "severity", "cause", "first seen", "counts", "what"];
        insta::assert_snapshot!(narrow(60, &header, rows), @r#"
        finding  severity  cause  first seen  counts
            what
        0123456789ab  warning  drifted  2026-12-01 12:00:00Z  yes
            Inventory Plugin: qty differs
        ba9876543210  breaking  descriptor mismatch  no
            nothing
        "#);
        let shown = narrow(110, &header, rows);
        assert!(shown.lines().count() < 6 && shown.contains("0123456789ab  warning"), "{shown}");
    }

    #[test]
    fn a_table_with_no_room_at_all_is_still_one() {
        for width in 0..20 {
            assert!(
                narrow(width, &["a", " b", "c"], &[&["one two", "3", "数据库"]]).contains('3'),
                "{width}"
            );
        }
    }
}

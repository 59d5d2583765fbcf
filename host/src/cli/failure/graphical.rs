//! A failure drawn for a terminal, with a line under the statement's first word.

use console::{Style as Look, measure_text_width};

use super::Failure;
use crate::report::Excerpt;
use crate::report::text::{Style, clean, wrapped};

/// How wide it is where nobody says how wide the terminal is.
const USUAL_WIDTH: u16 = 100;

pub(super) fn render(failure: &Failure, style: Style) -> String {
    let mut drawing = Drawing { text: String::new(), style };
    drawing.failure(failure);
    drawing.text
}

struct Drawing {
    text: String,
    style: Style,
}

impl Drawing {
    fn failure(&mut self, failure: &Failure) {
        self.paragraph("  × ", "  │ ", &Look::new().red(), &failure.headline());
        if let Some((last, others)) = failure.causes.split_last() {
            for cause in others {
                self.paragraph("  ├─▶ ", "  │   ", &Look::new().red(), cause);
            }
            self.paragraph("  ╰─▶ ", "      ", &Look::new().red(), last);
        }
        if let Some(excerpt) = &failure.excerpt {
            self.excerpt(excerpt);
        }
        if let Some(hint) = &failure.hint {
            self.paragraph("  help: ", "        ", &Look::new().cyan(), hint);
        }
        for part in &failure.parts {
            self.text.push_str("\nError:\n");
            self.failure(part);
        }
    }

    /// A text behind a mark, with its further lines behind another one that is as wide.
    fn paragraph(&mut self, mark: &str, further: &str, look: &Look, text: &str) {
        let width = self.style.width.unwrap_or(USUAL_WIDTH).saturating_sub(2);
        let room = usize::from(width).saturating_sub(measure_text_width(mark));
        for (number, line) in wrapped(&clean(text), room).iter().enumerate() {
            let mark = self.style.paint(look, if number == 0 { mark } else { further });
            self.line(&format!("{mark}{line}"));
        }
    }

    /// The one line there is, under the number it has in its file.
    fn excerpt(&mut self, excerpt: &Excerpt) {
        let style = self.style;
        let number = excerpt.line.to_string();
        let margin = " ".repeat(number.len());
        let place = style.paint(&Look::new().cyan().bold().underlined(), excerpt.place());
        let (before, word) = excerpt.mark();
        let (blanks, word) = (" ".repeat(measure_text_width(before)), measure_text_width(word));
        let under = style.paint(&Look::new().magenta().bold(), "─".repeat(word.max(1)));
        self.line(&format!("  {margin}╭─[{place}]"));
        self.line(&format!(" {} │ {}", style.faint(&number), excerpt.text));
        self.line(&format!(" {margin} · {blanks}{under}"));
        self.line(&format!("  {margin}╰────"));
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::super::Exit;
    use super::*;

    fn failed() -> Failure {
        Failure::new(Exit::Failed, "the heal failed")
            .detail("column \"x\" does not exist (SQLSTATE 42703)")
            .detail("the server said so")
            .excerpt(Excerpt::at("inventory/0002_x.sql:12:1", "UPDATE inventory.item SET x = 1"))
            .hint("correct the file")
    }

    #[test]
    fn the_statement_is_shown_under_its_own_line_number() {
        let whole = Failure::new(Exit::Failed, "two plugins failed").parts([failed(), failed()]);
        insta::assert_snapshot!(render(&whole, Style::default()), @r#"
          × two plugins failed

        Error:
          × the heal failed
          ├─▶ column "x" does not exist (SQLSTATE 42703)
          ╰─▶ the server said so
            ╭─[inventory/0002_x.sql:12:1]
         12 │ UPDATE inventory.item SET x = 1
            · ──────
            ╰────
          help: correct the file

        Error:
          × the heal failed
          ├─▶ column "x" does not exist (SQLSTATE 42703)
          ╰─▶ the server said so
            ╭─[inventory/0002_x.sql:12:1]
         12 │ UPDATE inventory.item SET x = 1
            · ──────
            ╰────
          help: correct the file
        "#);
    }

    #[test]
    fn lines_keep_to_the_terminals_width_behind_their_marks() {
        let failure = Failure::new(Exit::Failed, "a text of more words than there is room for")
            .detail("a cause with as many words as\nneeded, and a second line")
            .detail("the last cause, which has nothing below it")
            .hint("run `tenon heal --without inventory` and look again");
        let text = render(&failure, Style { colour: false, width: Some(30) });
        insta::assert_snapshot!(text, @r#"
        × a text of more words
        │ than there is room for
        ├─▶ a cause with as many
        │   words as
        │   needed, and a second
        │   line
        ╰─▶ the last cause, which
            has nothing below it
        help: run `tenon heal
              --without inventory`
              and look again
        "#);
    }

    #[test]
    fn colours_are_those_of_the_marks_and_of_the_place() {
        let text = render(&failed(), Style { colour: true, width: None });
        insta::assert_snapshot!(text.escape_debug().to_string().replace("\\n", "\n"), @r#"
        \u{1b}[31m  × \u{1b}[0mthe heal failed
        \u{1b}[31m  ├─▶ \u{1b}[0mcolumn \"x\" does not exist (SQLSTATE 42703)
        \u{1b}[31m  ╰─▶ \u{1b}[0mthe server said so
            ╭─[\u{1b}[36m\u{1b}[1m\u{1b}[4minventory/0002_x.sql:12:1\u{1b}[0m]
         \u{1b}[2m12\u{1b}[0m │ UPDATE inventory.item SET x = 1
            · \u{1b}[35m\u{1b}[1m──────\u{1b}[0m
            ╰────
        \u{1b}[36m  help: \u{1b}[0mcorrect the file
        "#);
        assert_eq!(console::strip_ansi_codes(&text), render(&failed(), Style::default()));
    }

    #[test]
    fn the_line_under_a_word_is_as_wide_as_the_word() {
        let failure = Failure::new(Exit::Failed, "x").excerpt(Excerpt::at("a.sql:1:1", "\"数据\"; SELECT 1"));
        let text = render(&failure, Style::default());
        assert_eq!(text.lines().find(|line| line.contains('·')), Some("   · ──────"), "{text}");
    }
}

//! A failure as plain lines, for logs and pipes.

use super::Failure;
use crate::report::text::clean;

pub(super) fn render(failure: &Failure) -> String {
    let mut text = String::new();
    write(&mut text, failure, "error: ", "  ");
    text
}

fn write(text: &mut String, failure: &Failure, label: &str, indent: &str) {
    let below = |text: &str| clean(text).replace('\n', &format!("\n{indent}  "));
    text.push_str(&format!("{label}{}\n", below(&failure.headline())));
    if let Some(excerpt) = &failure.excerpt {
        let number = excerpt.line.to_string();
        let margin = " ".repeat(number.len());
        text.push_str(&format!("{indent}--> {}\n", excerpt.place()));
        text.push_str(&format!("{indent}{number} | {}\n", excerpt.text));
        let (before, word) = excerpt.mark();
        let (blanks, carets) = (" ".repeat(before.chars().count()), "^".repeat(word.chars().count().max(1)));
        text.push_str(&format!("{indent}{margin} | {blanks}{carets}\n"));
    }
    for cause in &failure.causes {
        text.push_str(&format!("{indent}because: {}\n", below(cause)));
    }
    for part in &failure.parts {
        let deeper = format!("{indent}  ");
        write(text, part, &format!("{indent}- "), &deeper);
    }
    if let Some(hint) = &failure.hint {
        text.push_str(&format!("{indent}hint: {}\n", below(hint)));
    }
}

#[cfg(test)]
mod tests {
    use tenon_migrations_core::plan::PlanRule;

    use super::super::Exit;
    use super::*;
    use crate::report::Excerpt;
    use crate::support::error_code::ErrorCode;

    #[test]
    fn a_failure_is_a_heading_with_its_code_its_causes_and_a_hint() {
        let part = Failure::refused(PlanRule::Gap, "gap: inventory/0002_x.sql:12:1")
            .excerpt(Excerpt::at("inventory/0002_x.sql:12:1", "COMMIT;"))
            .detail("a heal is one transaction")
            .hint("remove the statement");
        let failure = Failure::refused(ErrorCode::Refused, "the plan is refused, nothing was run")
            .parts([part])
            .hint("leave the plugin out with `--without inventory`");
        assert_eq!(
            render(&failure),
            "\
error: the plan is refused, nothing was run [refused]
  - gap: inventory/0002_x.sql:12:1
    --> inventory/0002_x.sql:12:1
    12 | COMMIT;
       | ^^^^^^
    because: a heal is one transaction
    hint: remove the statement
  hint: leave the plugin out with `--without inventory`
"
        );
    }

    #[test]
    fn a_message_cannot_steer_the_terminal() {
        let text = render(&Failure::new(Exit::Failed, "\x1b[2Jgone"));
        assert_eq!(text, "error: \\u{1b}[2Jgone\n");
    }
}

//! What each code means, why it keeps a file out (or does not), and how to repair it, at length.

use crate::plugin::problem::ProblemCode;

/// One section a code, headed by it.
pub const EXPLANATIONS: &str = include_str!("explanations.md");

/// The long text of a code.
pub fn explain(code: ProblemCode) -> &'static str {
    sections().find(|(heading, _)| *heading == code.as_str()).map_or("", |(_, text)| text)
}

fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    EXPLANATIONS.split("\n## ").skip(1).filter_map(|section| {
        let (code, text) = section.split_once('\n')?;
        Some((code, text.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_text_of_some_length_and_every_text_a_code() {
        let codes: Vec<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        let headings: Vec<_> = sections().map(|(code, _)| code).collect();
        assert_eq!(codes, headings);
        assert!(codes.is_sorted() && ProblemCode::ALL.is_sorted());
        for code in ProblemCode::ALL {
            assert!(explain(*code).len() > 80, "{code}");
        }
    }
}

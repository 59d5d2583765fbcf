//! What each code means, why it keeps a file out (or does not), and how to mend it, at length.

/// One section a code, headed by it.
const TEXT: &str = include_str!("explanations.md");

/// The long text of a code.
pub fn explain(code: &str) -> Option<&'static str> {
    sections().find(|(heading, _)| *heading == code).map(|(_, text)| text)
}

/// All codes that have one.
pub fn codes() -> impl Iterator<Item = &'static str> {
    sections().map(|(code, _)| code)
}

fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    TEXT.split("\n## ").skip(1).filter_map(|section| {
        let (code, text) = section.split_once('\n')?;
        Some((code, text.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_text_of_some_length() {
        let mut all: Vec<_> = codes().collect();
        let sorted = all.is_sorted();
        all.dedup();
        assert!(sorted && all.len() == codes().count(), "{all:?}");
        for code in all {
            assert!(explain(code).is_some_and(|text| text.len() > 80), "{code}");
        }
        assert_eq!(explain("no-such-code"), None);
    }
}

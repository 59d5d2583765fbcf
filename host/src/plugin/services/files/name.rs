//! What a file of a plugin may be called.

use super::error::FolderError;

/// How many characters a name may have, and how many parts.
const MOST_CHARACTERS: usize = 200;
pub(super) const MOST_PARTS: usize = 8;

/// A name whose parts lead nowhere but down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileName {
    parts: Vec<String>,
}

impl FileName {
    pub(super) fn of(name: &str) -> Result<Self, FolderError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed);
        let parts: Vec<_> = name.split('/').map(str::to_owned).collect();
        if name.len() <= MOST_CHARACTERS && parts.len() <= MOST_PARTS && parts.iter().all(|one| part(one)) {
            return Ok(Self { parts });
        }
        let name = name.chars().take(MOST_CHARACTERS).collect();
        Err(FolderError::BadName {
            name,
            why: "has parts of A-Z, a-z, 0-9, `.`, `_` and `-`, none with a dot first",
        })
    }

    /// The folders that it is in, and what it is called there.
    pub(super) fn split(&self) -> (&[String], &str) {
        match self.parts.split_last() {
            Some((last, folders)) => (folders, last),
            None => (&[], ""),
        }
    }

    pub(super) fn text(&self) -> String {
        self.parts.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_but_down() {
        for name in ["a", "a.csv", "exports/2026-07.csv", "A_b-c.d/e", "1/2/3/4/5/6/7/8", &"x".repeat(200)] {
            assert_eq!(FileName::of(name).unwrap().text(), name);
        }
        for name in [
            "",
            "/",
            "/etc/passwd",
            "a/",
            "a//b",
            ".",
            "..",
            "../a",
            "a/../b",
            ".hidden",
            "a/.b",
            "a b",
            "a\\b",
            "a\0",
            "ä",
            "a\n",
            "C:",
            "1/2/3/4/5/6/7/8/9",
            &"x".repeat(201),
        ] {
            assert!(FileName::of(name).is_err(), "{name:?}");
        }
    }
}

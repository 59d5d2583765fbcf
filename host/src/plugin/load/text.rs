//! Texts that a plugin hands over. Their types say that they are UTF-8, and nothing sees to it: until
//! somebody has looked they are bytes.

use std::borrow::Cow;
use std::fmt::Display;

use abi_stable::std_types::{RStr, RString};

use crate::plugin::problem::{Problem, ProblemCode};

/// What was handed over as text and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not UTF-8, from byte {at} on")]
pub(super) struct NotText {
    what: String,
    at: usize,
}

impl NotText {
    /// Why the plugin is not loaded.
    pub(super) fn problem(self) -> Problem {
        Problem::new(
            ProblemCode::NotText,
            self.to_string(),
            "rebuild the plugin with a released tenon-plugin-api",
        )
    }
}

/// What a plugin hands over as text.
pub(super) trait Handed {
    fn bytes(&self) -> &[u8];
}

impl Handed for RStr<'_> {
    fn bytes(&self) -> &[u8] {
        self.as_rslice().as_slice()
    }
}

impl Handed for RString {
    fn bytes(&self) -> &[u8] {
        self.as_rstr().as_rslice().as_slice()
    }
}

/// The text, if it is one. `what` is what it is of the plugin's.
pub(super) fn text(what: impl Display, handed: &impl Handed) -> Result<&str, NotText> {
    str::from_utf8(handed.bytes())
        .map_err(|error| NotText { what: what.to_string(), at: error.valid_up_to() })
}

/// The text for the log, which takes what it gets.
pub(super) fn lossy(handed: &impl Handed) -> Cow<'_, str> {
    String::from_utf8_lossy(handed.bytes())
}

#[cfg(test)]
#[expect(unsafe_code, reason = "it makes what a plugin must not")]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_a_text_only_where_they_are_utf_8() {
        assert_eq!(text("its name", &RString::from("ä")), Ok("ä"));
        // SAFETY: nothing reads it as a text.
        let bad = unsafe { RString::from_utf8_unchecked(b"ab\xffc".to_vec().into()) };
        let told = text(format_args!("its {}", "name"), &bad).unwrap_err().to_string();
        assert_eq!(told, "its name is not UTF-8, from byte 2 on");
        assert_eq!(lossy(&bad), "ab\u{fffd}c");
    }
}

//! Reading errors: the chain of causes.

use std::error::Error;

/// The error and all its causes on one line, outermost first, joined by `: `.
///
/// Several libraries print only "db error" or "dlopen failed" and keep the reason in
/// [`source`](Error::source). A cause that the text before it already ends with is not repeated.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

/// The error and its causes, outermost first.
pub fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'a (dyn Error + 'static) = *error;
        error.source()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("could not read the ledger")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("the disk is full")]
    struct Inner;

    #[test]
    fn a_chain_names_every_cause_once() {
        assert_eq!(chain(&Outer(Inner)), "could not read the ledger: the disk is full");
    }

    #[test]
    fn a_library_that_cannot_be_opened_shows_what_the_loader_said() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            "this is not a library, but it is long enough to hold an ELF header ....",
        )
        .unwrap();
        // Opening it is an error, so no code of it runs.
        #[expect(unsafe_code, reason = "loading is what is tested")]
        let error = unsafe { libloading::Library::new(file.path()) }.unwrap_err();
        assert!(!error.to_string().contains("ELF"), "libloading now says it itself: {error}");
        assert!(chain(&error).contains("invalid ELF header"), "{}", chain(&error));
    }
}

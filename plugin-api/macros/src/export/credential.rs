//! `credentials: [authorization, cookies]`

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, Result};

/// What of a request's credentials a plugin asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    Authorization,
    Cookies,
}

impl Credential {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Cookies => "cookies",
        }
    }
}

impl Parse for Credential {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let word = Ident::parse_any(input)?;
        let known = [Self::Authorization, Self::Cookies].into_iter().find(|one| word == one.word());
        known.ok_or_else(|| Error::new(word.span(), "what can be asked for is authorization and cookies"))
    }
}

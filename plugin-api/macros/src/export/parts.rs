//! Lists, maps and texts between the braces of `export_plugin!`.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Result, Token, braced, bracketed};

/// `[a, b]`
pub(super) fn list<T: Parse>(input: ParseStream<'_>) -> Result<Vec<T>> {
    let content;
    bracketed!(content in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

/// `{ a: b, "c": d }`
pub(super) fn map<K, T: Parse>(
    input: ParseStream<'_>,
    key: fn(ParseStream<'_>) -> Result<K>,
) -> Result<Vec<(K, T)>> {
    let content;
    braced!(content in input);
    let mut entries = Vec::new();
    while !content.is_empty() {
        let key = key(&content)?;
        content.parse::<Token![:]>()?;
        entries.push((key, content.parse()?));
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(entries)
}

/// A text.
pub(super) fn text(input: ParseStream<'_>) -> Result<LitStr> {
    input.parse()
}

/// A text, which may be written without quotes.
pub(super) fn name(input: ParseStream<'_>) -> Result<LitStr> {
    if input.peek(LitStr) {
        return input.parse();
    }
    let ident = Ident::parse_any(input)?;
    Ok(LitStr::new(&ident.to_string(), ident.span()))
}

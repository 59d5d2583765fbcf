//! The arguments of attributes: texts, flags, `name = "text"` and `name(arguments)`, in any order.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, LitStr, Result, Token, parenthesized};

use crate::vocabulary::Vocabulary;

/// One argument.
#[derive(Debug)]
enum Arg {
    /// `"text"`
    Text(LitStr),
    /// `name`
    Flag(Ident),
    /// `name = "text"`
    Named(Ident, LitStr),
    /// `name(arguments)`
    Group(Ident, Args),
}

impl Parse for Arg {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitStr) {
            return input.parse().map(Self::Text);
        }
        let name = Ident::parse_any(input)?;
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            return Ok(Self::Named(name, input.parse()?));
        }
        if input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            let mut args: Args = content.parse()?;
            args.span = name.span();
            return Ok(Self::Group(name, args));
        }
        Ok(Self::Flag(name))
    }
}

/// Arguments still to be taken. What is left when all is taken is an error.
#[derive(Debug)]
pub(crate) struct Args {
    items: Vec<Arg>,
    asked: Vec<&'static str>,
    pub(crate) span: Span,
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let span = input.span();
        let items = Punctuated::<Arg, Token![,]>::parse_terminated(input)?.into_iter().collect();
        Ok(Self { items, asked: Vec::new(), span })
    }
}

impl Args {
    /// All arguments of all attributes of that name.
    pub(crate) fn of(attributes: &[Attribute], name: &str, span: Span) -> Result<Self> {
        let mut all = Self { items: Vec::new(), asked: Vec::new(), span };
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
            all.items.extend(attribute.parse_args::<Self>()?.items);
        }
        Ok(all)
    }

    /// The `"text"` without a name.
    pub(crate) fn positional(&mut self) -> Option<LitStr> {
        let at = self.items.iter().position(|arg| matches!(arg, Arg::Text(_)))?;
        match self.items.remove(at) {
            Arg::Text(text) => Some(text),
            _ => None,
        }
    }

    /// `name = "text"`
    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<LitStr>> {
        match self.take(name)? {
            None => Ok(None),
            Some(Arg::Named(_, text)) => Ok(Some(text)),
            Some(other) => Err(Error::new(other.span(), format!("write it as {name} = \"…\""))),
        }
    }

    /// Whether `name` is there.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool> {
        match self.take(name)? {
            None => Ok(false),
            Some(Arg::Flag(_)) => Ok(true),
            Some(other) => Err(Error::new(other.span(), format!("{name} takes no value"))),
        }
    }

    /// `name(a, "b")` as texts with their places.
    pub(crate) fn list(&mut self, name: &'static str) -> Result<Option<Vec<LitStr>>> {
        match self.take(name)? {
            None => Ok(None),
            Some(Arg::Group(_, args)) => {
                args.items.into_iter().map(Arg::into_text).collect::<Result<_>>().map(Some)
            }
            Some(other) => Err(Error::new(other.span(), format!("write it as {name}(…)"))),
        }
    }

    /// `name`, `name = "text"` or `name(arguments)`, all as arguments.
    pub(crate) fn group(&mut self, name: &'static str) -> Result<Option<Self>> {
        Ok(self.take(name)?.map(Arg::into_args))
    }

    /// Every `name(arguments)`.
    pub(crate) fn groups(&mut self, name: &'static str) -> Vec<Self> {
        self.asked.push(name);
        let (found, rest) = self.items.drain(..).partition(|arg| arg.is(name));
        self.items = rest;
        let found: Vec<Arg> = found;
        found.into_iter().map(Arg::into_args).collect()
    }

    /// Ends the taking: what is left is none of the words of this place.
    pub(crate) fn finish(self, words: &Vocabulary) -> Result<()> {
        debug_assert!(self.asked.iter().all(|asked| words.has(asked)), "{:?} of {}", self.asked, words.place);
        match self.items.into_iter().next() {
            None => Ok(()),
            Some(left) => {
                let fault = match &left {
                    Arg::Text(_) => format!("a text means nothing here; what is known: {}", words.known()),
                    Arg::Flag(name) | Arg::Named(name, _) | Arg::Group(name, _) => {
                        words.refuse(&name.to_string())
                    }
                };
                Err(Error::new(left.span(), fault))
            }
        }
    }

    fn take(&mut self, name: &'static str) -> Result<Option<Arg>> {
        self.asked.push(name);
        let Some(at) = self.items.iter().position(|arg| arg.is(name)) else { return Ok(None) };
        let found = self.items.remove(at);
        match self.items.iter().find(|arg| arg.is(name)) {
            Some(second) => Err(Error::new(second.span(), format!("{name} is given twice"))),
            None => Ok(Some(found)),
        }
    }
}

impl Arg {
    fn is(&self, name: &str) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Flag(ident) | Self::Named(ident, _) | Self::Group(ident, _) => ident == name,
        }
    }

    fn span(&self) -> Span {
        match self {
            Self::Text(text) => text.span(),
            Self::Flag(ident) | Self::Named(ident, _) | Self::Group(ident, _) => ident.span(),
        }
    }

    fn into_text(self) -> Result<LitStr> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Flag(ident) => Ok(LitStr::new(&ident.unraw().to_string(), ident.span())),
            other => Err(Error::new(other.span(), "a name or a text is expected here")),
        }
    }

    fn into_args(self) -> Args {
        let span = self.span();
        match self {
            Self::Group(_, args) => args,
            Self::Named(_, text) | Self::Text(text) => {
                Args { items: vec![Self::Text(text)], asked: Vec::new(), span }
            }
            Self::Flag(_) => Args { items: Vec::new(), asked: Vec::new(), span },
        }
    }
}

//! What the console says to people: messages of Project Fluent, one file for each language in
//! `host/strings/`, found by their ids.
//!
//! A message is HTML with few elements, so that a sentence stays whole and its words can be ordered anew.
//! What is put into it is escaped. The tests beside this file hold that each message exists, is given what
//! it names, and that no page has words elsewhere.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::LazyLock;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AcceptLanguage, Header};
use actix_web::middleware::Next;
use askama::filters::{Escaper, HtmlSafe};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::Timestamp;

/// The languages that are shipped. The first one has every message, and speaks where no other is wanted.
static LANGUAGES: LazyLock<[Language; 1]> =
    LazyLock::new(|| [Language::new("en", include_str!("../../strings/en.ftl"))]);

tokio::task_local! {
    /// The language of the request that is answered.
    static SPOKEN: &'static Language;
}

/// The messages of one language.
pub(super) struct Language {
    /// As in HTML and HTTP: `en`.
    tag: &'static str,
    messages: FluentBundle<FluentResource>,
}

impl Language {
    /// The language of a file. What Fluent cannot read of it is absent.
    fn new(tag: &'static str, file: &str) -> Self {
        let (Ok(file) | Err((file, _))) = FluentResource::try_new(file.to_owned());
        let mut messages = FluentBundle::new_concurrent(vec![tag.parse().unwrap_or_default()]);
        // Marks around each argument would be found by who copies it.
        messages.set_use_isolating(false);
        messages.add_resource_overriding(file);
        Self { tag, messages }
    }

    fn message(&self, id: &str, given: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.messages.get_message(id)?.value()?;
        Some(self.messages.format_pattern(pattern, Some(given), &mut Vec::new()).into_owned())
    }
}

/// The language in which the current request is answered.
fn spoken() -> &'static Language {
    SPOKEN.try_with(|language| *language).unwrap_or(&LANGUAGES[0])
}

/// The tag of the language in which the current request is answered.
pub(super) fn language() -> &'static str {
    spoken().tag
}

/// Answers in the language that the browser asks for, among those that are shipped.
pub(super) async fn in_language(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let language = chosen(&*LANGUAGES, &request);
    SPOKEN.scope(language, next.call(request)).await
}

/// The first language of `Accept-Language` that there is; whatever is said of a region, its language counts.
fn chosen<'a>(languages: &'a [Language], request: &ServiceRequest) -> &'a Language {
    let accepted = AcceptLanguage::parse(request).map(|accepted| accepted.ranked()).unwrap_or_default();
    let mut wanted = accepted.iter().filter_map(|one| one.item());
    let found = wanted.find_map(|wanted| {
        languages.iter().find(|language| language.tag.eq_ignore_ascii_case(wanted.primary_language()))
    });
    found.unwrap_or(&languages[0])
}

/// The message of this id. A literal alone, so that a test can hold that there is one.
macro_rules! t {
    ($id:literal) => {
        $crate::admin::strings::Text::new($id)
    };
}
pub(super) use t;

/// A message with what stands in it, as HTML.
#[derive(Debug, Clone)]
pub(super) struct Text {
    id: &'static str,
    given: Vec<(&'static str, Given)>,
}

#[derive(Debug, Clone)]
enum Given {
    Markup(Markup),
    /// Chooses between forms such as singular and plural.
    Number(u64),
}

impl Text {
    /// Called by `t!`.
    pub(super) fn new(id: &'static str) -> Self {
        Self { id, given: Vec::new() }
    }

    /// Puts a text into it, which is escaped.
    pub(super) fn arg(self, name: &'static str, text: impl fmt::Display) -> Self {
        self.with(name, Given::Markup(Markup::escaped(text)))
    }

    /// Puts a number into it.
    pub(super) fn number(self, name: &'static str, number: impl Number) -> Self {
        self.with(name, Given::Number(number.to_u64()))
    }

    /// Puts HTML into it, as it is.
    pub(super) fn markup(self, name: &'static str, markup: impl HtmlSafe) -> Self {
        self.with(name, Given::Markup(Markup(markup.to_string())))
    }

    fn with(mut self, name: &'static str, given: Given) -> Self {
        self.given.push((name, given));
        self
    }

    fn given(&self) -> FluentArgs<'_> {
        let value = |given: &Given| match given {
            Given::Markup(Markup(text)) => FluentValue::from(text.clone()),
            Given::Number(number) => FluentValue::from(*number),
        };
        self.given.iter().map(|(name, given)| (*name, value(given))).collect()
    }
}

impl HtmlSafe for Text {}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = self.given();
        let in_its_own = spoken().message(self.id, &given);
        let said = in_its_own.or_else(|| LANGUAGES[0].message(self.id, &given));
        f.write_str(said.as_deref().unwrap_or(self.id))
    }
}

/// A count of something.
pub(super) trait Number {
    fn to_u64(&self) -> u64;
}

impl Number for usize {
    fn to_u64(&self) -> u64 {
        *self as u64
    }
}

impl Number for u64 {
    fn to_u64(&self) -> u64 {
        *self
    }
}

impl<T: Number> Number for &T {
    fn to_u64(&self) -> u64 {
        T::to_u64(self)
    }
}

/// HTML that is drawn as it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// A text in which no letter is markup.
    pub(super) fn escaped(text: impl fmt::Display) -> Self {
        let mut escaped = String::new();
        // Writing into a string does not fail.
        let _ = askama::filters::Html.write_escaped_str(&mut escaped, &text.to_string());
        Self(escaped)
    }

    /// A text in an element without attributes.
    pub(super) fn element(name: &'static str, text: impl fmt::Display) -> Self {
        let Self(text) = Self::escaped(text);
        Self(format!("<{name}>{text}</{name}>"))
    }

    /// A link to an address of ours.
    pub(super) fn link(address: &str, text: &str) -> Self {
        let (Self(address), Self(text)) = (Self::escaped(address), Self::escaped(text));
        Self(format!("<a href=\"{address}\">{text}</a>"))
    }

    /// A time, for browsers to read.
    pub(super) fn time(at: &Timestamp, text: &str) -> Self {
        let Self(text) = Self::escaped(text);
        Self(format!("<time datetime=\"{at}\">{text}</time>"))
    }

    /// One after another, with commas.
    pub(super) fn list<T: HtmlSafe>(all: impl IntoIterator<Item = T>) -> Self {
        let all: Vec<_> = all.into_iter().map(|one| one.to_string()).collect();
        Self(all.join(", "))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl HtmlSafe for Markup {}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Text> for Markup {
    fn from(text: Text) -> Self {
        Self(text.to_string())
    }
}

impl FromIterator<Markup> for Markup {
    fn from_iter<T: IntoIterator<Item = Markup>>(all: T) -> Self {
        Self(all.into_iter().map(|Self(one)| one).collect())
    }
}

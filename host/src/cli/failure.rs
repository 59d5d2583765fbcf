//! What went wrong, as the edge tells it: one heading, the causes, a hint with the command that helps.

mod graphical;
mod plain;

use std::error::Error;

use super::documents::{Failed, FailureParts};
use super::exit::Exit;
use super::terminal::Terminal;
use crate::report::{Excerpt, json};
use crate::support::code::Code;
use crate::support::error_code::ErrorCode;

/// Why a command ended without doing what it was asked.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    exit: Exit,
    /// Under which it is explained; a refusal always has one.
    code: Option<Code>,
    heading: String,
    /// Outermost first.
    causes: Vec<String>,
    hint: Option<String>,
    /// The statement it is about.
    excerpt: Option<Box<Excerpt>>,
    /// The single reasons, where there are several.
    parts: Vec<Failure>,
}

impl Failure {
    /// A failure of the command line, of files or of processes, unless it gets a [`code`](Self::code).
    pub(crate) fn new(exit: Exit, heading: impl Into<String>) -> Self {
        Self {
            exit,
            // As far as the exit comes from elsewhere.
            code: (exit == Exit::Refused).then(|| ErrorCode::Refused.into()),
            heading: heading.into(),
            causes: Vec::new(),
            hint: None,
            excerpt: None,
            parts: Vec::new(),
        }
    }

    /// Refused before anything ran.
    pub(crate) fn refused(code: impl Into<Code>, heading: impl Into<String>) -> Self {
        Self::new(Exit::Refused, heading).code(code)
    }

    /// Refused before anything ran, by an error with its causes.
    pub(crate) fn refused_by(code: impl Into<Code>, error: &dyn Error) -> Self {
        Self::of(Exit::Refused, error).code(code)
    }

    /// An error with its causes.
    pub(crate) fn of(exit: Exit, error: &dyn Error) -> Self {
        let mut failure = Self::new(exit, error.to_string());
        if let Some(source) = error.source() {
            failure = failure.because(source);
        }
        failure
    }

    /// Adds an error and its causes.
    pub(crate) fn because(mut self, error: &dyn Error) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            // Some libraries repeat their cause.
            let told = self.causes.last().unwrap_or(&self.heading);
            if !told.ends_with(&text) {
                self.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Says under which code it is explained.
    pub(crate) fn code(mut self, code: impl Into<Code>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds a cause in words.
    pub(crate) fn detail(mut self, text: impl Into<String>) -> Self {
        self.causes.push(text.into());
        self
    }

    /// What to do about it.
    pub(crate) fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(text.into());
        self
    }

    pub(crate) fn excerpt(mut self, excerpt: Option<Excerpt>) -> Self {
        self.excerpt = excerpt.map(Box::new);
        self
    }

    pub(crate) fn parts(mut self, parts: impl IntoIterator<Item = Self>) -> Self {
        self.parts.extend(parts);
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// The code under which it is explained, if there is one.
    pub(crate) fn code_name(&self) -> Option<Code> {
        self.code
    }

    /// Whether the heading is a rule's name, alone or with its place.
    fn is_named_by(&self, code: Code) -> bool {
        self.heading.strip_prefix(code.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    }

    /// The heading with the code behind it, unless it begins with that.
    fn headline(&self) -> String {
        match self.code {
            Some(code) if !self.is_named_by(code) => format!("{} [{code}]", self.heading),
            _ => self.heading.clone(),
        }
    }

    /// The heading and the causes, for a log.
    pub(crate) fn on_one_line(&self) -> String {
        let parts = self.parts.iter().map(Self::on_one_line);
        std::iter::once(self.headline())
            .chain(self.causes.iter().cloned())
            .chain(parts)
            .collect::<Vec<_>>()
            .join(": ")
    }

    /// The heading with the causes, and what to do about it.
    pub(crate) fn told(&self) -> (String, Option<String>) {
        (self.on_one_line(), self.hint.clone())
    }

    /// The whole of it without colours, as a log file would have it.
    pub(crate) fn as_text(&self) -> String {
        plain::render(self)
    }

    /// Tells it on standard error, and for `--json` on standard output too.
    pub(crate) fn report(&self, terminal: &Terminal) -> Exit {
        self.as_json(terminal);
        self.print(terminal);
        self.exit
    }

    /// Tells it on standard output, for `--json` alone.
    pub(crate) fn as_json(&self, terminal: &Terminal) {
        if terminal.json() {
            terminal.data(&json::line(&Failed { error: self.parts_for_json() }));
        }
    }

    /// Tells it on standard error alone.
    pub(crate) fn print(&self, terminal: &Terminal) {
        let text =
            if terminal.draws() { graphical::render(self, terminal.err()) } else { plain::render(self) };
        terminal.error(&text);
    }

    /// The whole of it for JSON.
    pub(crate) fn parts_for_json(&self) -> FailureParts {
        FailureParts {
            code: self.code,
            message: self.heading.clone(),
            causes: self.causes.clone(),
            exit: self.exit.code(),
            hint: self.hint.clone(),
            place: self.excerpt.as_ref().map(|excerpt| excerpt.place().to_string()),
            parts: self.parts.iter().map(Self::parts_for_json).collect(),
        }
    }
}

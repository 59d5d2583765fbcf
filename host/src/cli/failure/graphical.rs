//! A failure drawn for a terminal, with a caret at the statement.

use std::error::Error;
use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents, ThemeStyles,
};

use super::{Excerpt, Failure};
use crate::report::text::{Style, clean};

pub(super) fn render(failure: &Failure, style: Style) -> String {
    let mut theme = GraphicalTheme::unicode_nocolor();
    if style.colour {
        theme.styles = ThemeStyles::ansi();
    }
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(usize::from(style.width.unwrap_or(100)))
        .with_links(false);
    let mut text = String::new();
    match handler.render_report(&mut text, &Drawn::of(failure)) {
        Ok(()) => text,
        Err(fmt::Error) => super::plain::render(failure),
    }
}

/// A failure in the form that is drawn.
#[derive(Debug)]
struct Drawn {
    heading: String,
    cause: Option<Box<Cause>>,
    hint: Option<String>,
    excerpt: Option<Box<Excerpt>>,
    parts: Vec<Drawn>,
}

/// One link of the chain of causes.
#[derive(Debug)]
struct Cause {
    text: String,
    next: Option<Box<Cause>>,
}

impl Drawn {
    fn of(failure: &Failure) -> Self {
        let cause = failure
            .causes
            .iter()
            .rev()
            .fold(None, |next, text| Some(Box::new(Cause { text: clean(text), next })));
        Self {
            heading: clean(&failure.heading),
            cause,
            hint: failure.hint.as_deref().map(clean),
            excerpt: failure.excerpt.clone(),
            parts: failure.parts.iter().map(Self::of).collect(),
        }
    }
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.heading)
    }
}

impl Error for Drawn {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.next.as_deref().map(|cause| cause as _)
    }
}

impl Diagnostic for Drawn {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_deref().map(|excerpt| excerpt as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        let span = SourceSpan::new(0.into(), excerpt.mark());
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, span))))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        (!self.parts.is_empty()).then(|| Box::new(self.parts.iter().map(|part| part as &dyn Diagnostic)) as _)
    }
}

impl SourceCode for Excerpt {
    /// The one line there is, under the number it has in its file.
    fn read_span<'a>(
        &'a self,
        _span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let data = self.text.as_bytes();
        Ok(Box::new(MietteSpanContents::new_named(
            self.file.clone(),
            data,
            SourceSpan::new(0.into(), data.len()),
            self.line.saturating_sub(1),
            self.column.saturating_sub(1),
            1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Exit;
    use super::*;

    #[test]
    fn the_statement_is_shown_under_its_own_line_number() {
        let failure = Failure::new(Exit::Failed, "the heal failed")
            .detail("column \"x\" does not exist (SQLSTATE 42703)")
            .excerpt(Excerpt::at("inventory/0002_x.sql:12:1", "UPDATE inventory.item SET x = 1"))
            .hint("correct the file");
        let text = render(&failure, Style::default());
        for part in [
            "the heal failed",
            "inventory/0002_x.sql:12:1",
            "12 │ UPDATE inventory.item",
            "42703",
            "help: correct",
        ] {
            assert!(text.contains(part), "{part:?} in\n{text}");
        }
    }
}

//! What is told of each save: a line each, or a JSON object.

use std::time::Instant;

use crate::cli::app::App;
use crate::cli::documents::DevEvent;
use crate::report::json;

#[derive(Debug)]
pub(super) struct Announce<'a> {
    app: &'a App,
}

impl<'a> Announce<'a> {
    pub(super) fn new(app: &'a App) -> Self {
        Self { app }
    }

    /// Something new answers.
    pub(super) fn serving(&self, id: &str, url: &str, since: Instant) {
        let took = since.elapsed();
        let routes = format!("{}/plugins/{id}/", url.trim_end_matches('/'));
        let took_ms = took.as_millis() as u64;
        let value = DevEvent::Serving { plugin: id, url, routes: &routes, took_ms };
        let text = format!("{id} answers at {routes} after {:.1} s", took.as_secs_f64());
        self.say(&value, &self.app.terminal.out().good(text));
    }

    /// Something stands in the way of what was saved.
    pub(super) fn failed(&self, step: &str, said: &str, answering: bool) {
        let then = if answering { "the former library goes on answering" } else { "nothing answers yet" };
        let value = DevEvent::Failed { step, said, answering };
        let said = said.trim_end();
        self.say(
            &value,
            &format!("{said}\n{}", self.app.terminal.out().bad(format!("{step} failed: {then}"))),
        );
    }

    /// The database is made anew.
    pub(super) fn anew(&self, files: &str) {
        let value = DevEvent::DatabaseMadeAnew { files };
        let text = format!(
            "{files}: applied in the database for development and another by now. It is made anew, without its rows"
        );
        self.say(&value, &self.app.terminal.out().warn(text));
    }

    /// How it is.
    pub(super) fn health(&self, verdict: &str) {
        let value = DevEvent::Health { verdict };
        self.say(&value, verdict.trim_end());
    }

    /// The first administrator's name and password, once.
    pub(super) fn administrator(&self, name: &str, password: &str) {
        let value = DevEvent::Administrator { name, password };
        self.say(&value, &format!("The page's administrator is {name}, with the password {password}"));
    }

    /// A line of the served host's log.
    pub(super) fn log(&self, line: &str) {
        self.app.terminal.error(&format!("{line}\n"));
    }

    fn say(&self, value: &DevEvent<'_>, text: &str) {
        let text = if self.app.options.json { json::line(value) } else { format!("{text}\n") };
        self.app.terminal.data(&text);
    }
}

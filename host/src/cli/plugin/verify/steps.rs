//! What was verified so far: a line for each step, as soon as it has ended, and all of it as JSON in the end.

use std::time::{Duration, Instant};

use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::release::Objection;

use super::reasons;
use crate::author::verify::Version;
use crate::cli::app::App;
use crate::cli::documents::{Verified, VerifiedStep};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::report::json;
use crate::support::command_code::CommandCode;

/// How wide the names of steps are.
const WIDTH: usize = 56;

#[derive(Debug)]
pub(super) struct Steps<'a> {
    app: &'a App,
    plugin: &'a PluginId,
    version: String,
    ended: Vec<VerifiedStep>,
    /// How the steps that failed would end the program.
    failed: Vec<Exit>,
    began: Instant,
}

impl<'a> Steps<'a> {
    pub(super) fn new(app: &'a App, plugin: &'a PluginId) -> Self {
        let (version, began) = (String::new(), Instant::now());
        Self { app, plugin, version, ended: Vec::new(), failed: Vec::new(), began }
    }

    /// Takes note which version it is.
    pub(super) fn version(&mut self, version: &Version) {
        self.version = version.plugin().map(|plugin| plugin.info.version.to_string()).unwrap_or_default();
    }

    /// A step that has ended. Gives what came of it.
    pub(super) fn step<T>(&mut self, name: &str, began: Instant, done: Result<T, Failure>) -> Option<T> {
        let (done, failure) = match done {
            Ok(done) => (Some(done), None),
            Err(failure) => (None, Some(failure)),
        };
        self.told(name, began.elapsed(), failure.as_ref(), &[]);
        done
    }

    /// What is worth knowing of the step that has just ended.
    pub(super) fn warnings(&mut self, warnings: &[String]) {
        for warning in warnings.iter().filter(|_| !self.app.options.json) {
            self.app.terminal.error(&format!("warning: {warning}\n"));
        }
        if let Some(last) = self.ended.last_mut().filter(|_| !warnings.is_empty()) {
            last.warnings = warnings.to_vec();
        }
    }

    /// A step that found these objections, of which advice fails nothing.
    pub(super) fn objections(&mut self, name: &str, began: Instant, objections: Vec<Objection>) {
        let (advice, refusals): (Vec<_>, Vec<_>) =
            objections.into_iter().partition(|objection| objection.rule.is_advice());
        let failure = (!refusals.is_empty()).then(|| {
            let parts = refusals.iter().map(|one| {
                let heading = format!("{}: {}", one.rule, one.object);
                Failure::new(Exit::Failed, heading).code(one.rule).detail(&one.reason).hint(&one.remedy)
            });
            Failure::new(Exit::Failed, format!("{} cannot be released {name}", self.plugin))
                .code(CommandCode::NotReleasable)
                .parts(parts)
        });
        self.told(name, began.elapsed(), failure.as_ref(), &advice);
    }

    fn told(&mut self, name: &str, took: Duration, failure: Option<&Failure>, advice: &[Objection]) {
        let terminal = &self.app.terminal;
        if !self.app.options.json {
            let style = terminal.out();
            let verdict = match failure {
                None => style.good("ok    "),
                Some(_) => style.bad("failed"),
            };
            terminal.data(&format!("{verdict}  {name:WIDTH$}  {:.2} s\n", took.as_secs_f64()));
            for Objection { rule, object, reason, remedy } in advice {
                let advice = style.warn("advice");
                terminal.data(&format!("{advice}    {rule}: {object}: {reason}; {remedy}\n"));
            }
        }
        if let Some(failure) = failure {
            failure.print(terminal);
            self.failed.push(failure.exit());
        }
        self.ended.push(VerifiedStep {
            step: name.to_owned(),
            ok: failure.is_none(),
            took_ms: took.as_millis() as u64,
            error: failure.map(Failure::parts_for_json),
            advice: advice.to_vec(),
            warnings: Vec::new(),
        });
    }

    /// The end: what it all comes to.
    pub(super) fn end(self) -> Exit {
        let Self { app, plugin, version, ended, failed, began } = self;
        let exit = failed.iter().copied().max_by_key(|exit| gravity(*exit)).unwrap_or(Exit::Done);
        if app.options.json {
            let verified = exit == Exit::Done;
            let value = Verified { plugin, version, verified, steps: ended };
            app.terminal.data(&json::document(&value));
            return exit;
        }
        let named = format!("{plugin} {version}").trim_end().to_owned();
        if failed.is_empty() {
            let seconds = began.elapsed().as_secs_f64();
            app.terminal.message(&format!("{named} is verified, in {seconds:.1} s\n"));
        } else {
            app.terminal.error(&format!("{named} is not verified: {} failed\n", reasons(failed.len())));
        }
        exit
    }
}

/// How much an end weighs, among several: what is wrong before what could not be found out, and that before
/// what is only out of date.
fn gravity(exit: Exit) -> u8 {
    match exit {
        Exit::Done => 0,
        Exit::OutOfStep => 1,
        Exit::Unknown => 2,
        _ => 3,
    }
}

//! A loaded plugin's entries, taking and giving the host's own types.
//!
//! What a plugin returns is copied into host values on the plugin's own thread, because dropping a
//! plugin's string runs the plugin's code.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Instant;

use abi_stable::std_types::RResult;
use tenon_migrations_core::lock::Lock;
use tenon_migrations_core::migration::{MigrationId, PluginId, PluginMigration};
use tenon_plugin_api::contract::{HeaderV1, MigrationV1, Res, ResponseV1, Vocabulary};
use tenon_plugin_api::entry::{STATEMENTS_BEFORE, STATEMENTS_BEHIND};
use tenon_schema::{DeclaredStatement, Descriptors};

use super::calling;
use super::entries::Entries;
use super::failure::{self, CallFailure, Fault};
use super::plugin_host::{PluginHost, bad_settings};
use super::plugin_request::RoutedRequest;
use super::slot::{ConnectionSlot, within};
use super::text::{NotText, text};
use crate::plugin::emitted::EmittedEvents;
use crate::plugin::problem::{Problem, ProblemCode};
use crate::plugin::settings::SettingsSchema;
use crate::support::legible;

/// How many characters a file name may have: what a file system allows.
const MOST: usize = 255;

/// The entries of one loaded plugin.
#[derive(Clone, Copy)]
pub struct Module {
    entries: Entries,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Module")
    }
}

/// What a plugin brings, checked for shape only.
#[derive(Debug)]
pub struct PluginArtifacts {
    pub manifest: String,
    pub descriptors: Descriptors,
    /// The lock file that was embedded, if there is one.
    pub lock: Embedded,
    /// What the plugin says of its settings.
    pub settings: Option<SettingsSchema>,
    /// What it may emit.
    pub emitted: Arc<EmittedEvents>,
    /// The statements that it says it sends.
    pub statements: Vec<DeclaredStatement>,
    pub migrations: Vec<PluginMigration>,
}

/// A plugin's answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// How many statements of the call were refused all the same.
    pub refused: u64,
}

impl Answer {
    /// What the plugin answers, copied.
    fn of(response: &ResponseV1) -> Result<Self, NotText> {
        let header = |header: &HeaderV1| {
            let name = text("the name of a header of its answer", &header.name)?;
            let value = text(format_args!("the header {name} of its answer"), &header.value)?;
            Ok((name.to_owned(), value.to_owned()))
        };
        let headers = response.headers.iter().map(header).collect::<Result<_, _>>()?;
        Ok(Self { status: response.status, headers, body: response.body.to_vec(), refused: 0 })
    }
}

impl Module {
    pub(super) fn new(entries: Entries) -> Self {
        Self { entries }
    }

    /// Asks the plugin for all it brings. All problems are told, not the first alone.
    pub fn brought(&self, id: &PluginId, vocabulary: Vocabulary) -> Result<PluginArtifacts, Vec<Problem>> {
        let manifest = self.entries.manifest();
        let manifest =
            text("the manifest that its code gives", &manifest).map(str::to_owned).map_err(NotText::problem);
        let descriptors = entry("schema", self.entries.schema()).and_then(|json| {
            let json = text("the text of its schema descriptors", &json).map_err(NotText::problem)?;
            let (statements, descriptors) = statements(json)?;
            Ok((statements, decode_descriptors(&descriptors, vocabulary)?))
        });
        let migrations = self.migrations(id);
        match (manifest, descriptors, migrations) {
            (Ok(manifest), Ok((statements, declared)), Ok(migrations)) => {
                let DecodedDescriptors { descriptors, lock, settings, emitted } = declared;
                let emitted = Arc::new(emitted);
                Ok(PluginArtifacts { manifest, descriptors, lock, settings, emitted, statements, migrations })
            }
            (manifest, descriptors, migrations) => {
                let problems = manifest.err().into_iter().chain(descriptors.err());
                Err(problems.chain(migrations.err().unwrap_or_default()).collect())
            }
        }
    }

    fn migrations(&self, plugin: &PluginId) -> Result<Vec<PluginMigration>, Vec<Problem>> {
        let brought = entry("migrations", self.entries.migrations()).map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        let mut migrations = Vec::new();
        for one in &brought {
            match migration(plugin, one) {
                Ok(migration) => migrations.push(migration),
                Err(bad) => problems.extend(bad),
            }
        }
        if problems.is_empty() { Ok(migrations) } else { Err(problems) }
    }

    /// Lets the plugin prepare itself.
    pub fn init(&self, host: &PluginHost, deadline: Instant) -> Result<(), Problem> {
        entry("init", within(deadline, None, || self.entries.init(host)))
    }

    /// Lets the plugin clean up.
    pub fn shutdown(&self, host: &PluginHost, deadline: Instant) -> Result<(), Problem> {
        entry("shutdown", within(deadline, None, || self.entries.shutdown(host)))
    }

    /// Has the plugin answer one request, with a connection borrowed for this call.
    pub fn handle(
        &self,
        question: &RoutedRequest,
        host: &PluginHost,
        db: &ConnectionSlot,
        most_bytes: u64,
    ) -> Result<Answer, CallFailure> {
        let unreadable = |error: NotText| {
            let message = format!("plugin {} gave no answer that can be read: {error}", host.plugin);
            CallFailure::new(Fault::NotText, 500, message)
        };
        let (answer, mut seen) = failure::watched(|| {
            calling::within(question.frame.as_ref(), || {
                question.put(|request| match &question.relay {
                    None => self.entries.handle(request, host, db),
                    Some(relay) => relay.handle(&request, host, db),
                })
            })
        });
        seen.extend(db.was_misused().then_some(Fault::OtherThread));
        let refused = failure::refused(&seen);
        match answer {
            RResult::ROk(response) if response.body.len() as u64 > most_bytes => {
                let message = format!("the plugin's answer has more than {most_bytes} bytes");
                Err(CallFailure { refused, ..CallFailure::new(Fault::TooMuch, 500, message) })
            }
            RResult::ROk(response) => {
                let answer = Answer::of(&response).map_err(unreadable);
                answer.map(|answer| Answer { refused, ..answer })
            }
            RResult::RErr(error) => Err(CallFailure::of(&error, &seen).unwrap_or_else(unreadable)),
        }
    }
}

/// One migration, or all that is wrong with it.
fn migration(plugin: &PluginId, one: &MigrationV1) -> Result<PluginMigration, Vec<Problem>> {
    let name = text("the file name of one of its migrations", &one.filename)
        .map_err(|error| vec![error.problem()])?;
    let parse = |id: &str| {
        let bad = |fault: &dyn Display| {
            let reason = format!("its migration {}: {fault}", legible::shown(name, MOST));
            Problem::new(
                ProblemCode::BadMigration,
                reason,
                "correct the file's name or its tenon:requires line",
            )
        };
        let filename = id.split_once('/').map_or(id, |(_, filename)| filename);
        match legible::fault(filename, MOST) {
            Some(fault) => Err(bad(&format_args!("the name {}: {fault}", legible::shown(filename, MOST)))),
            None => id.parse::<MigrationId>().map_err(|error| bad(&error)),
        }
    };
    let required = |handed| {
        let what = format_args!("the tenon:requires line of its migration {}", legible::shown(name, MOST));
        text(what, handed).map_err(NotText::problem).and_then(parse)
    };
    let sql = text(format_args!("the text of its migration {}", legible::shown(name, MOST)), &one.sql);
    let (requires, bad): (Vec<_>, Vec<_>) = one.requires.iter().map(required).partition(Result::is_ok);
    let mut problems: Vec<_> = bad.into_iter().filter_map(Result::err).collect();
    match (parse(&format!("{plugin}/{name}")), sql.map_err(NotText::problem)) {
        (Ok(id), Ok(sql)) if problems.is_empty() => {
            Ok(PluginMigration::new(id, sql, requires.into_iter().filter_map(Result::ok).collect()))
        }
        (id, sql) => {
            problems.extend(id.err().into_iter().chain(sql.err()));
            Err(problems)
        }
    }
}

/// The statements that a plugin says it sends, which stand in front of its descriptors, and these.
fn statements(json: &str) -> Result<(Vec<DeclaredStatement>, Cow<'_, str>), Problem> {
    let Some(front) = json.strip_prefix(STATEMENTS_BEFORE) else { return Ok((Vec::new(), json.into())) };
    let mut read = serde_json::Deserializer::from_str(front).into_iter();
    let (first, end) = (read.next(), read.byte_offset());
    match (first, front.get(end..).and_then(|rest| rest.strip_prefix(STATEMENTS_BEHIND))) {
        (Some(Ok(statements)), Some(descriptors)) => Ok((statements, format!("{{{descriptors}").into())),
        (first, _) => {
            let why = first.and_then(Result::err).map(|error| format!(": {error}")).unwrap_or_default();
            let reason = format!("the statements in front of its schema descriptors cannot be read{why}");
            let remedy = "rebuild the plugin with a released tenon-plugin-api";
            Err(Problem::new(ProblemCode::BadDescriptors, reason, remedy))
        }
    }
}

/// What travels as the descriptors' JSON.
#[derive(Debug)]
pub struct DecodedDescriptors {
    pub descriptors: Descriptors,
    pub lock: Embedded,
    pub settings: Option<SettingsSchema>,
    pub emitted: EmittedEvents,
}

/// A plugin's descriptors, and its lock and the schema of its settings if it has them. The lock file travels
/// behind the descriptors as it is: a damaged one damages nothing else. What cannot be read is too new where
/// the plugin says that it may use more words than this host knows.
pub fn decode_descriptors(json: &str, vocabulary: Vocabulary) -> Result<DecodedDescriptors, Problem> {
    let too_new = |reason| Problem::new(ProblemCode::DescriptorsTooNew, reason, "upgrade the host");
    let bad = |error: serde_json::Error| {
        if vocabulary > Vocabulary::OWN {
            return too_new(format!(
                "its schema descriptors are of version {vocabulary} and say what this host, which reads {}, does not \
                 know: {error}",
                Vocabulary::OWN
            ));
        }
        let reason = format!("its schema descriptors cannot be read: {error}");
        Problem::new(
            ProblemCode::BadDescriptors,
            reason,
            "rebuild the plugin with a released tenon-plugin-api",
        )
    };
    let (own, lock) = parts(json);
    let mut members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&own).map_err(bad)?;
    // Looked at first, so that a format of the future is named as such and not as an unknown member.
    let format = members.get("format").and_then(serde_json::Value::as_u64).unwrap_or_default();
    if format != u64::from(tenon_schema::FORMAT) {
        let reason = format!(
            "its schema descriptors are in format {format}, and this host reads format {}",
            tenon_schema::FORMAT
        );
        return Err(too_new(reason));
    }
    let settings = members.remove("settings").map(SettingsSchema::of).transpose().map_err(|reason| {
        Problem::new(ProblemCode::BadSettings, reason, "make the settings a struct with named fields")
    })?;
    let emitted =
        members.remove("emits").map(EmittedEvents::of).transpose().map_err(|reason| {
            Problem::new(ProblemCode::BadEvent, reason, "report it to the plugin's author")
        })?;
    let descriptors = serde_json::from_value(serde_json::Value::Object(members)).map_err(bad)?;
    let (lock, emitted) = (lock.map_or(Embedded::None, Embedded::read), emitted.unwrap_or_default());
    Ok(DecodedDescriptors { descriptors, lock, settings, emitted })
}

/// The lock file that a plugin brings.
#[derive(Debug)]
pub enum Embedded {
    None,
    Lock(Box<Lock>),
    /// The lock file cannot be read: the descriptors are elaborated instead, and the host reports why.
    Damaged(String),
}

impl Embedded {
    fn read(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(lock) => Self::Lock(Box::new(lock)),
            Err(error) => Self::Damaged(error.to_string()),
        }
    }
}

/// The descriptors' own object, and the text of the lock file. Within the descriptors no member is called so,
/// and what stands in a string has its quotes escaped.
fn parts(json: &str) -> (Cow<'_, str>, Option<&str>) {
    match json.split_once(",\"lock\":") {
        Some((own, rest)) => {
            let lock = rest.trim_end();
            (format!("{own}}}").into(), Some(lock.strip_suffix('}').unwrap_or(lock)))
        }
        None => (json.into(), None),
    }
}

/// The result of an entry that is called while loading.
fn entry<T>(name: &str, result: Res<T>) -> Result<T, Problem> {
    // There is no event to tell of a panic where there is no host yet, so that here the plugin's word decides
    // which words it is told in, and nothing else.
    result.into_result().map_err(|error| match CallFailure::of(&error, &[]) {
        Ok(CallFailure { code, message, .. }) if code == "panic" => Problem::new(
            ProblemCode::Panicked,
            format!("it panicked in {name}: {message}"),
            "report it to the plugin's author, or install another version",
        ),
        Ok(CallFailure { code, message, .. }) if code == "settings" => bad_settings(message),
        Ok(CallFailure { message, .. }) => Problem::new(
            ProblemCode::Refused,
            format!("its {name} failed: {message}"),
            "see the plugin's documentation for what it needs",
        ),
        Err(error) => error.problem(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_stand_in_front_of_the_descriptors_and_a_host_without_them_reads_the_same_descriptors() {
        let statements_json = r#"[{"sql":"SELECT '},{\"format\":'","file":"a.rs","line":1,"column":2}]"#;
        let brought =
            format!("{STATEMENTS_BEFORE}{statements_json}{STATEMENTS_BEHIND}\"format\":1,\"lock\":{{}}}}");
        let (statements, descriptors) = statements(&brought).unwrap();
        assert_eq!((statements.len(), statements[0].line), (1, 1));
        assert_eq!(statements[0].sql, "SELECT '},{\"format\":'");
        assert_eq!(descriptors, "{\"format\":1,\"lock\":{}}");
        let decoded = decode_descriptors(&brought, Vocabulary::OWN).unwrap();
        let DecodedDescriptors { descriptors, lock, .. } = decoded;
        assert_eq!(descriptors, Descriptors::default());
        assert!(matches!(lock, Embedded::Damaged(_)), "the lock file is read as it was");
    }

    #[test]
    fn statements_that_cannot_be_read_are_a_problem_with_its_reason() {
        for wrong in ["", "[", "[1]", "[]", "[]}", "[{\"sql\":1}]},"] {
            let problem = statements(&format!("{STATEMENTS_BEFORE}{wrong}")).unwrap_err();
            assert!(
                problem.reason.contains("in front of its schema descriptors cannot be read"),
                "{wrong}: {problem:?}"
            );
        }
        assert!(statements("{\"format\":1}").unwrap().0.is_empty());
    }
}

//! What a plugin sends to `tracing` and to `log` comes to the host's log.
//!
//! The dispatchers of both are not shared between libraries: each plugin has its own, and this one hands
//! every event to the host of the call that the thread is in. On threads that the plugin started there is no
//! call: what is sent there waits for the next one, up to [`MOST_WAITING`] events.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Scope};

use crate::contract::HostV2;
use crate::current;
use crate::host::Level;

/// How many events wait for a call at most; the oldest are dropped.
const MOST_WAITING: usize = 1000;

/// Events that no call was there for.
static WAITING: Mutex<Waiting> = Mutex::new(Waiting { events: VecDeque::new(), dropped: 0 });

struct Waiting {
    events: VecDeque<LogEvent>,
    dropped: u64,
}

/// One event, as it goes to the host.
#[derive(Debug)]
struct LogEvent {
    level: Level,
    target: String,
    message: String,
    fields: Map<String, Value>,
}

/// Makes `tracing` and `log` of this library send to the host. Where the plugin has set up something of its
/// own, that stays.
pub(crate) fn install() {
    let _ = tracing::subscriber::set_global_default(Registry::default().with(ToHost));
    if log::set_logger(&ToHost).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
}

/// Hands on what was sent where there was no call.
pub(crate) fn flush(host: &dyn HostV2) {
    let Waiting { events, dropped } = {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.events.is_empty() {
            return;
        }
        std::mem::replace(&mut *waiting, Waiting { events: VecDeque::new(), dropped: 0 })
    };
    if dropped > 0 {
        let message = format!("{dropped} events of threads of the plugin's own were dropped");
        host.log(Level::Warn as u8, "tenon_plugin_api::telemetry".into(), message.as_str().into(), "".into());
    }
    for event in events {
        event.send(host);
    }
}

impl LogEvent {
    fn send(&self, host: &dyn HostV2) {
        let fields =
            if self.fields.is_empty() { String::new() } else { Value::from(self.fields.clone()).to_string() };
        let (target, message) = (self.target.as_str(), self.message.as_str());
        host.log(self.level as u8, target.into(), message.into(), fields.as_str().into());
    }

    fn send_or_wait(self) {
        if current::with(|host| self.send(host)).is_some() {
            return;
        }
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.events.len() == MOST_WAITING {
            waiting.events.pop_front();
            waiting.dropped += 1;
        }
        waiting.events.push_back(self);
    }
}

/// The layer of `tracing`, and the logger of `log`.
struct ToHost;

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for ToHost {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = SpanFields::default();
        attributes.record(&mut Fields(&mut fields.0));
        span.extensions_mut().replace(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<SpanFields>() {
            values.record(&mut Fields(&mut fields.0));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Map::new();
        // What is nearer to the event has the last word.
        for span in context.event_scope(event).into_iter().flat_map(Scope::from_root) {
            if let Some(SpanFields(of_span)) = span.extensions().get::<SpanFields>() {
                fields.extend(of_span.clone());
            }
        }
        event.record(&mut Fields(&mut fields));
        let message = match fields.remove("message") {
            Some(Value::String(message)) => message,
            Some(other) => other.to_string(),
            None => event.metadata().name().to_owned(),
        };
        let level = match *event.metadata().level() {
            tracing::Level::ERROR => Level::Error,
            tracing::Level::WARN => Level::Warn,
            tracing::Level::INFO => Level::Info,
            tracing::Level::DEBUG => Level::Debug,
            tracing::Level::TRACE => Level::Trace,
        };
        LogEvent { level, target: event.metadata().target().to_owned(), message, fields }.send_or_wait();
    }
}

impl log::Log for ToHost {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let level = match record.level() {
            log::Level::Error => Level::Error,
            log::Level::Warn => Level::Warn,
            log::Level::Info => Level::Info,
            log::Level::Debug => Level::Debug,
            log::Level::Trace => Level::Trace,
        };
        let (target, message) = (record.target().to_owned(), record.args().to_string());
        LogEvent { level, target, message, fields: Map::new() }.send_or_wait();
    }

    fn flush(&self) {}
}

/// The fields of a span.
#[derive(Default)]
struct SpanFields(Map<String, Value>);

/// Gathers fields as JSON.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        self.set(field, text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, format!("{value:?}"));
    }
}

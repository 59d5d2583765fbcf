//! Events of plugins in the host's log: with fields of their own, and a target that filters can name.
//!
//! `tracing` wants what describes an event (its target, level and names of fields) to live as long as the
//! process, so that each shape of event is made once and kept. Plugins decide how many shapes there are; the
//! host keeps [`MOST_SHAPES`] for each, and has the fields of all others in one, as JSON.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::{Map, Value};
use tenon_migrations_core::migration::PluginId;
use tracing::callsite::{Callsite, Identifier};
use tracing::field::{Field, FieldSet, Value as FieldValue};
use tracing::level_filters::LevelFilter;
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, dispatcher};

use crate::support::legible;

/// How many shapes of events are kept for each plugin.
const MOST_SHAPES: usize = 256;

/// How many fields of an event stand by themselves.
const MOST_FIELDS: usize = 24;

/// Fields that every event has: its message, the plugin's id, and what has no field of its own.
const COMMON: [&str; 3] = ["message", "plugin", "fields"];

/// How many characters of a message are kept.
const MOST_MESSAGE: usize = 10_000;

/// How many characters the name of a field, and the target of an event, may have.
const MOST_NAME: usize = 100;

/// Names that the log has for its own, and those that this file gives.
const TAKEN: [&str; 8] = ["message", "plugin", "fields", "timestamp", "level", "target", "span", "spans"];

/// Writes an event of a plugin to the log, if the log's filter lets it pass.
///
/// The event's target is `plugin::ID`, or `plugin::ID::module` where the plugin says from which module it is:
/// no plugin speaks for the host, and a filter can ask for those of one plugin alone.
pub(super) fn write(plugin: &PluginId, level: Level, target: &str, message: &str, fields_json: &str) {
    if level > LevelFilter::current() {
        return;
    }
    let (own, rest) = split(fields_json);
    let target = target_of(plugin, target);
    let message = legible::shown(message, MOST_MESSAGE);
    match EventShape::of(plugin, level, target, own.keys().cloned().collect()) {
        Some(shape) => shape.write(plugin, &message, &own, rest.as_deref()),
        None => write_plain(plugin, level, &message, fields_json),
    }
}

/// An event of a plugin that has used up its shapes.
fn write_plain(plugin: &PluginId, level: Level, message: &str, fields: &str) {
    let plugin = plugin.as_str();
    match level {
        Level::ERROR => tracing::error!(target: "plugin", plugin, fields, "{message}"),
        Level::WARN => tracing::warn!(target: "plugin", plugin, fields, "{message}"),
        Level::INFO => tracing::info!(target: "plugin", plugin, fields, "{message}"),
        Level::DEBUG => tracing::debug!(target: "plugin", plugin, fields, "{message}"),
        Level::TRACE => tracing::trace!(target: "plugin", plugin, fields, "{message}"),
    }
}

/// The fields that stand by themselves, and the others as they are.
fn split(fields_json: &str) -> (Map<String, Value>, Option<String>) {
    if fields_json.is_empty() {
        return (Map::new(), None);
    }
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(fields_json) else {
        return (Map::new(), Some(fields_json.to_owned()));
    };
    let is_name = |name: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.len() <= MOST_NAME
            && name.chars().all(plain)
            && !TAKEN.contains(&name)
    };
    let (own, mut rest): (Map<_, _>, Map<_, _>) = fields.into_iter().partition(|(name, _)| is_name(name));
    let own = own.into_iter().enumerate().filter_map(|(at, (name, value))| {
        if at < MOST_FIELDS {
            return Some((name, value));
        }
        rest.insert(name, value);
        None
    });
    let own = own.collect();
    (own, (!rest.is_empty()).then(|| Value::Object(rest).to_string()))
}

/// `plugin::notes::stock` of what comes as `notes::stock`, or as `notes` or `stock` alone.
fn target_of(plugin: &PluginId, target: &str) -> String {
    let plugin = plugin.as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.' | '-');
    let target = if target.len() <= MOST_NAME && target.chars().all(plain) { target } else { "" };
    if target.is_empty() || target == plugin {
        return format!("plugin::{plugin}");
    }
    let module = target.strip_prefix(plugin).and_then(|rest| rest.strip_prefix("::")).unwrap_or(target);
    format!("plugin::{plugin}::{module}")
}

/// What the log knows of all events that have a level, a target and names of fields in common.
struct EventShape {
    metadata: &'static Metadata<'static>,
}

/// The shapes of each plugin.
type Shapes = HashMap<PluginId, HashMap<(Level, String, Vec<String>), &'static EventShape>>;

impl EventShape {
    /// The shape, made if it is new; none where the plugin has too many.
    fn of(plugin: &PluginId, level: Level, target: String, names: Vec<String>) -> Option<&'static Self> {
        static SHAPES: Mutex<Option<Shapes>> = Mutex::new(None);
        let mut shapes = SHAPES.lock().unwrap_or_else(PoisonError::into_inner);
        let shapes = shapes.get_or_insert_default().entry(plugin.clone()).or_default();
        let key = (level, target, names);
        if let Some(shape) = shapes.get(&key) {
            return Some(shape);
        }
        if shapes.len() == MOST_SHAPES {
            return None;
        }
        let shape: &'static Self = Box::leak(Box::new(Self::new(level, &key.1, &key.2)));
        shapes.insert(key, shape);
        Some(shape)
    }

    /// Kept as long as the process, as `tracing` wants it.
    fn new(level: Level, target: &str, names: &[String]) -> Self {
        let keep = |text: &str| -> &'static str { Box::leak(text.into()) };
        let names: Vec<_> = COMMON.into_iter().chain(names.iter().map(|name| keep(name))).collect();
        let site: &'static Site = Box::leak(Box::default());
        let fields = FieldSet::new(Box::leak(names.into_boxed_slice()), Identifier(site));
        let name = "event of a plugin";
        let metadata = Metadata::new(name, keep(target), level, None, None, None, fields, Kind::EVENT);
        Self { metadata: site.metadata.get_or_init(|| metadata) }
    }

    fn write(&self, plugin: &PluginId, message: &str, own: &Map<String, Value>, rest: Option<&str>) {
        if !dispatcher::get_default(|dispatch| dispatch.enabled(self.metadata)) {
            return;
        }
        let message = format_args!("{message}");
        let plugin = plugin.as_str();
        let own: Vec<Option<Box<dyn FieldValue>>> = own.values().map(as_field).collect();
        let mut values: Vec<Option<&dyn FieldValue>> = vec![Some(&message), Some(&plugin)];
        values.push(rest.as_ref().map(|rest| rest as &dyn FieldValue));
        values.extend(own.iter().map(Option::as_deref));
        let fields: Vec<Field> = self.metadata.fields().iter().collect();
        let Some(last) = fields.last() else { return };
        // `tracing` takes an array: what is too much of it stands for no value.
        let mut pairs: [(&Field, Option<&dyn FieldValue>); COMMON.len() + MOST_FIELDS] =
            [(last, None); COMMON.len() + MOST_FIELDS];
        for (pair, (field, value)) in pairs.iter_mut().zip(fields.iter().zip(values)) {
            *pair = (field, value);
        }
        Event::dispatch(self.metadata, &self.metadata.fields().value_set(&pairs));
    }
}

/// A field's value as `tracing` knows it; arrays and objects as their JSON.
fn as_field(value: &Value) -> Option<Box<dyn FieldValue>> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => Box::new(*value),
        Value::String(text) => Box::new(text.clone()),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), ..) => Box::new(number),
            (_, Some(number), _) => Box::new(number),
            (.., Some(number)) => Box::new(number),
            (None, None, None) => Box::new(number.to_string()),
        },
        Value::Array(_) | Value::Object(_) => Box::new(value.to_string()),
    })
}

/// What `tracing` takes for the place in the source that the events come from.
#[derive(Default)]
struct Site {
    metadata: OnceLock<Metadata<'static>>,
}

impl Callsite for Site {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        static NOBODY: Site = Site { metadata: OnceLock::new() };
        static NONE: Metadata<'static> = Metadata::new(
            "event of a plugin",
            "plugin",
            Level::TRACE,
            None,
            None,
            None,
            FieldSet::new(&COMMON, Identifier(&NOBODY)),
            Kind::EVENT,
        );
        self.metadata.get().unwrap_or(&NONE)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;

    use tracing_subscriber::EnvFilter;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What a log with that filter has of what is written.
    fn logged(filter: &str, write: impl FnOnce()) -> Vec<Value> {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer =
            tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(EnvFilter::new(filter)).with(layer);
        tracing::subscriber::with_default(subscriber, write);
        let bytes = lines.0.lock().unwrap().clone();
        let lines = String::from_utf8(bytes).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn id(id: &str) -> PluginId {
        id.parse().unwrap()
    }

    #[test]
    fn an_event_has_its_fields_and_a_target_that_a_filter_can_name() {
        let plugin = id("notes");
        let fields = r#"{"note":7,"title":"a\"b","done":true,"ratio":0.5,"tags":["a"],"none":null}"#;
        let events = logged("warn,plugin::notes=debug", || {
            write(&plugin, Level::DEBUG, "notes::stock", "one", fields);
            write(&plugin, Level::TRACE, "notes::stock", "too fine", fields);
            write(&id("other"), Level::INFO, "other", "not asked for", "");
        });
        let [event] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(event["message"], "one");
        assert_eq!(event["target"], "plugin::notes::stock");
        assert_eq!(event["plugin"], "notes");
        assert_eq!((&event["note"], &event["done"], &event["ratio"]), (&7.into(), &true.into(), &0.5.into()));
        assert_eq!((&event["title"], &event["tags"]), (&"a\"b".into(), &"[\"a\"]".into()));
    }

    #[test]
    fn no_plugin_speaks_for_another_or_breaks_a_line() {
        let events = logged("trace", || {
            let fields = r#"{"plugin":"core","level":"x","a b":1,"\n":2,"fine":3}"#;
            write(&id("notes"), Level::INFO, "tenon_host::heal", "one\ntwo", fields);
            write(&id("notes"), Level::INFO, "bad\ntarget", "x", "no JSON");
        });
        let [one, other] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(
            (&one["plugin"], &one["target"]),
            (&"notes".into(), &"plugin::notes::tenon_host::heal".into())
        );
        assert_eq!((&one["level"], &one["fine"]), (&"INFO".into(), &3.into()));
        assert_eq!(one["message"], "one\\u{a}two");
        assert_eq!(one["fields"], r#"{"\n":2,"a b":1,"level":"x","plugin":"core"}"#);
        assert_eq!((&other["target"], &other["fields"]), (&"plugin::notes".into(), &"no JSON".into()));
    }

    #[test]
    fn however_many_fields_and_names_a_plugin_makes_up_nothing_is_lost_and_little_is_kept() {
        let plugin = id("chatty");
        let events = logged("trace", || {
            for number in 0..2 * MOST_SHAPES {
                let fields = format!(r#"{{"field_{number}":{number}}}"#);
                write(&plugin, Level::WARN, "chatty", "x", &fields);
            }
            let many: Map<_, _> = (0..100).map(|number| (format!("f{number}"), number.into())).collect();
            write(&id("broad"), Level::WARN, "broad", "x", &Value::Object(many).to_string());
        });
        assert_eq!(events.len(), 2 * MOST_SHAPES + 1);
        assert_eq!(events[0]["field_0"], 0);
        assert_eq!(
            events[2 * MOST_SHAPES - 1]["fields"],
            format!(r#"{{"field_{0}":{0}}}"#, 2 * MOST_SHAPES - 1)
        );
        let broad = events.last().unwrap();
        let rest: Map<String, Value> = serde_json::from_str(broad["fields"].as_str().unwrap()).unwrap();
        assert_eq!(rest.len(), 100 - MOST_FIELDS);
    }
}

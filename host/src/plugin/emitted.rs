//! What a plugin may emit: its events, each with the JSON Schema of its payload, as its code gives them.
//!
//! A payload is held against its schema where the plugin emits it, before the statement is sent: what a
//! listener is to hear is what its author was told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use jsonschema::Validator;
use serde_json::Value;

use crate::support::lock::LockExt;

/// How many bytes a payload has at most: what is larger stands in a table, and the event says where.
pub const MOST_BYTES: usize = 256 * 1024;

/// How long a call waits for the database to know the events of a host that has just started.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many things that are wrong with a payload are told.
const TOLD: usize = 5;

/// The events that a plugin emits.
#[derive(Debug, Default)]
pub struct EmittedEvents {
    schemas: BTreeMap<String, Validator>,
    /// Whether the database knows them.
    are_known: Mutex<bool>,
    known: Condvar,
}

/// Why an event is not emitted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventRefusal {
    #[error("the plugin does not declare the event {name:?}; it declares {}", .declared.join(", "))]
    Undeclared { name: String, declared: Vec<String> },
    #[error("the payload of the event {name} has {bytes} bytes, and may have {MOST_BYTES}")]
    TooLarge { name: String, bytes: usize },
    #[error("the payload of the event {name} is no JSON: {reason}")]
    NoJson { name: String, reason: String },
    #[error("the payload of the event {name} is not of the type that the plugin declares: {}", .wrong.join("; "))]
    Mismatch { name: String, wrong: Vec<String> },
}

impl EmittedEvents {
    /// The events of an object of schemas by name, which a plugin handed over.
    pub fn of(schemas: Value) -> Result<Self, String> {
        let Value::Object(schemas) = schemas else {
            return Err("the schemas of its events are no object".to_owned());
        };
        let compile = |(name, schema): (String, Value)| match jsonschema::validator_for(&schema) {
            Ok(validator) => Ok((name, validator)),
            Err(error) => Err(format!("the schema of its event {name:?} cannot be used: {error}")),
        };
        let schemas = schemas.into_iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { schemas, ..Self::default() })
    }

    /// The names of the events.
    pub fn names(&self) -> BTreeSet<&str> {
        self.schemas.keys().map(String::as_str).collect()
    }

    /// Whether an event may be emitted. Waits a little until the database knows the plugin's events, which
    /// the host tells it after its first check.
    pub fn check(&self, name: &str, payload: &str, deadline: Instant) -> Result<(), EventRefusal> {
        let Some(schema) = self.schemas.get(name) else {
            let declared = self.schemas.keys().map(|name| format!("{name:?}")).collect::<Vec<_>>();
            let declared = if declared.is_empty() { vec!["none".to_owned()] } else { declared };
            return Err(EventRefusal::Undeclared { name: name.to_owned(), declared });
        };
        let (name, bytes) = (name.to_owned(), payload.len());
        if bytes > MOST_BYTES {
            return Err(EventRefusal::TooLarge { name, bytes });
        }
        let value: Value = match serde_json::from_str(payload) {
            Ok(value) => value,
            Err(error) => return Err(EventRefusal::NoJson { name, reason: error.to_string() }),
        };
        // Values stay out of the log.
        let told = schema.iter_errors(&value).take(TOLD).map(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() { "the whole".to_owned() } else { place };
            format!("{place}: {}", error.masked())
        });
        let wrong: Vec<_> = told.collect();
        if !wrong.is_empty() {
            return Err(EventRefusal::Mismatch { name, wrong });
        }
        self.wait(deadline);
        Ok(())
    }

    /// Says that the database knows them.
    pub fn become_known(&self) {
        *self.are_known.lock_unpoisoned() = true;
        self.known.notify_all();
    }

    fn wait(&self, deadline: Instant) {
        let longest = deadline.saturating_duration_since(Instant::now()).min(PATIENCE);
        let are_known = self.are_known.lock_unpoisoned();
        // What the database says then is true, whatever came of this.
        drop(self.known.wait_timeout_while(are_known, longest, |are_known| !*are_known));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_declared_and_its_payload_of_its_type() {
        let events = EmittedEvents::of(json!({
            "shop.sold": {
                "type": "object",
                "properties": { "total": { "type": "integer" }, "to": { "type": "string" } },
                "required": ["total", "to"],
            }
        }))
        .unwrap();
        events.become_known();
        let check = |name: &str, payload: &str| {
            events.check(name, payload, Instant::now()).map_err(|refusal| refusal.to_string())
        };
        assert_eq!(check("shop.sold", r#"{"total":1,"to":"ada"}"#), Ok(()));
        let told = check("shop.bought", "{}").unwrap_err();
        assert_eq!(told, "the plugin does not declare the event \"shop.bought\"; it declares \"shop.sold\"");
        let told = check("shop.sold", r#"{"total":"secret"}"#).unwrap_err();
        assert!(told.contains("/total: ") && told.contains("\"to\" is a required property"), "{told}");
        assert!(!told.contains("secret"), "{told}");
        assert!(check("shop.sold", "{").unwrap_err().contains("is no JSON"));
        let large = format!("{{\"total\":1,\"to\":\"{}\"}}", "a".repeat(MOST_BYTES));
        assert!(check("shop.sold", &large).unwrap_err().contains("may have 262144"));
    }

    #[test]
    fn what_is_no_schema_is_none() {
        assert!(EmittedEvents::of(json!([])).is_err());
        let told = EmittedEvents::of(json!({ "shop.sold": { "type": "sale" } })).unwrap_err();
        assert!(told.starts_with("the schema of its event \"shop.sold\" cannot be used: "), "{told}");
    }
}

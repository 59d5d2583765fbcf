//! Events: what a plugin says in its own transaction, and plugins hear after its commit.

use std::fmt;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::contract::{EMIT, EVENT_METHOD, RequestV1};
use crate::{Connection, Host, PluginError};

/// An event that was emitted and committed, with its payload as a type of the plugin that hears it.
///
/// All that the listener does with the database is one transaction, in which the host also notes that the
/// event has been heard. So an event whose transaction was committed does not come again, and one whose was
/// not does.
#[derive(Debug)]
pub struct Event<'a, T> {
    name: &'a str,
    delivered: &'a DeliveredEvent,
    payload: T,
    host: &'a Host<'a>,
}

/// What the body of a call says: events of one name, in their order.
#[doc(hidden)]
#[derive(Debug, Serialize, Deserialize)]
pub struct EventCall {
    pub events: Vec<DeliveredEvent>,
}

/// One event of a call.
#[doc(hidden)]
#[derive(Debug, Serialize, Deserialize)]
pub struct DeliveredEvent {
    pub id: Uuid,
    pub key: Option<String>,
    pub at: Timestamp,
    /// 1 for the first.
    pub attempt: u32,
    #[serde(default)]
    pub is_last_attempt: bool,
    /// JSON, as it was emitted.
    pub payload: String,
}

impl<'a, T> Event<'a, T> {
    /// What it says.
    pub fn payload(&self) -> &T {
        &self.payload
    }

    /// The name, such as `orders.placed`.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The event's id, the same at each attempt and for each listener. Whoever does something outside of the
    /// database knows by it what was done before.
    pub fn id(&self) -> Uuid {
        self.delivered.id
    }

    /// The key under which it was emitted in order, if it was.
    pub fn key(&self) -> Option<&'a str> {
        self.delivered.key.as_deref()
    }

    /// When it was emitted.
    pub fn emitted_at(&self) -> Timestamp {
        self.delivered.at
    }

    /// The number of this attempt: 1 for the first.
    pub fn attempt(&self) -> u32 {
        self.delivered.attempt
    }

    /// Whether nothing is tried again if this one fails.
    pub fn is_last_attempt(&self) -> bool {
        self.delivered.is_last_attempt
    }

    /// The host: its log and the plugin's configuration.
    pub fn host(&self) -> &'a Host<'a> {
        self.host
    }
}

impl Connection<'_> {
    /// Emits an event in this call's transaction: the plugins that hear it are called once that is committed,
    /// and never if it is rolled back. Events come in no particular order.
    ///
    /// The plugin declares the event and the type of its payload: `emits: { "orders.placed": Placed }`.
    ///
    /// # Errors
    ///
    /// Where the plugin does not declare the event, where the payload is not of the declared type, and what
    /// the database says: a route that only reads emits nothing.
    pub fn emit<T: Serialize + ?Sized>(&self, name: &str, payload: &T) -> Result<(), PluginError> {
        self.emit_under(name, None, payload)
    }

    /// Emits an event that is heard after all events of its name and key that were committed before. Whoever
    /// emits under the same name and key waits until this transaction has ended.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub fn emit_in_order<T: Serialize + ?Sized>(
        &self,
        name: &str,
        key: &(impl fmt::Display + ?Sized),
        payload: &T,
    ) -> Result<(), PluginError> {
        self.emit_under(name, Some(&key.to_string()), payload)
    }

    fn emit_under<T: Serialize + ?Sized>(
        &self,
        name: &str,
        key: Option<&str>,
        payload: &T,
    ) -> Result<(), PluginError> {
        let payload = serde_json::to_string(payload).map_err(|error| {
            PluginError::internal(format!("the payload of the event {name} has no JSON form: {error}"))
        })?;
        self.query(EMIT, &[&name, &key, &payload]).map(drop)
    }
}

/// The event's name, and the events, that a call is for, if it is for such.
pub(crate) fn call_of<'a>(request: &RequestV1<'a>) -> Option<Result<(&'a str, EventCall), PluginError>> {
    if request.method.as_str() != EVENT_METHOD {
        return None;
    }
    let name = request.route.as_str().split_once(' ').map_or("", |(_, name)| name);
    let call = serde_json::from_slice(request.body.as_slice())
        .map_err(|error| PluginError::unreadable("what the host says of the events", error));
    Some(call.map(|call| (name, call)))
}

/// Has a function of the plugin hear the events of a call, one after the other.
///
/// # Errors
///
/// That of the first that it could not hear: then none of them counts as heard.
pub fn hear<T: DeserializeOwned>(
    (name, call): (&str, &EventCall),
    host: &Host<'_>,
    db: &Connection<'_>,
    listener: fn(&Connection<'_>, &Event<'_, T>) -> Result<(), PluginError>,
) -> Result<(), PluginError> {
    for delivered in &call.events {
        let payload = serde_json::from_str(&delivered.payload).map_err(|error| {
            let told = format!("the payload of the event {name} {} cannot be read: {error}", delivered.id);
            PluginError::new(500, "event_payload", told)
        })?;
        listener(db, &Event { name, delivered, payload, host })?;
    }
    Ok(())
}

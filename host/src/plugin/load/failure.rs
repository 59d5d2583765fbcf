//! Why a call has no answer.

use std::cell::RefCell;
use std::sync::Arc;

use tenon_plugin_api::contract::ErrorV1;
use tokio_postgres::error::DbError;

use super::data_refusal::{DataRefusal, status_of};
use super::text::{NotText, text};
use crate::database::unavailable::DbFailure;
use crate::support::error_code::ErrorCode;

/// What the host itself has seen go wrong in a call, whatever the plugin says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The SDK has told of a panic.
    Panicked,
    /// A statement that is not the plugin's to send.
    Refused,
    /// Rows or an answer beyond their bounds.
    TooMuch,
    /// A statement failed in the database, or the transaction could not be committed.
    Sql,
    /// The session was lost during the call: the server stopped, or the connection broke.
    DatabaseLost,
    /// The handle was used after its call, or its time.
    Revoked,
    OtherThread,
    /// Text that is not UTF-8.
    NotText,
    /// The call's time was used up.
    Deadline,
    /// The host could not write down that the plugin's code would run.
    NotMarked,
    NotLoaded,
    /// An event that the plugin does not declare, or whose payload is of another type.
    BadEvent,
    /// A service of the host did not do what it was asked for.
    Service(ErrorCode),
}

impl Fault {
    /// The code for machines.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Panicked => ErrorCode::Panic,
            Self::Refused => ErrorCode::Refused,
            Self::TooMuch => ErrorCode::TooMuch,
            Self::Sql => ErrorCode::Sql,
            Self::DatabaseLost => ErrorCode::NoDatabase,
            Self::Revoked => ErrorCode::Revoked,
            Self::OtherThread => ErrorCode::OtherThread,
            Self::NotText => ErrorCode::NotText,
            Self::Deadline => ErrorCode::Deadline,
            Self::NotMarked => ErrorCode::NotMarked,
            Self::NotLoaded => ErrorCode::NotLoaded,
            Self::BadEvent => ErrorCode::BadEvent,
            Self::Service(code) => code,
        }
    }

    /// The code's name.
    pub fn word(self) -> &'static str {
        self.code().as_str()
    }
}

thread_local! {
    /// What this thread has seen in the call that it is in.
    static SEEN: RefCell<Vec<Fault>> = const { RefCell::new(Vec::new()) };
}

/// No plugin fills the memory with what it is refused.
const MOST: usize = 1000;

/// Notes what was seen in the call that this thread is in.
pub(super) fn note(fault: Fault) {
    SEEN.with_borrow_mut(|seen| {
        if seen.len() < MOST {
            seen.push(fault);
        }
    });
}

/// Makes a call on this thread, and gives what was seen in it besides.
pub(super) fn watched<T>(call: impl FnOnce() -> T) -> (T, Vec<Fault>) {
    SEEN.take();
    let done = call();
    (done, SEEN.take())
}

/// A plugin's refusal to answer, or what went wrong in a call.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct CallFailure {
    /// What the host knows of it. Without this it is the plugin's word alone, which decides nothing.
    pub fault: Option<Fault>,
    /// The plugin's word for it, or the fault's.
    pub code: String,
    pub status: u16,
    pub message: String,
    /// How many statements of the call were refused.
    pub refused: u64,
    /// What the database refused for the values it was sent, where the plugin passes that on.
    pub data: Option<Box<DataRefusal>>,
    /// The route that was called; empty where none was.
    pub route: Arc<str>,
}

impl CallFailure {
    /// What the host says.
    pub fn new(fault: Fault, status: u16, message: impl Into<String>) -> Self {
        Self {
            fault: Some(fault),
            code: fault.word().to_owned(),
            status,
            message: message.into(),
            refused: 0,
            data: None,
            route: Arc::default(),
        }
    }

    /// What the plugin says, copied. Of what the host has seen in the call that counts which the plugin
    /// passes on.
    pub(super) fn of(error: &ErrorV1, seen: &[Fault]) -> Result<Self, NotText> {
        let owned = |what: &str, handed| text(what, handed).map(str::to_owned);
        let code = owned("the code of its error", &error.code)?;
        owned("the SQLSTATE of its error", &error.sqlstate)?;
        let fault = seen.iter().copied().find(|fault| fault.word() == code);
        let said = match fault {
            Some(Fault::Sql) => serde_json::from_str(text("the detail of its error", &error.detail)?).ok(),
            _ => None,
        };
        Ok(Self {
            fault,
            code,
            status: error.status,
            message: owned("the message of its error", &error.message)?,
            refused: refused(seen),
            data: said.and_then(DataRefusal::of).map(Box::new),
            route: Arc::default(),
        })
    }

    /// What the server said to the end of the call's transaction.
    pub(crate) fn uncommitted(said: &DbError) -> Self {
        let said = DbFailure::from(said);
        let message = format!("the call's transaction could not be committed: {}", said.message);
        let failure = Self::new(Fault::Sql, status_of(&said.sqlstate), message);
        Self { data: DataRefusal::of(said).map(Box::new), ..failure }
    }

    /// The failure as whoever called is told of it: nothing of the server's text, and of what is the plugin's
    /// own fault nothing at all, since the log has it.
    pub fn for_caller(&self) -> String {
        match &self.data {
            Some(refusal) => refusal.in_words(),
            None if self.status >= 500 => {
                "the plugin failed; the host's log says how, under the id of this request".to_owned()
            }
            None => self.message.clone(),
        }
    }
}

/// How many statements of a call were refused.
pub(super) fn refused(seen: &[Fault]) -> u64 {
    seen.iter().filter(|fault| **fault == Fault::Refused).count() as u64
}

/// Whether an event is the one by which the SDK tells of a panic.
pub(super) fn tells_of_a_panic(fields: &str) -> bool {
    const MEMBERS: [&str; 4] = ["entry", "location", "panic", "plugin"];
    let fields = serde_json::from_str::<serde_json::Map<_, serde_json::Value>>(fields);
    fields.is_ok_and(|fields| {
        fields.len() == MEMBERS.len() && MEMBERS.iter().all(|one| fields.contains_key(*one))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: &str, seen: &[Fault]) -> Option<Fault> {
        let error = ErrorV1 {
            code: code.into(),
            status: 500,
            message: "x".into(),
            detail: "".into(),
            sqlstate: "".into(),
        };
        CallFailure::of(&error, seen).unwrap().fault
    }

    #[test]
    fn a_plugins_own_code_decides_nothing() {
        for code in
            ["panic", "sql", "too_much", "refused", "revoked", "other_thread", "not_text", "not_loaded"]
        {
            assert_eq!(failure(code, &[]), None, "{code}");
        }
        assert_eq!(failure("refused", &[Fault::Sql, Fault::Refused]), Some(Fault::Refused));
        assert_eq!(failure("not_found", &[Fault::Sql]), None, "it has made something of it");
    }

    #[test]
    fn what_is_seen_in_a_call_is_of_that_call() {
        let ((), seen) = watched(|| note(Fault::Sql));
        assert_eq!(seen, [Fault::Sql]);
        note(Fault::Refused);
        let ((), seen) = watched(|| (0..2 * MOST).for_each(|_| note(Fault::Refused)));
        assert_eq!(refused(&seen), MOST as u64);
        assert_eq!(watched(|| ()).1, []);
    }

    #[test]
    fn a_panic_is_told_by_the_sdks_event_and_no_other() {
        assert!(tells_of_a_panic(r#"{"plugin":"a","entry":"handle","panic":"x","location":"y"}"#));
        for fields in
            ["", "{}", r#"{"panic":"x"}"#, r#"[1]"#, r#"{"plugin":1,"entry":1,"panic":1,"location":1,"b":1}"#]
        {
            assert!(!tells_of_a_panic(fields), "{fields}");
        }
    }
}

//! Options whose values may be secrets: they are compared by their sha256, and printed nowhere.
//!
//! What an option of a foreign-data wrapper means only that wrapper knows. So the names are listed whose
//! values are known to be none, and all others are hidden.

use crate::migration::Checksum;
use crate::snapshot::{Kind, Property, Value};

/// Options of the wrappers that come with PostgreSQL, of its client library and of common other wrappers
/// whose values are no secrets. In lower case.
pub const HARMLESS: &[&str] = &[
    "analyze_sampling",
    "application_name",
    "async_capable",
    "batch_size",
    "channel_binding",
    "client_encoding",
    "column_name",
    "connect_timeout",
    "dbname",
    "delimiter",
    "encoding",
    "escape",
    "extensions",
    "fallback_application_name",
    "fdw_startup_cost",
    "fdw_tuple_cost",
    "fetch_size",
    "filename",
    "force_not_null",
    "force_null",
    "format",
    "header",
    "host",
    "hostaddr",
    "import_collate",
    "import_default",
    "import_generated",
    "import_not_null",
    "keep_connections",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "null",
    "parallel_abort",
    "parallel_commit",
    "password_required",
    "port",
    "quote",
    "schema",
    "schema_name",
    "sslcert",
    "sslcrl",
    "sslmode",
    "sslrootcert",
    "table",
    "table_name",
    "target_session_attrs",
    "tcp_user_timeout",
    "truncatable",
    "updatable",
    "use_remote_estimate",
    "use_scram_passthrough",
    "user",
    "username",
];

const BEGINS: &str = "(hidden, sha256 ";

/// Hides the values among the options in this property of such an object. What the options are of, where a
/// list is of several things, stands before a line break.
pub fn hide_in(kind: Kind, property: Property, value: &mut Value) {
    let Value::List(list) = value else { return };
    match (kind, property) {
        (_, Property::ForeignOptions) | (Kind::ForeignServer, Property::Options) => {
            list.iter_mut().for_each(|option| *option = hide(option));
        }
        (_, Property::UserMappings | Property::Subscriptions) => {
            for entry in list.iter_mut() {
                let Some((whose, option)) = entry.split_once('\n') else { continue };
                let is_option = option.contains('=');
                *entry = format!("{whose}: {}", if is_option { hide(option) } else { option.to_owned() });
            }
        }
        _ => return,
    }
    list.sort();
}

/// `name=value` as it may be printed: the value only where it is known to be no secret.
pub fn hide(option: &str) -> String {
    let (name, value) = option.split_once('=').unwrap_or(("", option));
    if HARMLESS.contains(&name.to_ascii_lowercase().as_str()) && !may_hold_one(value) {
        return option.to_owned();
    }
    let digest: String = Checksum::of(value).to_string().chars().take(8).collect();
    format!("{name}={BEGINS}{digest}\u{2026})")
}

/// Whether the value of an option is not said.
pub fn is_hidden(value: &str) -> bool {
    value.starts_with(BEGINS)
}

/// Whether a value looks like an address or a string of parameters with a password in it.
fn may_hold_one(value: &str) -> bool {
    let value: String = value.to_ascii_lowercase().split_whitespace().collect();
    let marks = ["://", "password=", "passwd=", "passphrase=", "pwd=", "secret=", "token=", "key="];
    marks.iter().any(|mark| value.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_harmless_is_hidden_and_another_value_is_another_text() {
        for option in
            ["password=swordfish", "PASSWORD=a=b", "api_key=swordfish", "passfile=/x", "options=-c a=b", "x="]
        {
            let hidden = hide(option);
            let (name, value) = option.split_once('=').unwrap();
            assert!(hidden.starts_with(&format!("{name}=(hidden, sha256 ")), "{hidden}");
            assert!(value.is_empty() || !hidden.contains(value), "{hidden}");
            assert!(is_hidden(hidden.split_once('=').unwrap().1));
            assert_ne!(hidden, hide(&format!("{option}x")));
        }
    }

    #[test]
    fn what_is_harmless_is_said_unless_there_is_a_secret_in_it() {
        for option in ["host=db.example", "Port=5432", "user=ann", "table_name=item"] {
            assert_eq!(hide(option), option);
        }
        for option in ["dbname=postgresql://ann:swordfish@db/x", "host=a password=swordfish"] {
            assert!(!hide(option).contains("swordfish"), "{}", hide(option));
        }
    }

    #[test]
    fn the_names_are_in_order_and_in_lower_case() {
        assert!(HARMLESS.is_sorted());
        assert!(HARMLESS.iter().all(|name| name.to_ascii_lowercase() == *name));
    }
}

//! What each kind of value has to be, and what is said where it is not.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::num::{NonZeroU8, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use config::ValueKind;
use minisign_verify::PublicKey;
use secrecy::SecretString;
use tenon_migrations_core::migration::{PluginId, PluginIdError};

use super::origin::Origin;
use super::values::{
    self, Environment, GrantedRole, Isolation, LockTimeout, MetricsFor, StatementTimeout, TlsMode, TrustMode,
    UnsupportedServer,
};
use crate::support::telemetry::LogFormat;

/// A type that can be read from a value; the error says what it must be.
pub(super) trait FromConfigValue: Sized {
    /// Whether the value is shown to nobody.
    const IS_SECRET: bool = false;

    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String>;
}

/// Text; numbers and truth values are refused rather than turned into text.
fn text(kind: &ValueKind) -> Result<&str, String> {
    match kind {
        ValueKind::String(text) => Ok(text),
        _ => Err("must be text in quotes".to_owned()),
    }
}

impl FromConfigValue for String {
    fn read(kind: &ValueKind, _: &Origin) -> Result<Self, String> {
        text(kind).map(str::to_owned)
    }
}

impl FromConfigValue for SecretString {
    const IS_SECRET: bool = true;

    fn read(kind: &ValueKind, _: &Origin) -> Result<Self, String> {
        match text(kind)? {
            blank if blank.trim().is_empty() => Err("must not be empty".to_owned()),
            text => Ok(text.into()),
        }
    }
}

impl FromConfigValue for PathBuf {
    fn read(kind: &ValueKind, _: &Origin) -> Result<Self, String> {
        match text(kind)? {
            "" => Err("must not be empty".to_owned()),
            text => Ok(text.into()),
        }
    }
}

impl FromConfigValue for Vec<PathBuf> {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        match (kind, origin) {
            (ValueKind::Array(values), _) => {
                values.iter().map(|value| PathBuf::read(&value.kind, origin)).collect()
            }
            (ValueKind::String(text), Origin::Variable(_)) => Ok(std::env::split_paths(text).collect()),
            _ => Err("must be a list of paths in quotes, such as [\"/srv/maps\"]".to_owned()),
        }
    }
}

impl FromConfigValue for Vec<PublicKey> {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        let key = |text: &str| {
            PublicKey::from_base64(text).map_err(|_| format!("\"{text}\" is no public key of minisign"))
        };
        match (kind, origin) {
            (ValueKind::Array(values), _) => values.iter().map(|value| key(text(&value.kind)?)).collect(),
            (ValueKind::String(text), Origin::Variable(_)) => text.split_whitespace().map(key).collect(),
            _ => {
                Err("must be a list of public keys in quotes, as minisign prints them: [\"RW…\"]".to_owned())
            }
        }
    }
}

/// Words; in a variable with commas between them.
impl FromConfigValue for Vec<String> {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        match (kind, origin) {
            (ValueKind::Array(values), _) => {
                values.iter().map(|value| text(&value.kind).map(str::to_owned)).collect()
            }
            (ValueKind::String(text), Origin::Variable(_)) => {
                let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
                Ok(words.map(str::to_owned).collect())
            }
            _ => Err("must be a list of words in quotes, such as [\"one\", \"two\"]".to_owned()),
        }
    }
}

/// Ids of plugins; in a variable with commas between them.
impl FromConfigValue for BTreeSet<PluginId> {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        let id = |text: &str| text.trim().parse().map_err(|error: PluginIdError| error.to_string());
        match (kind, origin) {
            (ValueKind::Array(values), _) => values.iter().map(|value| id(text(&value.kind)?)).collect(),
            (ValueKind::String(text), Origin::Variable(_)) => {
                text.split(',').filter(|part| !part.trim().is_empty()).map(id).collect()
            }
            _ => Err("must be a list of plugins' ids, such as [\"inventory\"]".to_owned()),
        }
    }
}

/// Paths, at least one; one alone needs no list.
#[derive(Debug)]
pub(super) struct OneOrMore(pub(super) Vec<PathBuf>);

impl FromConfigValue for OneOrMore {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        let paths = match (kind, origin) {
            (ValueKind::String(_), Origin::File) => vec![PathBuf::read(kind, origin)?],
            _ => Vec::<PathBuf>::read(kind, origin)?,
        };
        if paths.is_empty() { Err("must name at least one path".to_owned()) } else { Ok(Self(paths)) }
    }
}

impl FromConfigValue for bool {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        match (kind, origin) {
            (ValueKind::Boolean(value), _) => Ok(*value),
            (ValueKind::String(text), Origin::Variable(_)) if text == "true" => Ok(true),
            (ValueKind::String(text), Origin::Variable(_)) if text == "false" => Ok(false),
            _ => Err("must be true or false".to_owned()),
        }
    }
}

/// A whole number, also as a variable's text.
fn number<T: TryFrom<i64>>(kind: &ValueKind, origin: &Origin) -> Option<T> {
    let number = match (kind, origin) {
        (ValueKind::I64(number), _) => *number,
        (ValueKind::String(text), Origin::Variable(_)) => text.parse().ok()?,
        _ => return None,
    };
    T::try_from(number).ok()
}

impl FromConfigValue for NonZeroUsize {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        let wrong = || "must be a whole number, at least 1".to_owned();
        number(kind, origin).and_then(Self::new).ok_or_else(wrong)
    }
}

impl FromConfigValue for NonZeroU8 {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        let wrong = || format!("must be a whole number from 1 to {}", u8::MAX);
        number(kind, origin).and_then(Self::new).ok_or_else(wrong)
    }
}

impl FromConfigValue for u8 {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        number(kind, origin).ok_or_else(|| format!("must be a whole number from 0 to {}", Self::MAX))
    }
}

impl FromConfigValue for u64 {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        let number = match (kind, origin) {
            (ValueKind::I64(number), _) => Self::try_from(*number).ok(),
            (ValueKind::String(text), Origin::Variable(_)) => text.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| "must be a whole number, at least 0".to_owned())
    }
}

impl FromConfigValue for Duration {
    fn read(kind: &ValueKind, _: &Origin) -> Result<Self, String> {
        match kind {
            ValueKind::I64(number) => values::duration(&number.to_string()),
            _ => values::duration(text(kind)?),
        }
    }
}

impl FromConfigValue for LockTimeout {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        Duration::read(kind, origin).map(Self)
    }
}

impl FromConfigValue for StatementTimeout {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        Duration::read(kind, origin).map(Self)
    }
}

impl FromConfigValue for SocketAddr {
    fn read(kind: &ValueKind, _: &Origin) -> Result<Self, String> {
        let text = text(kind)?;
        let numeric =
            text.strip_prefix("localhost:").map_or(text.to_owned(), |port| format!("127.0.0.1:{port}"));
        numeric
            .parse()
            .map_err(|_| format!("must be an address and a port, such as \"127.0.0.1:8420\", not \"{text}\""))
    }
}

/// Types that are one of a few words.
macro_rules! read_words {
    ($($type:ty),+) => {
        $(impl FromConfigValue for $type {
            fn read(kind: &ValueKind, _: &Origin) -> Result<Self, String> {
                text(kind)?.parse()
            }
        })+
    };
}

read_words!(
    Environment,
    TlsMode,
    TrustMode,
    Isolation,
    LogFormat,
    MetricsFor,
    GrantedRole,
    UnsupportedServer
);

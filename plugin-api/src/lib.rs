#![doc = include_str!("../README.md")]
#![expect(clippy::needless_doctest_main, reason = "the guide shows a whole build.rs")]

pub mod contract;

mod connection;
mod entity;
mod error;
mod host;
mod memory;
mod migration;
mod numeric;
mod param;
mod plugin;
mod request;
mod response;
mod rows;
pub mod testing;

#[doc(hidden)]
pub mod entry;

pub use connection::Connection;
pub use contract::Manifest;
pub use entity::{ColumnType, Entity, PgEnum};
pub use error::PluginError;
pub use host::{Host, Level};
pub use memory::Bounded;
pub use migration::{EmbeddedMigration, IntoMigrations, Migration};
pub use numeric::{Numeric, ParseNumericError};
pub use param::{Element, EncodeError, Encoded, Format, Param, ParamValue};
pub use plugin::Plugin;
pub use request::Request;
pub use response::Response;
pub use rows::{ColumnIndex, FromColumn, FromRow, Row, Rows};

pub use tenon_plugin_macros::{Entity, EnumType, FromRow, embed_migrations, export_plugin};

pub use jiff;
pub use postgres_types;
pub use serde_json;
pub use tenon_schema as schema;
pub use uuid;

/// What a plugin needs by name.
pub mod prelude {
    pub use crate::{
        Connection, EmbeddedMigration, Entity, EnumType, FromRow, Host, Migration, Numeric, PgEnum, Plugin,
        PluginError, Request, Response, Row, embed_migrations, export_plugin,
    };
    pub use jiff::Timestamp;
    pub use jiff::civil::Date;
    pub use serde_json::{Value, json};
    pub use uuid::Uuid;
}

/// What the macros write names; no part of the SDK.
#[doc(hidden)]
pub mod private {
    pub use abi_stable::library::{CheckTypeLayout, LibHeader};
    pub use abi_stable::std_types::RVec;
    pub use bytes::BytesMut;
    pub use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

    pub use crate::contract::{MigrationV1, PluginV1Ref, RUSTC, SDK_VERSION, TARGET};
    pub use crate::entry;

    pub type BoxError = Box<dyn std::error::Error + Sync + Send>;
}

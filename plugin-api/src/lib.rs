#![doc = include_str!("../README.md")]
#![expect(clippy::needless_doctest_main, reason = "the guide shows a whole build.rs")]

pub mod contract;

mod asset;
mod caller;
mod card;
mod connection;
mod current;
#[cfg(any(feature = "rust_decimal", feature = "bigdecimal"))]
mod decimal;
mod entity;
mod error;
mod event;
mod fetch;
mod files;
mod function;
mod host;
mod interval;
mod into_response;
mod job;
mod memory;
mod migration;
mod numeric;
mod param;
mod param_type;
mod plugin;
mod range;
mod registered;
mod request;
mod response;
mod row_types;
mod rows;
mod settings;
mod sql;
mod telemetry;
pub mod testing;
mod text;

#[doc(hidden)]
pub mod entry;

#[doc(hidden)]
pub use asset::EmbeddedAsset;
pub use caller::Caller;
#[doc(hidden)]
pub use card::CardContent;
pub use card::{Card, CardNumber, CardTable};
pub use connection::Connection;
pub use contract::Manifest;
#[cfg(any(feature = "rust_decimal", feature = "bigdecimal"))]
pub use decimal::DecimalError;
pub use entity::{ColumnType, Entity, PgEnum};
pub use error::PluginError;
pub use event::Event;
#[doc(hidden)]
pub use event::{DeliveredEvent, EventCall};
pub use fetch::{Fetch, Fetched};
pub use files::{Files, StoredFile};
pub use function::{Call, PluginFunction};
pub use host::{Host, Level};
pub use interval::{Interval, ParseIntervalError};
pub use into_response::{IntoResponse, Json};
pub use job::Job;
#[doc(hidden)]
pub use job::JobRun;
pub use memory::Bounded;
pub use migration::{EmbeddedMigration, IntoMigrations, Migration};
pub use numeric::{Numeric, ParseNumericError};
pub use param::{Element, EncodeError, Encoded, Format, Param, ParamValue};
pub use param_type::{ParamType, Params};
pub use plugin::Plugin;
pub use range::{Range, RangeElement};
pub use request::Request;
pub use response::Response;
pub use rows::{ColumnIndex, FromColumn, FromRow, Row, Rows};
pub use settings::{Secret, Settings};
pub use sql::Sql;

pub use tenon_plugin_macros::{
    Entity, EnumType, FromRow, embed_migrations, event, export_plugin, routes, settings, sql,
};

#[cfg(feature = "cidr")]
pub use cidr;
pub use jiff;
pub use postgres_types;
pub use schemars;
pub use serde;
pub use serde_json;
pub use tenon_schema as schema;
pub use tracing;
pub use uuid;

/// What a plugin needs by name.
pub mod prelude {
    pub use crate::{
        Call, Caller, Card, CardNumber, CardTable, Connection, EmbeddedMigration, Entity, EnumType, Event,
        Fetch, Fetched, FromRow, Host, Interval, IntoResponse, Job, Json, Migration, Numeric, PgEnum, Plugin,
        PluginError, PluginFunction, Range, Request, Response, Row, Secret, Sql, embed_migrations, event,
        export_plugin, routes, settings, sql,
    };
    pub use jiff::Timestamp;
    pub use jiff::civil::Date;
    pub use serde_json::{Value, json};
    pub use tracing;
    pub use uuid::Uuid;
}

/// What the macros write names; no part of the SDK.
#[doc(hidden)]
pub mod private {
    pub use abi_stable::library::{CheckTypeLayout, LibHeader};
    pub use abi_stable::std_types::RVec;
    pub use bytes::BytesMut;
    pub use linkme;
    pub use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

    pub use crate::contract::{MigrationV1, PluginV1Ref, PluginV2Ref, RUSTC, SDK_VERSION, TARGET};
    pub use crate::entry;
    pub use crate::param_type::declared_param;
    pub use crate::registered::{EnumProbe, IsEnum, IsNoEnum, RegisteredSql, STATEMENTS, declared_field};
    pub use crate::row_types::single;
    pub use crate::settings::SettingsCell;
    pub use crate::text::{column_list, column_list_len, own_columns, text};

    pub type BoxError = Box<dyn std::error::Error + Sync + Send>;
}

//! Generation 1 of the contract. FROZEN: nothing in this file may change, ever.
//!
//! Behaviour is typed (traits and functions, checked by abi_stable when a library is loaded); data
//! describes itself (JSON, type OIDs with bytes), so that nothing here ever has to grow.
//!
//! The two things that a plugin gets from the host, [`DbRefV1`] and [`HostRefV1`], are borrowed trait
//! objects that are neither `Send` nor `Sync`: the compiler keeps a plugin from storing them, sending them
//! to another thread or returning them.

#![expect(unsafe_code, reason = "what abi_stable's macros write contains unsafe blocks; this file has none")]
#![expect(non_local_definitions, reason = "`#[sabi_trait]` writes its impls inside a constant")]

use abi_stable::StableAbi;
use abi_stable::library::RootModule;
use abi_stable::package_version_strings;
use abi_stable::sabi_trait;
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::sabi_types::{RRef, VersionStrings};
use abi_stable::std_types::{ROption, RResult, RSlice, RStr, RString, RVec};

/// What every call across the border returns.
pub type Res<T> = RResult<T, ErrorV1>;

/// The functions of a plugin.
#[repr(C)]
#[derive(StableAbi, Debug)]
#[sabi(kind(Prefix(prefix_ref = PluginV1Ref)))]
#[sabi(missing_field(panic))]
pub struct PluginV1 {
    /// The manifest's JSON, the same as at the symbol; empty when the plugin's code failed.
    pub manifest: extern "C" fn() -> RString,
    /// The schema descriptors as JSON, format 1.
    pub schema: extern "C" fn() -> Res<RString>,
    /// All migrations, in the order of their file names.
    pub migrations: extern "C" fn() -> Res<RVec<MigrationV1>>,
    /// Called once, before the first request.
    pub init: extern "C" fn(HostRefV1<'_>) -> Res<()>,
    /// Answers one request inside one transaction of the host: `ROk` commits, `RErr` rolls back.
    pub handle: extern "C" fn(RequestV1<'_>, HostRefV1<'_>, DbRefV1<'_>) -> Res<ResponseV1>,
    /// Called once, after the last request.
    #[sabi(last_prefix_field)]
    pub shutdown: extern "C" fn(HostRefV1<'_>) -> Res<()>,
}

impl RootModule for PluginV1Ref {
    abi_stable::declare_root_module_statics! {PluginV1Ref}
    const BASE_NAME: &'static str = "tenon_plugin";
    const NAME: &'static str = "tenon_plugin";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

/// An error, of the plugin or of the host.
#[repr(C)]
#[derive(StableAbi, Debug, Clone)]
pub struct ErrorV1 {
    /// A stable word for machines, such as `panic`, `bad_request`, `sql`.
    pub code: RString,
    /// The HTTP status that fits it.
    pub status: u16,
    /// What happened, for people.
    pub message: RString,
    /// More, as JSON; empty when there is no more.
    pub detail: RString,
    /// The SQLSTATE when the database reported it, else empty.
    pub sqlstate: RString,
}

/// One migration file.
#[repr(C)]
#[derive(StableAbi, Debug, Clone)]
pub struct MigrationV1 {
    /// The file name, such as `0001_accounts.sql`.
    pub filename: RString,
    /// The whole text, byte for byte.
    pub sql: RString,
    /// Files of other plugins that have to be applied before, as `plugin/filename`.
    pub requires: RVec<RString>,
}

/// A name with a value, borrowed.
#[repr(C)]
#[derive(StableAbi, Debug, Clone, Copy)]
pub struct PairV1<'a> {
    /// The name.
    pub name: RStr<'a>,
    /// The value.
    pub value: RStr<'a>,
}

/// One request to a plugin.
#[repr(C)]
#[derive(StableAbi, Debug, Clone, Copy)]
pub struct RequestV1<'a> {
    /// The method, in capitals.
    pub method: RStr<'a>,
    /// The route of the manifest that matched, such as `GET /items/{sku}`.
    pub route: RStr<'a>,
    /// The path below the plugin's prefix; starts with `/`.
    pub path: RStr<'a>,
    /// What follows the `?`, still percent-encoded; empty when nothing does.
    pub query: RStr<'a>,
    /// The values of the route's `{names}`, percent-decoded.
    pub params: RSlice<'a, PairV1<'a>>,
    /// The headers, names in lower case.
    pub headers: RSlice<'a, PairV1<'a>>,
    /// The body.
    pub body: RSlice<'a, u8>,
    /// The id of the authenticated administrator; empty when there is none.
    pub user: RStr<'a>,
    /// The request's id, as in the host's log.
    pub request_id: RStr<'a>,
}

/// A header of a response.
#[repr(C)]
#[derive(StableAbi, Debug, Clone)]
pub struct HeaderV1 {
    /// The name.
    pub name: RString,
    /// The value.
    pub value: RString,
}

/// A plugin's answer.
#[repr(C)]
#[derive(StableAbi, Debug, Clone)]
pub struct ResponseV1 {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: RVec<HeaderV1>,
    /// The body.
    pub body: RVec<u8>,
}

/// A parameter of a statement.
#[repr(C)]
#[derive(StableAbi, Debug, Clone, Copy)]
pub struct ParamV1<'a> {
    /// The type's OID; 0 leaves it to the server to infer.
    pub oid: u32,
    /// PostgreSQL's format code: 0 text, 1 binary.
    pub format: u8,
    /// The encoded value; `RNone` is NULL.
    pub value: ROption<RSlice<'a, u8>>,
}

/// A column of a result.
#[repr(C)]
#[derive(StableAbi, Debug, Clone)]
pub struct ColumnV1 {
    /// The column's name.
    pub name: RString,
    /// The OID of its type.
    pub oid: u32,
    /// The name of its type, such as `int4`.
    pub type_name: RString,
    /// `pg_type.typtype` as ASCII (`b'b'` base, `b'e'` enum, …); `b'A'` for arrays.
    pub kind: u8,
}

/// Where a value is in [`RowsV1::bytes`].
#[repr(C)]
#[derive(StableAbi, Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellV1 {
    /// The first byte.
    pub offset: u64,
    /// How many bytes; -1 is NULL.
    pub len: i64,
}

/// A result: every value in PostgreSQL's binary format, in one buffer.
#[repr(C)]
#[derive(StableAbi, Debug, Clone)]
pub struct RowsV1 {
    /// The columns, in order.
    pub columns: RVec<ColumnV1>,
    /// How many rows.
    pub row_count: u64,
    /// Row by row, as many in each as there are columns.
    pub cells: RVec<CellV1>,
    /// The values.
    pub bytes: RVec<u8>,
}

/// The borrowed connection's functions, implemented by the host.
#[sabi_trait]
pub trait DbV1 {
    /// Runs one statement and returns its rows.
    fn query(&self, sql: RStr<'_>, params: RSlice<'_, ParamV1<'_>>) -> Res<RowsV1>;
    /// Runs one statement and returns how many rows it touched.
    fn execute(&self, sql: RStr<'_>, params: RSlice<'_, ParamV1<'_>>) -> Res<u64>;
    /// Makes a savepoint.
    fn savepoint(&self, name: RStr<'_>) -> Res<()>;
    /// Undoes all that was done since the savepoint, which stays.
    fn rollback_to(&self, name: RStr<'_>) -> Res<()>;
    /// Forgets the savepoint.
    fn release(&self, name: RStr<'_>) -> Res<()>;
    /// Milliseconds until the call's deadline.
    fn remaining_ms(&self) -> u64;
}

/// The host's other functions for a plugin.
#[sabi_trait]
pub trait HostV1 {
    /// Writes a log event. `level` is 1 error, 2 warn, 3 info, 4 debug, 5 trace; `fields_json` is a JSON
    /// object or empty.
    fn log(&self, level: u8, target: RStr<'_>, message: RStr<'_>, fields_json: RStr<'_>);
    /// The plugin's section of the host's configuration as JSON; `{}` when there is none.
    fn config(&self) -> RString;
    /// The host's version.
    fn host_version(&self) -> RString;
}

/// A database connection, lent for the length of one call.
pub type DbRefV1<'a> = DbV1_TO<'a, RRef<'a, ()>>;
/// The host, lent for the length of one call.
pub type HostRefV1<'a> = HostV1_TO<'a, RRef<'a, ()>>;

/// Lends a connection.
pub fn borrow_db<'a, T: DbV1 + 'a>(db: &'a T) -> DbRefV1<'a> {
    DbV1_TO::from_ptr(RRef::new(db), TD_Opaque)
}

/// Lends the host.
pub fn borrow_host<'a, T: HostV1 + 'a>(host: &'a T) -> HostRefV1<'a> {
    HostV1_TO::from_ptr(RRef::new(host), TD_Opaque)
}

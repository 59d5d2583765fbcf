//! The connection a plugin borrows for the length of one call.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use abi_stable::std_types::{ROption, RResult, RSlice, RStr, RString, RVec};
use bytes::BytesMut;
use tenon_plugin_api::contract::{CellV1, ColumnV1, DbV1, ErrorV1, ParamV1, Res, RowsV1};
use tenon_schema::Ident;
use tokio::runtime::Handle;
use tokio_postgres::types::{Format, FromSql, IsNull, Kind, ToSql, Type};
use tokio_postgres::{CancelToken, Row};

use crate::errors::{DbFailure, chain};
use crate::postgres::guard;
use crate::postgres::pool::PooledConnection;

/// The connection as a plugin sees it: usable until the call returns or its deadline passes.
pub struct Borrowed {
    connection: PooledConnection,
    runtime: Handle,
    deadline: Instant,
    lent: Lent,
}

/// The host's hold on a borrow: with it the handle is revoked.
#[derive(Debug, Clone, Default)]
pub struct Lent(Arc<AtomicBool>);

impl Lent {
    /// Ends the borrow: every later use of the handle is an error.
    pub fn revoke(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn revoked(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl std::fmt::Debug for Borrowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Borrowed").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl Borrowed {
    /// Lends a connection, whose transaction is the host's, until the deadline.
    pub fn new(connection: PooledConnection, runtime: Handle, deadline: Instant, lent: Lent) -> Self {
        Self { connection, runtime, deadline, lent }
    }

    /// What cancels the statement that runs on the connection.
    pub fn cancel_token(&self) -> CancelToken {
        self.connection.cancel_token()
    }

    /// Takes the connection back. There is none after the deadline: a statement may still run on it, and the
    /// request to cancel that may still be on its way. Neither may meet whoever borrows it next.
    pub fn returned(self) -> Option<PooledConnection> {
        if Instant::now() < self.deadline && !self.lent.revoked() {
            return Some(self.connection);
        }
        drop(PooledConnection::take(self.connection));
        None
    }

    /// Waits for the database on the plugin's thread, while the borrow lasts.
    fn wait<T>(&self, work: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, ErrorV1> {
        if self.lent.revoked() {
            return Err(error("revoked", 500, "the borrowed connection was used after its call had ended"));
        }
        let deadline = tokio::time::Instant::from_std(self.deadline);
        let bounded = async { tokio::time::timeout_at(deadline, work).await };
        match self.runtime.block_on(bounded) {
            Ok(result) => result.map_err(|error| sql_error(&error)),
            Err(_) => Err(error("deadline", 504, "the call's time is used up")),
        }
    }
}

impl DbV1 for Borrowed {
    fn query(&self, sql: RStr<'_>, params: RSlice<'_, ParamV1<'_>>) -> Res<RowsV1> {
        let run = || {
            allowed(sql.as_str())?;
            let params = RawParam::all(params.as_slice());
            let rows = self.wait(self.connection.query_typed(sql.as_str(), &typed(&params)))?;
            flatten(&rows)
        };
        RResult::from(run())
    }

    fn execute(&self, sql: RStr<'_>, params: RSlice<'_, ParamV1<'_>>) -> Res<u64> {
        let run = || {
            allowed(sql.as_str())?;
            let params = RawParam::all(params.as_slice());
            self.wait(self.connection.execute_typed(sql.as_str(), &typed(&params)))
        };
        RResult::from(run())
    }

    fn savepoint(&self, name: RStr<'_>) -> Res<()> {
        let sql = format!("SAVEPOINT {}", Ident::new(name.as_str()).quoted());
        RResult::from(self.wait(self.connection.batch_execute(&sql)))
    }

    fn rollback_to(&self, name: RStr<'_>) -> Res<()> {
        let sql = format!("ROLLBACK TO SAVEPOINT {}", Ident::new(name.as_str()).quoted());
        RResult::from(self.wait(self.connection.batch_execute(&sql)))
    }

    fn release(&self, name: RStr<'_>) -> Res<()> {
        let sql = format!("RELEASE SAVEPOINT {}", Ident::new(name.as_str()).quoted());
        RResult::from(self.wait(self.connection.batch_execute(&sql)))
    }

    fn remaining_ms(&self) -> u64 {
        let left = self.deadline.saturating_duration_since(Instant::now());
        u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
    }
}

fn allowed(sql: &str) -> Result<(), ErrorV1> {
    guard::check(sql).map_err(|refusal| error("refused", 500, &refusal.to_string()))
}

fn error(code: &str, status: u16, message: &str) -> ErrorV1 {
    ErrorV1 {
        code: code.into(),
        status,
        message: message.into(),
        detail: RString::new(),
        sqlstate: RString::new(),
    }
}

fn sql_error(source: &tokio_postgres::Error) -> ErrorV1 {
    let failure = DbFailure::find(source);
    let message = failure.as_ref().map_or_else(|| chain(source), |failure| failure.message.clone());
    let detail = failure.as_ref().and_then(|failure| serde_json::to_string(failure).ok());
    ErrorV1 {
        code: "sql".into(),
        status: 500,
        message: message.into(),
        detail: detail.unwrap_or_default().into(),
        sqlstate: failure.map(|failure| failure.sqlstate).unwrap_or_default().into(),
    }
}

/// A parameter as the plugin encoded it.
#[derive(Debug)]
struct RawParam<'a> {
    oid: u32,
    format: Format,
    value: Option<&'a [u8]>,
}

impl<'a> RawParam<'a> {
    fn all(params: &'a [ParamV1<'a>]) -> Vec<Self> {
        let raw = |param: &'a ParamV1<'a>| Self {
            oid: param.oid,
            format: if param.format == 0 { Format::Text } else { Format::Binary },
            value: match &param.value {
                ROption::RSome(bytes) => Some(bytes.as_slice()),
                ROption::RNone => None,
            },
        };
        params.iter().map(raw).collect()
    }

    /// OID 0 leaves the type to the server, also for arrays and types the client does not know.
    fn data_type(&self) -> Type {
        Type::from_oid(self.oid)
            .unwrap_or_else(|| Type::new("unknown".to_owned(), self.oid, Kind::Simple, String::new()))
    }
}

fn typed<'a>(params: &'a [RawParam<'a>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    params.iter().map(|param| (param as &(dyn ToSql + Sync), param.data_type())).collect()
}

impl ToSql for RawParam<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(match self.value {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        self.format
    }

    fn to_sql_checked(
        &self,
        data_type: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(data_type, out)
    }
}

/// A value as the server sent it.
struct RawValue<'a>(&'a [u8]);

impl<'a> FromSql<'a> for RawValue<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// All rows in one buffer: one copy, and one allocation for the plugin to free.
fn flatten(rows: &[Row]) -> Result<RowsV1, ErrorV1> {
    let columns = rows.first().map(Row::columns).unwrap_or_default();
    let mut cells = Vec::with_capacity(rows.len() * columns.len());
    let mut bytes = Vec::new();
    for row in rows {
        for index in 0..columns.len() {
            let value: Option<RawValue<'_>> = row.try_get(index).map_err(|error| sql_error(&error))?;
            let offset = bytes.len() as u64;
            let len = match value {
                Some(RawValue(raw)) => {
                    bytes.extend_from_slice(raw);
                    i64::try_from(raw.len()).unwrap_or(i64::MAX)
                }
                None => -1,
            };
            cells.push(CellV1 { offset, len });
        }
    }
    let columns: RVec<ColumnV1> = columns
        .iter()
        .map(|column| ColumnV1 {
            name: column.name().into(),
            oid: column.type_().oid(),
            type_name: column.type_().name().into(),
            kind: kind(column.type_()),
        })
        .collect();
    Ok(RowsV1 { columns, row_count: rows.len() as u64, cells: cells.into(), bytes: bytes.into() })
}

/// `pg_type.typtype`, and `A` for arrays.
fn kind(data_type: &Type) -> u8 {
    match data_type.kind() {
        Kind::Array(_) => b'A',
        Kind::Enum(_) => b'e',
        Kind::Range(_) => b'r',
        Kind::Multirange(_) => b'm',
        Kind::Domain(_) => b'd',
        Kind::Composite(_) => b'c',
        Kind::Pseudo => b'p',
        _ => b'b',
    }
}

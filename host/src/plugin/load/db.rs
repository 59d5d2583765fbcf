//! The connection a plugin borrows, as it sees it: statements, and values as type OID and bytes.

use std::error::Error;
use std::pin::pin;
use std::time::Instant;

use abi_stable::std_types::{ROption, RResult, RSlice, RStr};
use bytes::BytesMut;
use futures_util::TryStreamExt;
use tenon_plugin_api::contract::{DbV1, EMIT, ErrorV1, ParamV1, Res, RowsV1};
use tenon_schema::Ident;
use tokio_postgres::RowStream;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type};

use super::borrow::BorrowedConnection;
use super::error::error;
use super::failure::Fault;
use super::row_buffer::RowBuffer;
use super::sending::{RetryMode, StatementError};
use super::slot::ConnectionSlot;
use super::text::{NotText, text};
use crate::database::pool::InlineClient;
use crate::database::statements::SendMode;
use crate::support::millis::millis;

impl DbV1 for ConnectionSlot {
    fn query(&self, sql: RStr<'_>, params: RSlice<'_, ParamV1<'_>>) -> Res<RowsV1> {
        let params = RawParam::all(params.as_slice());
        RResult::from(self.with(|borrowed| {
            let sql = text("the statement", &sql).map_err(|error| not_text(&error))?;
            borrowed.check_event(sql, &params)?;
            borrowed.send(sql, &oids(&params), &async |session, send_mode, again| {
                let mut rows = pin!(rows(session, sql, &params, send_mode, again).await?);
                let mut flat = RowBuffer::new(borrowed.bounds);
                while let Some(row) = rows.try_next().await? {
                    flat.push(&row)?;
                }
                Ok(flat.finish())
            })
        }))
    }

    fn execute(&self, sql: RStr<'_>, params: RSlice<'_, ParamV1<'_>>) -> Res<u64> {
        let params = RawParam::all(params.as_slice());
        RResult::from(self.with(|borrowed| {
            let sql = text("the statement", &sql).map_err(|error| not_text(&error))?;
            borrowed.check_event(sql, &params)?;
            borrowed.send(sql, &oids(&params), &async |session, send_mode, again| {
                let mut rows = pin!(rows(session, sql, &params, send_mode, again).await?);
                while rows.try_next().await?.is_some() {}
                Ok(rows.rows_affected().unwrap_or_default())
            })
        }))
    }

    fn savepoint(&self, name: RStr<'_>) -> Res<()> {
        RResult::from(self.batch("SAVEPOINT", name))
    }

    fn rollback_to(&self, name: RStr<'_>) -> Res<()> {
        RResult::from(self.batch("ROLLBACK TO SAVEPOINT", name))
    }

    fn release(&self, name: RStr<'_>) -> Res<()> {
        RResult::from(self.batch("RELEASE SAVEPOINT", name))
    }

    fn remaining_ms(&self) -> u64 {
        let left =
            |borrowed: &BorrowedConnection| Ok(borrowed.deadline().saturating_duration_since(Instant::now()));
        millis(self.with(left).unwrap_or_default())
    }
}

impl BorrowedConnection {
    /// Holds what is emitted against what the plugin declares, before it is sent.
    fn check_event(&self, sql: &str, params: &[RawParam<'_>]) -> Result<(), ErrorV1> {
        if sql != EMIT {
            return Ok(());
        }
        let texts: Vec<_> = params.iter().map(|param| param.value.map(std::str::from_utf8)).collect();
        let checked = match texts.as_slice() {
            [Some(Ok(name)), _, Some(Ok(payload))] => {
                self.emitted.check(name, payload, self.deadline()).map_err(|refusal| refusal.to_string())
            }
            _ => Err("an event has a name and a payload, which are texts".to_owned()),
        };
        checked.map_err(|refusal| error(Fault::BadEvent, 500, &refusal))
    }
}

impl ConnectionSlot {
    fn batch(&self, verb: &str, savepoint: RStr<'_>) -> Result<(), ErrorV1> {
        let name = text("the savepoint's name", &savepoint).map_err(|error| not_text(&error))?;
        let sql = format!("{verb} {}", Ident::new(name).quoted());
        self.with(|borrowed| borrowed.control(&sql))
    }
}

/// Sends a statement in the way that costs least.
async fn rows(
    session: InlineClient<'_>,
    sql: &str,
    params: &[RawParam<'_>],
    send_mode: SendMode,
    again: RetryMode<'_>,
) -> Result<RowStream, StatementError> {
    let prepared = match send_mode {
        _ if !session.keeps_statements() => None,
        SendMode::Text => None,
        SendMode::Prepared(statement) => Some(statement),
        SendMode::Prepare => {
            let types: Vec<Type> = params.iter().map(RawParam::data_type).collect();
            let statement = session.prepare_typed(sql, &types).await?;
            session.statements().keep(sql, &statement);
            Some(statement)
        }
    };
    let Some(statement) = prepared else { return as_text(session, sql, params).await };
    match session.query_raw(&statement, params).await {
        Err(error) if is_stale(&error) => {
            session.statements().forget(sql);
            match again {
                RetryMode::Never => return Err(error.into()),
                RetryMode::Alone => {}
                RetryMode::From(begin) => {
                    session.batch_execute("ROLLBACK").await?;
                    // A message of its own, whose beginning says that it is the host's: see `caller.rs`.
                    session.batch_execute(begin).await?;
                }
            }
            as_text(session, sql, params).await
        }
        rows => Ok(rows?),
    }
}

async fn as_text(
    session: InlineClient<'_>,
    sql: &str,
    params: &[RawParam<'_>],
) -> Result<RowStream, StatementError> {
    Ok(session.query_typed_raw(sql, params.iter().map(|param| (param, param.data_type()))).await?)
}

/// Whether the statement would bring other columns than when it was prepared, since somebody changed a table.
fn is_stale(error: &tokio_postgres::Error) -> bool {
    let said = error.as_db_error();
    said.is_some_and(|said| {
        *said.code() == SqlState::FEATURE_NOT_SUPPORTED && said.routine() == Some("RevalidateCachedQuery")
    })
}

/// What a plugin handed over as text, and is none.
fn not_text(source: &NotText) -> ErrorV1 {
    error(Fault::NotText, 500, &source.to_string())
}

/// A parameter as the plugin encoded it.
#[derive(Debug)]
struct RawParam<'a> {
    oid: u32,
    format: Format,
    value: Option<&'a [u8]>,
}

/// The types of parameters, 0 where the server is to infer them.
fn oids(params: &[RawParam<'_>]) -> Vec<u32> {
    params.iter().map(|param| param.oid).collect()
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

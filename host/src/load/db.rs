//! The connection a plugin borrows, as it sees it: statements, and values as type OID and bytes.

use std::error::Error;
use std::pin::pin;
use std::time::Instant;

use abi_stable::std_types::{ROption, RResult, RSlice, RStr, RString};
use bytes::BytesMut;
use futures_util::TryStreamExt;
use tenon_plugin_api::contract::{DbV1, ErrorV1, ParamV1, Res, RowsV1};
use tenon_schema::Ident;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type};

use super::borrow::{Borrowed, Desk};
use super::flat::Flat;
use crate::errors::{DbFailure, chain};
use crate::postgres::guard;

impl DbV1 for Desk {
    fn query(&self, sql: RStr<'_>, params: RSlice<'_, ParamV1<'_>>) -> Res<RowsV1> {
        let params = RawParam::all(params.as_slice());
        RResult::from(self.with(|borrowed| {
            allowed(sql.as_str())?;
            let bounds = borrowed.bounds;
            borrowed.wait(async |connection| {
                let typed = params.iter().map(|param| (param, param.data_type()));
                let mut rows = pin!(connection.query_typed_raw(sql.as_str(), typed).await?);
                let mut flat = Flat::new(bounds);
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
            allowed(sql.as_str())?;
            let typed = typed(&params);
            borrowed.wait(async |connection| Ok(connection.execute_typed(sql.as_str(), &typed).await?))
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
        let left = |borrowed: &Borrowed| Ok(borrowed.deadline().saturating_duration_since(Instant::now()));
        let left = self.with(left).unwrap_or_default();
        u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Desk {
    fn batch(&self, verb: &str, savepoint: RStr<'_>) -> Result<(), ErrorV1> {
        let sql = format!("{verb} {}", Ident::new(savepoint.as_str()).quoted());
        self.with(|borrowed| borrowed.wait(async |connection| Ok(connection.batch_execute(&sql).await?)))
    }
}

fn allowed(sql: &str) -> Result<(), ErrorV1> {
    guard::check(sql).map_err(|refusal| error("refused", 500, &refusal.to_string()))
}

pub(super) fn error(code: &str, status: u16, message: &str) -> ErrorV1 {
    ErrorV1 {
        code: code.into(),
        status,
        message: message.into(),
        detail: RString::new(),
        sqlstate: RString::new(),
    }
}

pub(super) fn sql_error(source: &tokio_postgres::Error) -> ErrorV1 {
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

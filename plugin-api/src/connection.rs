//! The database, lent for the length of one call.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use abi_stable::std_types::{ROption, RSlice};
use bytes::BytesMut;

use crate::PluginError;
use crate::contract::{DbRefV1, ParamV1, Res};
use crate::param::{Encoded, Param};
use crate::param_type::Params;
use crate::rows::{FromRow, Row, Rows};
use crate::sql::Sql;

/// The reason why a [`Connection`] is not sent to another thread, nor kept: it is lent for one call, on the
/// thread of that call. Nothing is one; a compile error has its name.
trait LentForOneCall {}

/// A connection inside the call's transaction.
///
/// It is borrowed from the host: neither `Send` nor `Sync`, and its lifetime ends with the call.
///
/// One statement a call, with `$1`, `$2`… for parameters. The transaction is the host's: `COMMIT` and the
/// like are refused; use [`savepoint`](Self::savepoint) to try something that may fail.
pub struct Connection<'a> {
    /// First, so that the compiler names it where one is sent to another thread.
    _lent: PhantomData<dyn LentForOneCall>,
    db: DbRefV1<'a>,
    depth: Cell<u32>,
}

impl<'a> Connection<'a> {
    pub(crate) fn new(db: DbRefV1<'a>) -> Self {
        Self { _lent: PhantomData, db, depth: Cell::new(0) }
    }

    /// Runs one statement and returns its rows.
    ///
    /// # Errors
    ///
    /// What the database or the host says, or a parameter that could not be encoded.
    pub fn query(&self, sql: &str, params: &[&dyn Param]) -> Result<Rows, PluginError> {
        let rows = with_params(params, |params| self.db.query(sql.into(), params))?;
        Ok(Rows::new(rows))
    }

    /// Runs one statement that returns exactly one row.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query), and when there are no rows (404) or several (500).
    pub fn query_one(&self, sql: &str, params: &[&dyn Param]) -> Result<Row, PluginError> {
        self.query_opt(sql, params)?.ok_or_else(|| PluginError::not_found("there is no such row"))
    }

    /// Runs one statement that returns one row or none.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query), and when there are several rows (500).
    pub fn query_opt(&self, sql: &str, params: &[&dyn Param]) -> Result<Option<Row>, PluginError> {
        let rows = self.query(sql, params)?;
        match rows.len() {
            0 | 1 => Ok(rows.get(0)),
            many => Err(PluginError::internal(format!("one row was expected, and there are {many}"))),
        }
    }

    /// Runs one statement and returns how many rows it touched.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query).
    pub fn execute(&self, sql: &str, params: &[&dyn Param]) -> Result<u64, PluginError> {
        with_params(params, |params| self.db.execute(sql.into(), params))
    }

    /// Runs a statement of [`sql!`](crate::sql!) and reads all its rows.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query), and when a row cannot be read.
    pub fn fetch<P: Params, R: FromRow>(
        &self,
        sql: &Sql<P, R>,
        params: P::Of<'_>,
    ) -> Result<Vec<R>, PluginError> {
        P::with(params, |params| self.query(sql.as_str(), params))?.read()
    }

    /// Runs a statement of [`sql!`](crate::sql!) that returns one row or none.
    ///
    /// # Errors
    ///
    /// As [`query_opt`](Self::query_opt), and when the row cannot be read.
    pub fn fetch_opt<P: Params, R: FromRow>(
        &self,
        sql: &Sql<P, R>,
        params: P::Of<'_>,
    ) -> Result<Option<R>, PluginError> {
        let row = P::with(params, |params| self.query_opt(sql.as_str(), params))?;
        row.map(|row| row.read()).transpose()
    }

    /// Runs a statement of [`sql!`](crate::sql!) that returns exactly one row.
    ///
    /// # Errors
    ///
    /// As [`query_one`](Self::query_one), and when the row cannot be read.
    pub fn fetch_one<P: Params, R: FromRow>(
        &self,
        sql: &Sql<P, R>,
        params: P::Of<'_>,
    ) -> Result<R, PluginError> {
        P::with(params, |params| self.query_one(sql.as_str(), params))?.read()
    }

    /// Runs a statement of [`sql!`](crate::sql!) without rows to read, and returns how many it touched.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query).
    pub fn run<P: Params>(&self, sql: &Sql<P>, params: P::Of<'_>) -> Result<u64, PluginError> {
        P::with(params, |params| self.execute(sql.as_str(), params))
    }

    /// Does `body`, and undoes what it did in the database when it returns an error. The transaction goes on
    /// either way.
    ///
    /// # Errors
    ///
    /// The error of `body`, or of the database.
    pub fn savepoint<T, E: From<PluginError>>(
        &self,
        body: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let depth = self.depth.get();
        let name = format!("tenon_sdk_{depth}");
        self.db.savepoint(name.as_str().into()).into_result().map_err(PluginError::from)?;
        self.depth.set(depth + 1);
        let result = body(self);
        self.depth.set(depth);
        if result.is_err() {
            self.db.rollback_to(name.as_str().into()).into_result().map_err(PluginError::from)?;
        }
        self.db.release(name.as_str().into()).into_result().map_err(PluginError::from)?;
        result
    }

    /// How long until the call's deadline, when the statement that runs is cancelled.
    pub fn remaining(&self) -> Duration {
        Duration::from_millis(self.db.remaining_ms())
    }
}

impl fmt::Debug for Connection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// Encodes all parameters into one buffer and hands them to `run`.
fn with_params<T>(
    params: &[&dyn Param],
    run: impl FnOnce(RSlice<'_, ParamV1<'_>>) -> Res<T>,
) -> Result<T, PluginError> {
    let mut buffer = BytesMut::new();
    let mut encoded = Vec::with_capacity(params.len());
    for (index, param) in params.iter().enumerate() {
        let start = buffer.len();
        let Encoded { oid, format, null } = param.encode(&mut buffer).map_err(|error| {
            PluginError::new(500, "param", format!("the parameter ${} cannot be encoded: {error}", index + 1))
        })?;
        encoded.push((oid, format, (!null).then_some(start..buffer.len())));
    }
    let params: Vec<ParamV1<'_>> = encoded
        .into_iter()
        .map(|(oid, format, range)| ParamV1 {
            oid,
            format: format as u8,
            value: ROption::from(range.map(|range| RSlice::from_slice(&buffer[range]))),
        })
        .collect();
    run(RSlice::from_slice(&params)).into_result().map_err(PluginError::from)
}

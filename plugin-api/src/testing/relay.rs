//! A call that is answered by another process than the host's: what goes between them, and both ends.
//!
//! The host has the connection, and does with it what it does for any plugin; a test's process has the
//! plugin's code. No part of the SDK: both ends are of one version of Tenon.

use abi_stable::std_types::{RErr, ROk, ROption, RResult, RSlice, RStr, RString, RVec};
use serde::{Deserialize, Serialize};

use crate::contract::{
    CellV1, ColumnV1, DbV1, ErrorV1, HeaderV1, HostV2, PairV1, ParamV1, PluginV2Ref, RequestV1, Res,
    ResponseV1, RowsV1, borrow_db, borrow_host_v2,
};

/// A request, with texts of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireRequest {
    pub method: String,
    pub route: String,
    pub path: String,
    pub query: String,
    pub params: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub user: String,
    pub request_id: String,
}

/// A call that is to be answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WireCall {
    pub request: WireRequest,
    pub config: String,
    pub host_version: String,
}

/// An error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireError {
    pub code: String,
    pub status: u16,
    pub message: String,
    pub detail: String,
    pub sqlstate: String,
}

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireParam {
    pub oid: u32,
    pub format: u8,
    pub value: Option<Vec<u8>>,
}

/// A result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireRows {
    /// Name, type, the type's name, and its kind.
    pub columns: Vec<(String, u32, String, u8)>,
    pub row_count: u64,
    /// Offset and length.
    pub cells: Vec<(u64, i64)>,
    pub bytes: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What whoever answers asks the host for, and in the end the answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireAsk {
    Query { sql: String, params: Vec<WireParam> },
    Execute { sql: String, params: Vec<WireParam> },
    Savepoint(String),
    RollbackTo(String),
    Release(String),
    Remaining,
    Service { name: String, input: Vec<u8> },
    Log { level: u8, target: String, message: String, fields: String },
    Answer(Result<WireResponse, WireError>),
}

/// What the host says to that; nothing to a log event and to an answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireTold {
    Rows(Result<WireRows, WireError>),
    Count(Result<u64, WireError>),
    Done(Result<(), WireError>),
    RemainingMs(u64),
    Service(Result<Vec<u8>, WireError>),
    /// Nobody answers any more.
    Gone,
}

impl WireRequest {
    /// A request of the contract, copied.
    pub fn of(request: &RequestV1<'_>) -> Self {
        let owned = |text: RStr<'_>| text.as_str().to_owned();
        let pairs = |pairs: RSlice<'_, PairV1<'_>>| {
            pairs.iter().map(|pair| (owned(pair.name), owned(pair.value))).collect()
        };
        Self {
            method: owned(request.method),
            route: owned(request.route),
            path: owned(request.path),
            query: owned(request.query),
            params: pairs(request.params),
            headers: pairs(request.headers),
            body: request.body.to_vec(),
            user: owned(request.user),
            request_id: owned(request.request_id),
        }
    }

    /// Has it looked at as the contract says.
    pub fn put<T>(&self, asked: impl FnOnce(RequestV1<'_>) -> T) -> T {
        fn pairs(pairs: &[(String, String)]) -> Vec<PairV1<'_>> {
            pairs
                .iter()
                .map(|(name, value)| PairV1 { name: RStr::from_str(name), value: RStr::from_str(value) })
                .collect()
        }
        let (params, headers) = (pairs(&self.params), pairs(&self.headers));
        asked(RequestV1 {
            method: RStr::from_str(&self.method),
            route: RStr::from_str(&self.route),
            path: RStr::from_str(&self.path),
            query: RStr::from_str(&self.query),
            params: RSlice::from_slice(&params),
            headers: RSlice::from_slice(&headers),
            body: RSlice::from_slice(&self.body),
            user: RStr::from_str(&self.user),
            request_id: RStr::from_str(&self.request_id),
        })
    }
}

impl From<ErrorV1> for WireError {
    fn from(error: ErrorV1) -> Self {
        Self {
            code: error.code.into_string(),
            status: error.status,
            message: error.message.into_string(),
            detail: error.detail.into_string(),
            sqlstate: error.sqlstate.into_string(),
        }
    }
}

impl From<WireError> for ErrorV1 {
    fn from(error: WireError) -> Self {
        Self {
            code: error.code.into(),
            status: error.status,
            message: error.message.into(),
            detail: error.detail.into(),
            sqlstate: error.sqlstate.into(),
        }
    }
}

impl From<ResponseV1> for WireResponse {
    fn from(response: ResponseV1) -> Self {
        let header = |header: HeaderV1| (header.name.into_string(), header.value.into_string());
        let headers = response.headers.into_iter().map(header).collect();
        Self { status: response.status, headers, body: response.body.into_vec() }
    }
}

impl From<WireResponse> for ResponseV1 {
    fn from(response: WireResponse) -> Self {
        let header = |(name, value): (String, String)| HeaderV1 { name: name.into(), value: value.into() };
        let headers = response.headers.into_iter().map(header).collect();
        Self { status: response.status, headers, body: response.body.into() }
    }
}

impl From<RowsV1> for WireRows {
    fn from(rows: RowsV1) -> Self {
        let column = |one: ColumnV1| (one.name.into_string(), one.oid, one.type_name.into_string(), one.kind);
        Self {
            columns: rows.columns.into_iter().map(column).collect(),
            row_count: rows.row_count,
            cells: rows.cells.iter().map(|cell| (cell.offset, cell.len)).collect(),
            bytes: rows.bytes.into_vec(),
        }
    }
}

impl From<WireRows> for RowsV1 {
    fn from(rows: WireRows) -> Self {
        let column = |(name, oid, type_name, kind): (String, u32, String, u8)| ColumnV1 {
            name: name.into(),
            oid,
            type_name: type_name.into(),
            kind,
        };
        let cells = rows.cells.into_iter().map(|(offset, len)| CellV1 { offset, len });
        Self {
            columns: rows.columns.into_iter().map(column).collect(),
            row_count: rows.row_count,
            cells: cells.collect(),
            bytes: rows.bytes.into(),
        }
    }
}

/// Asks a service of a host.
pub fn asked(name: &str, input: &[u8], host: &impl HostV2) -> WireTold {
    let output = host.service(RStr::from_str(name), RSlice::from_slice(input));
    WireTold::Service(match output {
        ROk(bytes) => Ok(bytes.into_vec()),
        RErr(error) => Err(error.into()),
    })
}

/// Does what is asked for with a connection. `None` for what the connection has no part in.
pub fn done(ask: &WireAsk, db: &impl DbV1) -> Option<WireTold> {
    let name = RStr::from_str;
    Some(match ask {
        WireAsk::Query { sql, params } => {
            WireTold::Rows(with_params(params, |params| db.query(name(sql), params)))
        }
        WireAsk::Execute { sql, params } => {
            WireTold::Count(with_params(params, |params| db.execute(name(sql), params)))
        }
        WireAsk::Savepoint(one) => WireTold::Done(owned(db.savepoint(name(one)))),
        WireAsk::RollbackTo(one) => WireTold::Done(owned(db.rollback_to(name(one)))),
        WireAsk::Release(one) => WireTold::Done(owned(db.release(name(one)))),
        WireAsk::Remaining => WireTold::RemainingMs(db.remaining_ms()),
        WireAsk::Service { .. } | WireAsk::Log { .. } | WireAsk::Answer(_) => return None,
    })
}

fn with_params<T, U: From<T>>(
    params: &[WireParam],
    run: impl FnOnce(RSlice<'_, ParamV1<'_>>) -> Res<T>,
) -> Result<U, WireError> {
    let params: Vec<_> = params
        .iter()
        .map(|param| ParamV1 {
            oid: param.oid,
            format: param.format,
            value: ROption::from(param.value.as_deref().map(RSlice::from_slice)),
        })
        .collect();
    owned(run(RSlice::from_slice(&params)))
}

fn owned<T, U: From<T>>(result: Res<T>) -> Result<U, WireError> {
    match result {
        RResult::ROk(value) => Ok(value.into()),
        RResult::RErr(error) => Err(error.into()),
    }
}

/// The host as a plugin sees it in another process: what it wants to be told is asked over this.
struct Far<'a> {
    call: &'a WireCall,
    ask: &'a dyn Fn(WireAsk) -> WireTold,
    tell: &'a dyn Fn(WireAsk),
}

/// Lets a plugin prepare itself in this process, as the host of this call does.
pub fn init(module: PluginV2Ref, call: &WireCall, tell: &dyn Fn(WireAsk)) -> Result<(), WireError> {
    let far = Far { call, ask: &|_| WireTold::Gone, tell };
    owned(module.init()(borrow_host_v2(&far)))
}

/// Has a plugin of this process answer a call. `ask` asks the host and waits; `tell` does not wait.
pub fn answer(
    module: PluginV2Ref,
    call: &WireCall,
    ask: &dyn Fn(WireAsk) -> WireTold,
    tell: &dyn Fn(WireAsk),
) -> Result<WireResponse, WireError> {
    let far = Far { call, ask, tell };
    owned(call.request.put(|request| module.handle()(request, borrow_host_v2(&far), borrow_db(&far))))
}

impl Far<'_> {
    fn count<T>(&self, ask: WireAsk, read: impl FnOnce(WireTold) -> Option<Result<T, WireError>>) -> Res<T> {
        let gone = || WireError {
            code: "revoked".to_owned(),
            status: 500,
            message: "the host does not answer any more".to_owned(),
            detail: String::new(),
            sqlstate: String::new(),
        };
        match read((self.ask)(ask)).unwrap_or_else(|| Err(gone())) {
            Ok(value) => ROk(value),
            Err(error) => RErr(error.into()),
        }
    }

    fn about_savepoint(&self, ask: WireAsk) -> Res<()> {
        self.count(ask, |told| match told {
            WireTold::Done(done) => Some(done),
            _ => None,
        })
    }
}

fn params(params: RSlice<'_, ParamV1<'_>>) -> Vec<WireParam> {
    let one = |param: &ParamV1<'_>| WireParam {
        oid: param.oid,
        format: param.format,
        value: param.value.into_option().map(|bytes| bytes.to_vec()),
    };
    params.iter().map(one).collect()
}

impl DbV1 for Far<'_> {
    fn query(&self, sql: RStr<'_>, given: RSlice<'_, ParamV1<'_>>) -> Res<RowsV1> {
        self.count(WireAsk::Query { sql: sql.to_string(), params: params(given) }, |told| match told {
            WireTold::Rows(rows) => Some(rows.map(RowsV1::from)),
            _ => None,
        })
    }

    fn execute(&self, sql: RStr<'_>, given: RSlice<'_, ParamV1<'_>>) -> Res<u64> {
        self.count(WireAsk::Execute { sql: sql.to_string(), params: params(given) }, |told| match told {
            WireTold::Count(count) => Some(count),
            _ => None,
        })
    }

    fn savepoint(&self, name: RStr<'_>) -> Res<()> {
        self.about_savepoint(WireAsk::Savepoint(name.to_string()))
    }

    fn rollback_to(&self, name: RStr<'_>) -> Res<()> {
        self.about_savepoint(WireAsk::RollbackTo(name.to_string()))
    }

    fn release(&self, name: RStr<'_>) -> Res<()> {
        self.about_savepoint(WireAsk::Release(name.to_string()))
    }

    fn remaining_ms(&self) -> u64 {
        match (self.ask)(WireAsk::Remaining) {
            WireTold::RemainingMs(left) => left,
            _ => 0,
        }
    }
}

impl HostV2 for Far<'_> {
    fn log(&self, level: u8, target: RStr<'_>, message: RStr<'_>, fields: RStr<'_>) {
        let [target, message, fields] = [target, message, fields].map(|text| text.to_string());
        (self.tell)(WireAsk::Log { level, target, message, fields });
    }

    fn config(&self) -> RString {
        RString::from(self.call.config.as_str())
    }

    fn host_version(&self) -> RString {
        RString::from(self.call.host_version.as_str())
    }

    fn service(&self, name: RStr<'_>, input: RSlice<'_, u8>) -> Res<RVec<u8>> {
        let ask = WireAsk::Service { name: name.to_string(), input: input.to_vec() };
        self.count(ask, |told| match told {
            WireTold::Service(output) => Some(output.map(RVec::from)),
            _ => None,
        })
    }
}

/// An answer for the border, where the far end has none.
pub fn no_answer(message: &str) -> Res<ResponseV1> {
    RErr(ErrorV1 {
        code: "internal".into(),
        status: 500,
        message: message.into(),
        detail: RString::new(),
        sqlstate: RString::new(),
    })
}

/// The answer of the far end, for the border.
pub fn answered(answer: Result<WireResponse, WireError>) -> Res<ResponseV1> {
    match answer {
        Ok(response) => ROk(response.into()),
        Err(error) => RErr(error.into()),
    }
}

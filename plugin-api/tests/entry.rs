//! A plugin as the host sees it: through the exported symbols of generation 1.

#![expect(unsafe_code, reason = "the exported statics are reached by their symbols, as a host reaches them")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests, and panics are what is tested")]

use std::panic::panic_any;
use std::sync::Mutex;

use abi_stable::library::LibHeader;
use abi_stable::std_types::{ROk, RResult, RSlice, RStr, RString, RVec};
use tenon_plugin_api::contract::{
    Audience, CellV1, ColumnV1, DbV1, ErrorV1, HostV1, PairV1, ParamV1, PluginV1Ref, PluginV2Ref, RequestV1,
    Res, RowsV1, borrow_db, borrow_host,
};
use tenon_plugin_api::prelude::*;
use tenon_plugin_api::{Manifest, schema};

struct Sample;

impl Plugin for Sample {
    fn init(&self, host: &Host<'_>) -> Result<(), PluginError> {
        let config: Value = host.config()?;
        if config["panic"] == true {
            panic!("init was told to");
        }
        host.info("ready", &[("host", &host.version())]);
        Ok(())
    }

    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        match request.route() {
            "GET /echo/{name}" => Response::json(&json!({
                "name": request.param("name")?,
                "limit": request.query_param_as::<u32>("limit")?,
                "agent": request.header("User-Agent"),
                "user": request.user(),
            })),
            "GET /panic" => panic!("{} went wrong", 7),
            "GET /panic-payload" => panic_any(Bomb),
            "GET /rows" => {
                let row = db.query_one("SELECT qty, name", &[&"a", &Some(5_i32)])?;
                let wrong = row.get::<String>("qty").unwrap_err();
                let missing = row.get::<i32>("colour").unwrap_err();
                let no_value = row.get::<String>(1).unwrap_err();
                Response::json(&json!([
                    row.get::<i32>("qty")?,
                    wrong.message(),
                    missing.message(),
                    no_value.message()
                ]))
            }
            "POST /duplicate" => {
                let error = db.execute("INSERT", &[]).unwrap_err();
                assert!(error.is_duplicate());
                Err(error)
            }
            "POST /savepoint" => {
                let refused: Result<(), PluginError> =
                    db.savepoint(|db| db.savepoint(|_| Ok(())).and(Err(PluginError::conflict("no"))));
                refused.or(Ok(())).and(Ok(Response::empty(204)))
            }
            route => Err(PluginError::not_found(route)),
        }
    }

    fn shutdown(&self, _: &Host<'_>) -> Result<(), PluginError> {
        panic!("shutdown");
    }
}

/// Panics again when it is dropped, and so does what that panics with.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any(SecondBomb);
    }
}

struct SecondBomb;

impl Drop for SecondBomb {
    fn drop(&mut self) {
        panic!("third");
    }
}

fn broken_schema() -> schema::Descriptors {
    panic!("no descriptors today")
}

fn broken_migrations() -> Vec<Migration> {
    panic_any(17_i32)
}

export_plugin! {
    Sample,
    id: "sample",
    name: "Sample \"Plugin\"",
    access: public,
    version: "1.2.3-rc.1",
    requires: { identity: "^1.1", "inventory": ">=1, <3" },
    routes: ["GET /echo/{name}", "GET /panic", "GET /panic-payload", "GET /rows", "POST /duplicate", read_only("POST /savepoint"), admin autocommit("POST /single")],
    schema: broken_schema(),
    migrations: broken_migrations(),
}

unsafe extern "C" {
    #[expect(improper_ctypes, reason = "abi_stable checks the layout of what is behind it")]
    safe static tenon_plugin_v1: LibHeader;
    #[expect(improper_ctypes, reason = "abi_stable checks the layout of what is behind it")]
    safe static tenon_plugin_v2: LibHeader;
    safe static TENON_MANIFEST: u8;
}

fn plugin() -> PluginV1Ref {
    tenon_plugin_v1.init_root_module().unwrap()
}

#[test]
fn both_generations_are_exported_and_do_the_same() {
    let second: PluginV2Ref = tenon_plugin_v2.init_root_module().unwrap();
    assert_eq!(second.manifest()(), plugin().manifest()());
    let errors =
        [plugin().schema()(), second.schema()()].map(|error| error.into_result().unwrap_err().message);
    assert_eq!(errors[0], errors[1]);
}

/// The host, with what it was told.
#[derive(Default)]
struct TestHost {
    config: &'static str,
    log: Mutex<Vec<String>>,
}

impl HostV1 for TestHost {
    fn log(&self, level: u8, target: RStr<'_>, message: RStr<'_>, fields: RStr<'_>) {
        self.log.lock().unwrap().push(format!("{level} {target} {message} {fields}"));
    }

    fn config(&self) -> RString {
        self.config.into()
    }

    fn host_version(&self) -> RString {
        "9.9.9".into()
    }
}

/// The host's end of the lent connection: answers what the routes above ask for, and notes the calls.
#[derive(Default)]
struct TestDb {
    calls: Mutex<Vec<String>>,
}

impl TestDb {
    fn note(&self, call: String) -> Res<()> {
        self.calls.lock().unwrap().push(call);
        ROk(())
    }
}

impl DbV1 for TestDb {
    fn query(&self, sql: RStr<'_>, params: RSlice<'_, ParamV1<'_>>) -> Res<RowsV1> {
        let params: Vec<_> =
            params.iter().map(|p| (p.oid, p.format, p.value.into_option().map(|v| v.to_vec()))).collect();
        let _ = self.note(format!("{sql} {params:?}"));
        let column = |name: &str, oid, type_name: &str| ColumnV1 {
            name: name.into(),
            oid,
            type_name: type_name.into(),
            kind: b'b',
        };
        ROk(RowsV1 {
            columns: RVec::from(vec![column("qty", 23, "int4"), column("name", 25, "text")]),
            row_count: 1,
            cells: RVec::from(vec![CellV1 { offset: 0, len: 4 }, CellV1 { offset: 4, len: -1 }]),
            bytes: RVec::from(42_i32.to_be_bytes().to_vec()),
        })
    }

    fn execute(&self, _: RStr<'_>, _: RSlice<'_, ParamV1<'_>>) -> Res<u64> {
        RResult::RErr(ErrorV1 {
            code: "sql".into(),
            status: 500,
            message: "duplicate key value violates unique constraint \"item_sku_key\"".into(),
            detail: "{\"constraint\":\"item_sku_key\"}".into(),
            sqlstate: "23505".into(),
        })
    }

    fn savepoint(&self, name: RStr<'_>) -> Res<()> {
        self.note(format!("savepoint {name}"))
    }

    fn rollback_to(&self, name: RStr<'_>) -> Res<()> {
        self.note(format!("rollback_to {name}"))
    }

    fn release(&self, name: RStr<'_>) -> Res<()> {
        self.note(format!("release {name}"))
    }

    fn remaining_ms(&self) -> u64 {
        1
    }
}

/// Sends a request; the status and body of the answer, or the error.
fn send(route: &str, query: &str, host: &TestHost, db: &TestDb) -> Result<(u16, String), ErrorV1> {
    let params = [PairV1 { name: "name".into(), value: "ä b".into() }];
    let headers = [PairV1 { name: "user-agent".into(), value: "test".into() }];
    let request = RequestV1 {
        method: route.split(' ').next().unwrap().into(),
        route: route.into(),
        path: "/".into(),
        query: query.into(),
        params: RSlice::from_slice(&params),
        headers: RSlice::from_slice(&headers),
        body: RSlice::from_slice(b""),
        user: "".into(),
        request_id: "r1".into(),
    };
    let response = plugin().handle()(request, borrow_host(host), borrow_db(db)).into_result()?;
    Ok((response.status, String::from_utf8(response.body.into_vec()).unwrap()))
}

#[test]
fn the_manifest_is_the_same_bytes_at_the_symbol_and_from_the_function() {
    let text = plugin().manifest()().into_string();
    // SAFETY: the symbol is as many bytes long as the text that was just made from it.
    let bytes = unsafe { std::slice::from_raw_parts(&raw const TENON_MANIFEST, text.len()) };
    assert_eq!(text.as_bytes(), bytes);

    let manifest: Manifest = serde_json::from_str(&text).unwrap();
    assert_eq!(manifest.id, "sample");
    assert_eq!(manifest.name, "Sample \"Plugin\"");
    assert_eq!(manifest.version.to_string(), "1.2.3-rc.1");
    let requires: Vec<_> = manifest.requires.iter().map(|(id, range)| format!("{id} {range}")).collect();
    assert_eq!(requires, ["identity ^1.1", "inventory >=1, <3"]);
    assert_eq!(manifest.routes.len(), 7);
    assert_eq!(manifest.read_only, ["POST /savepoint"]);
    assert_eq!(manifest.autocommit, ["POST /single"]);
    assert_eq!(
        (manifest.access, &*manifest.admin),
        (Some(Audience::Public), &["POST /single".to_owned()][..])
    );
    assert_eq!(manifest.contract, [1, 2]);
    assert_eq!(manifest.sdk, env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest.build.panic, if cfg!(panic = "abort") { "abort" } else { "unwind" });
    assert!(manifest.build.target.starts_with(std::env::consts::ARCH), "{:?}", manifest.build);
    assert!(manifest.build.rustc.starts_with("1."), "{:?}", manifest.build);
}

#[test]
fn the_contract_is_version_1() {
    assert!(env!("CARGO_PKG_VERSION").starts_with("1."), "0.x minors never match");
    assert_eq!(tenon_plugin_v1.version_strings().version.as_str(), env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_request_comes_in_and_an_answer_goes_out() {
    let (status, body) =
        send("GET /echo/{name}", "a=b&limit=%35", &TestHost::default(), &TestDb::default()).unwrap();
    assert_eq!(status, 200);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, json!({ "name": "ä b", "limit": 5, "agent": "test", "user": null }));
}

#[test]
fn a_query_parameter_of_the_wrong_kind_is_a_bad_request() {
    let error = send("GET /echo/{name}", "limit=many", &TestHost::default(), &TestDb::default()).unwrap_err();
    assert_eq!((error.status, error.code.as_str()), (400, "bad_request"));
    assert_eq!(
        error.message,
        "the query's \"limit\" is \"many\", which is no u32: invalid digit found in string"
    );
}

#[test]
fn a_panic_in_handle_comes_back_with_its_place_and_is_logged() {
    let host = TestHost::default();
    let error = send("GET /panic", "", &host, &TestDb::default()).unwrap_err();
    assert_eq!((error.status, error.code.as_str()), (500, "panic"));
    assert!(error.message.starts_with("sample panicked in handle at "), "{}", error.message);
    assert!(
        error.message.contains("entry.rs:") && error.message.ends_with(": 7 went wrong"),
        "{}",
        error.message
    );
    let log = host.log.into_inner().unwrap();
    assert_eq!(log.len(), 1);
    assert!(log[0].starts_with("1 sample sample panicked in handle at "), "{log:?}");
}

#[test]
fn a_panic_while_a_panic_is_cleared_away_does_not_escape() {
    let error = send("GET /panic-payload", "", &TestHost::default(), &TestDb::default()).unwrap_err();
    assert_eq!(error.code, "panic");
    assert!(error.message.ends_with("with a value that is no text"), "{}", error.message);
}

#[test]
fn a_panic_in_any_other_entry_comes_back_as_an_error() {
    let host = TestHost { config: r#"{"panic":true}"#, ..TestHost::default() };
    let errors = [
        plugin().schema()().map(drop).into_result().unwrap_err(),
        plugin().migrations()().map(drop).into_result().unwrap_err(),
        plugin().init()(borrow_host(&host)).into_result().unwrap_err(),
        plugin().shutdown()(borrow_host(&host)).into_result().unwrap_err(),
    ];
    for (error, entry) in errors.iter().zip(["schema", "migrations", "init", "shutdown"]) {
        assert_eq!(error.code, "panic");
        assert!(error.message.starts_with(&format!("sample panicked in {entry} at ")), "{}", error.message);
    }
}

#[test]
fn init_reads_its_configuration_and_logs_through_the_host() {
    let host = TestHost { config: "{}", ..TestHost::default() };
    plugin().init()(borrow_host(&host)).into_result().unwrap();
    assert_eq!(host.log.into_inner().unwrap(), [r#"3 sample ready {"host":"9.9.9"}"#]);

    let host = TestHost { config: "[", ..TestHost::default() };
    let error = plugin().init()(borrow_host(&host)).into_result().unwrap_err();
    assert_eq!(error.code, "config");
}

#[test]
fn a_value_that_cannot_be_read_names_the_column_its_type_and_what_was_wanted() {
    let db = TestDb::default();
    let (_, body) = send("GET /rows", "", &TestHost::default(), &db).unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body,
        json!([
            42,
            "the column \"qty\" has the type int4, which cannot be read as String",
            "the result has no column \"colour\"; it has qty, name",
            "the column \"name\" is NULL: read it as Option<String>",
        ])
    );
    let sent = r#"SELECT qty, name [(0, 0, Some([97])), (23, 1, Some([0, 0, 0, 5]))]"#;
    assert_eq!(db.calls.into_inner().unwrap(), [sent]);
}

#[test]
fn an_error_of_the_database_keeps_its_sqlstate_through_the_plugin() {
    let error = send("POST /duplicate", "", &TestHost::default(), &TestDb::default()).unwrap_err();
    assert_eq!((error.code.as_str(), error.sqlstate.as_str()), ("sql", "23505"));
    assert_eq!(error.detail, "{\"constraint\":\"item_sku_key\"}");
}

#[test]
fn an_error_inside_a_savepoint_undoes_only_what_was_done_since() {
    let db = TestDb::default();
    assert_eq!(send("POST /savepoint", "", &TestHost::default(), &db).unwrap().0, 204);
    let calls = db.calls.into_inner().unwrap();
    assert_eq!(
        calls,
        [
            "savepoint tenon_sdk_0",
            "savepoint tenon_sdk_1",
            "release tenon_sdk_1",
            "rollback_to tenon_sdk_0",
            "release tenon_sdk_0",
        ]
    );
}

//! The OpenAPI document: it has each route and no other, and what the server answers is what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use jsonschema::Validator;
use serde_json::{Value, json};
use tenon_tests::{HttpAnswer, ServeProcess, World, artifacts};

const BASE: &str = "/api/v1";

/// The methods of each path, as `GET /api/v1/plan`.
fn documented(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let methods = |item: &Value| item.as_object().unwrap().keys().map(|name| name.to_uppercase()).collect();
    let paths = document["paths"].as_object().unwrap();
    paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// The paths that the server registers, read from its own list.
fn registered() -> BTreeSet<String> {
    let text = fs::read_to_string(artifacts::root().join("host/src/admin/routes.rs")).unwrap();
    let (_, scope) = text.split_once("fn api_scope()").unwrap();
    let (scope, _) = scope.split_once("fn account_pages(").unwrap();
    let calls = ["resource(\"", "post(\""];
    let path = |call: &str| -> Vec<String> {
        let of_call = scope.split(call).skip(1).filter_map(|rest| rest.split_once('"'));
        of_call.map(|(path, _)| format!("{BASE}{path}")).collect()
    };
    calls.into_iter().flat_map(path).collect()
}

/// A schema of the document, with all that it refers to.
fn validator(document: &Value, schema: &Value) -> Validator {
    let whole = json!({ "allOf": [schema], "components": document["components"] });
    jsonschema::draft202012::new(&whole).unwrap()
}

/// Holds an answer to what the document says of its status and media type.
fn is_as_documented(document: &Value, method: &str, path: &str, answer: &HttpAnswer) {
    let escaped = path.replace('/', "~1");
    let media = answer.header("content-type").unwrap().split(';').next().unwrap();
    let (status, form) = (answer.status, media.replace('/', "~1"));
    let pointer = format!("/paths/{escaped}/{method}/responses/{status}/content/{form}/schema");
    let Some(schema) = document.pointer(&pointer) else {
        panic!("{pointer} is not in the document: {answer:#?}");
    };
    let value = if media.ends_with("json") { answer.json() } else { answer.text.clone().into() };
    let validator = validator(document, schema);
    let errors: Vec<_> =
        validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{method} {path} {status}: {errors:#?}\n{value:#}");
}

fn document(serving: &ServeProcess) -> Value {
    serving.get_as_admin("/api/v1/openapi.json").expect_status(200).json()
}

#[test]
fn the_document_has_every_route_that_is_registered_and_no_other() {
    let world = World::with(&["identity"]);
    let serving = world.serve();
    let document = document(&serving);
    assert_eq!(document["openapi"], "3.1.0");
    let documented = documented(&document);
    assert_eq!(documented.keys().cloned().collect::<BTreeSet<_>>(), registered());
    for (path, methods) in &documented {
        // A method that nobody documents is refused, and the answer names those that are there.
        let path = path.replace("{id}", "00000000-0000-0000-0000-000000000000");
        let answer = serving.ask_with_token("TRACE", &path, "none", &Value::Null).expect_status(405);
        let allowed = answer.header("allow").unwrap().split(", ").filter(|method| *method != "HEAD");
        assert_eq!(&allowed.map(str::to_owned).collect::<BTreeSet<_>>(), methods, "{path}");
    }
}

#[test]
fn the_program_prints_the_document_that_is_served() {
    let world = World::with(&["identity"]);
    let printed = world.tenon(&["openapi"]).expect_code(0).json();
    let serving = world.serve();
    assert_eq!(printed, document(&serving));
    serving.get("/api/v1/openapi.json").expect_status(401);
}

#[test]
fn every_operation_says_who_may_ask_and_what_else_it_answers() {
    let world = World::with(&["identity"]);
    let document = world.tenon(&["openapi"]).expect_code(0).json();
    assert_eq!(document["security"].as_array().unwrap().len(), 3);
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(operation["x-permission"].is_string(), "{name}");
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{name}");
            for status in ["401", "403", "500", "503"] {
                let problem = "/content/application~1problem+json/schema/$ref";
                let schema = operation["responses"][status].pointer(problem);
                assert_eq!(schema, Some(&json!("#/components/schemas/Problem")), "{name} {status}");
            }
        }
    }
}

#[test]
fn what_the_server_answers_is_what_the_document_says() {
    let world = World::with(&["identity", "inventory"]);
    let serving = world.serve();
    let document = document(&serving);
    let get = |path: &str| {
        let answer = serving.get_as_admin(path);
        is_as_documented(&document, "get", path.split('?').next().unwrap(), &answer);
        answer
    };
    let post = |path: &str, as_documented: &str, body: &Value| {
        let answer = serving.post_as_admin(path, body);
        is_as_documented(&document, "post", as_documented, &answer);
        answer
    };
    // Before the heal: everything is pending.
    post("/api/v1/check", "/api/v1/check", &json!({})).expect_status(200);
    let plan = get("/api/v1/plan?sql=1").expect_status(200).json();
    let heal = "/api/v1/heal";
    post(heal, heal, &json!({})).expect_status(400);
    let rehearse = json!({ "plan_hash": plan["hash"], "purpose": "rehearsal" });
    post(heal, heal, &rehearse).expect_status(200);
    let order = json!({ "plan_hash": plan["hash"] });
    let accepted = serving.post_preferring(heal, "respond-async", &order).expect_status(202);
    is_as_documented(&document, "post", heal, &accepted);
    let location = accepted.header("location").unwrap();
    let status = serving.until(location, |answer| answer.json()["state"] == "ended");
    is_as_documented(&document, "get", "/api/v1/heals/{id}", &status);
    // It is done already; and nobody has seen a plan of this hash.
    post(heal, heal, &order).expect_status(200);
    post(heal, heal, &json!({ "plan_hash": "0".repeat(64) }));
    // Afterwards: drift, and what is done about it.
    world.database.sql("ALTER TABLE inventory.item ADD COLUMN extra text");
    post("/api/v1/check", "/api/v1/check", &json!({})).expect_status(200);
    get("/api/v1/doctor").expect_status(200);
    let findings = get("/api/v1/findings").expect_status(200).json();
    let acknowledge = "/api/v1/findings/acknowledge";
    let word = json!({ "findings": [findings[0]["id"]], "reason": "known", "for": "7d" });
    post(acknowledge, acknowledge, &word).expect_status(200);
    post(acknowledge, acknowledge, &json!({ "findings": [], "reason": "" })).expect_status(400);
    let quarantine = "/api/v1/plugins/{id}/quarantine";
    post("/api/v1/plugins/inventory/quarantine", quarantine, &json!({ "reason": "odd" })).expect_status(200);
    let release = "/api/v1/plugins/{id}/release";
    post("/api/v1/plugins/inventory/release", release, &Value::Null).expect_status(200);
    post("/api/v1/plugins/inventory/release", release, &Value::Null).expect_status(409);
    post("/api/v1/plugins/nobody/quarantine", quarantine, &json!({ "reason": "odd" })).expect_status(404);
    let resolve = "/api/v1/audit/resolve";
    assert_eq!(post(resolve, resolve, &Value::Null).expect_status(200).json()["closed"], 0);
    for path in ["/api/v1/notifications/test", "/api/v1/notifications/retry"] {
        post(path, path, &Value::Null).expect_status(409);
    }
    let accounts = "/api/v1/accounts";
    post(accounts, accounts, &json!({ "name": "ada", "role": "healer" })).expect_status(201);
    post(accounts, accounts, &json!({ "name": "ada", "role": "healer" })).expect_status(409);
    post(accounts, accounts, &json!({ "name": "bo", "role": "king" })).expect_status(400);
    let tokens = "/api/v1/tokens";
    let token = json!({ "account": "ada", "name": "ci", "scopes": ["read"] });
    post(tokens, tokens, &token).expect_status(201);
    post(tokens, tokens, &token).expect_status(409);
    let approve = "/api/v1/plan/approve";
    post(approve, approve, &json!({ "plan_hash": "0".repeat(64) })).expect_status(409);
    let account = serving.get_as_admin("/api/v1/accounts/ada").expect_status(200);
    is_as_documented(&document, "get", "/api/v1/accounts/{name}", &account);
    for (plugin, status) in [("inventory", 200), ("nobody", 404)] {
        let answer = serving.get_as_admin(&format!("/api/v1/plugins/{plugin}")).expect_status(status);
        is_as_documented(&document, "get", "/api/v1/plugins/{id}", &answer);
    }
    let read = ["health", "plugins", "findings", "plan", "graph", "graph?format=svg", "graph?format=dot"];
    for path in read.into_iter().chain([
        "heal",
        "audit",
        "audit?limit=0",
        "audit?format=csv",
        "audit/proof",
        "accounts",
        "tokens",
        "sessions",
        "verdicts",
        "cards",
        "notifications",
        "graph?plugin=nobody",
    ]) {
        get(&format!("{BASE}/{path}"));
    }
}

//! Does what it is asked to with the services of the host, and tells what came of it. It can do without: an
//! older host loads it.

use serde::Deserialize;
use tenon_plugin_api::prelude::*;

/// What is to be asked of whom.
#[derive(Deserialize)]
struct Asked {
    #[serde(default = "get")]
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
    timeout_ms: Option<u64>,
}

fn get() -> String {
    "GET".to_owned()
}

/// What is to be done with a file.
#[derive(Deserialize)]
struct Wish {
    act: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    content: String,
}

struct Fetches;

impl Plugin for Fetches {
    routes! {
        "POST /fetch" => fetch(request, &body),
        "POST /fail" => fail(request, &body),
        "POST /file" => file(request, &body),
    }
}

fn asked(request: &Request<'_>, asked: &Asked) -> Result<Fetched, PluginError> {
    let mut fetch = Fetch::new(&asked.method, &asked.url).body(asked.body.as_bytes());
    for (name, value) in &asked.headers {
        fetch = fetch.header(name, value);
    }
    if let Some(millis) = asked.timeout_ms {
        fetch = fetch.timeout(std::time::Duration::from_millis(millis));
    }
    request.host().fetch(&fetch)
}

/// Tells an error as it is told the plugin.
fn told(done: Result<Value, PluginError>) -> Result<Json<Value>, PluginError> {
    Ok(Json(done.unwrap_or_else(|error| json!({ "code": error.code(), "message": error.message() }))))
}

fn fetch(_: &Connection<'_>, request: &Request<'_>, wish: &Asked) -> Result<Json<Value>, PluginError> {
    told(asked(request, wish).map(|answer| {
        json!({ "status": answer.status, "headers": answer.headers, "body": String::from_utf8_lossy(&answer.body) })
    }))
}

/// Passes the error on.
fn fail(_: &Connection<'_>, request: &Request<'_>, wish: &Asked) -> Result<Json<u16>, PluginError> {
    asked(request, wish).map(|answer| Json(answer.status))
}

fn file(_: &Connection<'_>, request: &Request<'_>, wish: &Wish) -> Result<Json<Value>, PluginError> {
    let files = request.host().files();
    told(match wish.act.as_str() {
        "read" => files.read(&wish.name).map(|content| json!(String::from_utf8_lossy(&content))),
        "write" => files.write(&wish.name, wish.content.as_bytes()).map(|()| json!("written")),
        "delete" => files.delete(&wish.name).map(|()| json!("deleted")),
        _ => files.list().map(|files| files.into_iter().map(|file| json!([file.name, file.size])).collect()),
    })
}

export_plugin! {
    Fetches,
    id: "fetches",
    name: "Plugin That Asks Others",
    version: "1.0.0",
    access: public,
}

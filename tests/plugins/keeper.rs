//! Has credentials of its own, and asks for them.

use tenon_plugin_api::prelude::*;

struct Keeper;

impl Plugin for Keeper {
    routes! {
        "GET /open" => told(request),
        user "GET /mine" => told(request),
    }
}

fn told(_: &Connection<'_>, request: &Request<'_>) -> Json<Value> {
    let header = |name| request.header(name);
    let caller = request.caller().map(|caller| caller.subject().to_owned());
    Json(json!({ "caller": caller, "authorization": header("authorization"), "cookie": header("cookie") }))
}

export_plugin! {
    Keeper,
    id: "keeper",
    name: "Keeper Plugin",
    access: public,
    credentials: [authorization, cookies],
}

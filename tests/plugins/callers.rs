//! Says who calls: a route for everybody, one for callers, one for administrators.

use tenon_plugin_api::prelude::*;

struct Callers;

impl Plugin for Callers {
    routes! {
        public "GET /open" => told(request),
        public "POST /open" => told(request),
        "GET /mine" => told(request),
        "POST /mine" => told(request),
        admin "GET /ops" => told(request),
    }
}

/// All that the plugin knows of whoever calls.
fn told(_: &Connection<'_>, request: &Request<'_>) -> Json<Value> {
    let caller = request.caller().map(|caller| {
        json!({
            "subject": caller.subject(),
            "name": caller.name(),
            "scopes": caller.scopes().collect::<Vec<_>>(),
            "claims": caller.claims(),
            "how": caller.how(),
            "admin": caller.is_admin(),
        })
    });
    let header = |name| request.header(name);
    Json(json!({
        "caller": caller,
        "user": request.user(),
        "authorization": header("authorization"),
        "cookie": header("cookie"),
        "proxy": header("x-auth-user"),
    }))
}

export_plugin! {
    Callers,
    id: "callers",
    name: "Callers Plugin",
}

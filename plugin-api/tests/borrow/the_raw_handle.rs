use std::sync::Mutex;
use tenon_plugin_api::contract::{DbRefV1, HostRefV1};

fn keep(db: DbRefV1<'_>) -> DbRefV1<'static> {
    db
}

fn send<T: Send>(_: T) {}

fn both(db: DbRefV1<'_>, host: HostRefV1<'_>) {
    send(db);
    send(host);
}

static KEPT: Mutex<Option<DbRefV1<'static>>> = Mutex::new(None);

fn main() {}

//! What a plugin's functions do, in whichever generation they are called.

use abi_stable::std_types::{RString, RVec};

use super::{Export, STATEMENTS_BEFORE, STATEMENTS_BEHIND, guard};
use crate::contract::{ASSET_METHOD, CARD_METHOD, DbRefV1, HostV2, MigrationV1, RequestV1, Res, ResponseV1};
use crate::plugin::Plugin;
use crate::registered::declared_statements;
use crate::telemetry;
use crate::{Card, Connection, Host, Job, PluginError, Request, Response};
use crate::{asset, event, function};

pub(super) extern "C" fn manifest<E: Export>() -> RString {
    let text = guard(E::ID, "manifest", None, || {
        std::str::from_utf8(E::manifest())
            .map(RString::from)
            .map_err(|error| PluginError::internal(format!("the manifest is no text: {error}")))
    });
    text.ok().unwrap_or_default()
}

pub(super) extern "C" fn schema<E: Export>() -> Res<RString> {
    guard(E::ID, "schema", None, || {
        serde_json::to_string(&E::schema()?)
            .and_then(|descriptors| with_statements(&descriptors))
            .map(|descriptors| {
                let settings = E::settings().map(|schema| schema.to_string());
                let whole = with_member(descriptors, "settings", settings.as_deref());
                let emits: serde_json::Map<_, _> =
                    E::emits().into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
                let emits = (!emits.is_empty()).then(|| serde_json::Value::from(emits).to_string());
                let whole = with_member(whole, "emits", emits.as_deref());
                // The lock file comes last: the host takes what follows its name for it, as it is.
                RString::from(with_member(whole, "lock", E::lock()))
            })
            .map_err(|error| PluginError::internal(format!("the descriptors have no JSON form: {error}")))
    })
}

/// The statements of `sql!` travel in front of the descriptors, under a name that comes again: `format`. A
/// host that knows nothing of them reads the last of two members of one name, as serde_json does.
fn with_statements(descriptors: &str) -> serde_json::Result<String> {
    let statements = serde_json::to_string(&declared_statements())?;
    Ok(match descriptors.strip_prefix('{') {
        Some(members) if statements != "[]" => {
            format!("{STATEMENTS_BEFORE}{statements}{STATEMENTS_BEHIND}{members}")
        }
        _ => descriptors.to_owned(),
    })
}

/// What is no descriptor travels as a member of the descriptors' object, as it is.
fn with_member(mut object: String, name: &str, json: Option<&str>) -> String {
    if let Some(json) = json
        && object.ends_with('}')
    {
        object.truncate(object.len() - 1);
        object.push_str(",\"");
        object.push_str(name);
        object.push_str("\":");
        object.push_str(json.trim());
        object.push('}');
    }
    object
}

pub(super) extern "C" fn migrations<E: Export>() -> Res<RVec<MigrationV1>> {
    guard(E::ID, "migrations", None, || Ok(E::migrations()))
}

pub(super) fn init<E: Export>(host: &dyn HostV2) -> Res<()> {
    guard(E::ID, "init", Some(host), || {
        telemetry::install();
        E::configure(host)?;
        E::plugin().init(&Host::new(host, E::ID))
    })
}

pub(super) fn handle<E: Export>(
    request: RequestV1<'_>,
    host: &dyn HostV2,
    db: DbRefV1<'_>,
) -> Res<ResponseV1> {
    guard(E::ID, "handle", Some(host), || {
        telemetry::flush(host);
        let host = Host::new(host, E::ID);
        let db = Connection::new(db);
        Ok(ResponseV1::from(answer::<E>(request, &host, &db)?))
    })
}

/// Hands a call to what it is for, which its method says.
fn answer<E: Export>(
    request: RequestV1<'_>,
    host: &Host<'_>,
    db: &Connection<'_>,
) -> Result<Response, PluginError> {
    match request.method.as_str() {
        ASSET_METHOD => asset::answer(&request, E::assets()),
        CARD_METHOD => Response::json(&E::card(&Card::of(&request, host), db)?),
        _ => match Job::of(&request, host) {
            Some(job) => E::job(&job?, db).map(|()| Response::empty(204)),
            None => match event::call_of(&request) {
                Some(call) => {
                    let (name, call) = call?;
                    E::event(name, &call, host, db).map(|()| Response::empty(204))
                }
                None => match function::name_of(&request) {
                    Some(name) => E::offered(name, &Request::new(request, host), db),
                    None => E::plugin().handle(&Request::new(request, host), db),
                },
            },
        },
    }
}

pub(super) fn shutdown<E: Export>(host: &dyn HostV2) -> Res<()> {
    guard(E::ID, "shutdown", Some(host), || {
        telemetry::flush(host);
        E::plugin().shutdown(&Host::new(host, E::ID))
    })
}

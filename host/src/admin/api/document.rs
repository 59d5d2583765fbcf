//! The OpenAPI document of the API, made of the types that it reads and answers with: `GET
//! /api/v1/openapi.json` and `tenon openapi`.

use actix_web::HttpResponse;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, Info, License, OpenApi, Paths, Ref, RefOr, Response, ResponseBuilder, Tag,
};
use utoipa::{Modify, OpenApi as _};

use super::{
    ApiError, ApiVisitor, accounts, approve, audit, cards, check, doctor, events, findings, graph, heal,
    heals, hosts, jobs, notifications, plan, plugin_settings, plugins, sessions, tokens, verdicts,
};
use crate::admin::problem::Problem;
use crate::admin::session::Transport;

/// The media type of every error.
const PROBLEM: &str = "application/problem+json";

/// What every request may be answered with, whatever it asks for.
const EVERYWHERE: [(&str, &str); 6] = [
    ("401", "Not logged in, or the name, password or token is wrong"),
    ("403", "The role or the token's scopes do not permit it, or another site sent it"),
    ("408", "The body came too slowly"),
    ("429", "Too many attempts to log in; `Retry-After` says how long to wait"),
    ("500", "An error in Tenon, which the log tells"),
    ("503", "The accounts cannot be read"),
];

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(
        check::health,
        check::check,
        findings::list,
        findings::acknowledge,
        findings::unacknowledge,
        plugins::list,
        plugins::show,
        plugins::quarantine,
        plugins::release,
        plugin_settings::show,
        plugin_settings::save,
        cards::list,
        plan::plan,
        approve::approve,
        graph::graph,
        heal::heal,
        heals::running,
        heals::watch_running,
        heals::show,
        heals::watch,
        heals::cancel,
        audit::audit,
        audit::proof,
        audit::resolve,
        hosts::list,
        verdicts::list,
        doctor::doctor,
        events::list,
        events::retry_all,
        events::retry,
        events::discard,
        jobs::list,
        jobs::history,
        jobs::run,
        jobs::pause,
        jobs::resume,
        notifications::list,
        notifications::test,
        notifications::retry,
        accounts::list,
        accounts::show,
        accounts::add,
        accounts::change,
        accounts::remove,
        tokens::list,
        tokens::add,
        tokens::revoke,
        sessions::list,
        sessions::end,
        sessions::end_all,
        openapi,
    ),
    components(schemas(Problem)),
    modifiers(&Access, &Problems),
    security(("session" = []), ("basic" = []), ("bearer" = [])),
)]
struct Api;

/// The whole document.
pub fn openapi_document() -> OpenApi {
    let mut document = Api::openapi();
    let mut info = Info::new("Tenon", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Compares one PostgreSQL database with what all plugins expect, and heals it on an administrator's word. \
         Every error is `application/problem+json`, with a `code` to decide by. Each operation has the permission \
         that it takes as `x-permission`."
            .to_owned(),
    );
    info.license = Some(License::new("MIT OR Apache-2.0"));
    document.info = info;
    document.tags = Some(
        TAGS.map(|(name, description)| {
            let mut tag = Tag::new(name);
            tag.description = Some(description.to_owned());
            tag
        })
        .to_vec(),
    );
    document
}

const TAGS: [(&str, &str); 10] = [
    ("check", "The verdict and what it comes from"),
    ("findings", "Single findings, and their acknowledgement"),
    ("plugins", "The plugins, and their quarantine"),
    ("heal", "The plan, heals, and how far they are"),
    ("audit", "What was done, and when the verdict changed"),
    ("hosts", "The hosts that serve the database"),
    ("events", "What plugins tell each other, and what was not heard"),
    ("jobs", "What plugins do without being asked"),
    ("accounts", "Accounts, tokens and sessions"),
    ("api", "The API itself"),
];

/// The OpenAPI document of the API.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "api",
    extensions(("x-permission" = json!("read"))),
    responses((status = 200, description = "The document, in OpenAPI 3.1", body = serde_json::Value))
)]
pub(crate) async fn openapi(_visitor: ApiVisitor) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(openapi_document()))
}

/// Adds the three ways to say who asks.
struct Access;

impl Modify for Access {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let http = |scheme, description: &str| {
            SecurityScheme::Http(HttpBuilder::new().scheme(scheme).description(Some(description)).build())
        };
        let cookie = ApiKeyValue::with_description(
            Transport::Plain.cookie_name().to_owned(),
            format!("The cookie of a login on the page; over TLS {}", Transport::Secure.cookie_name()),
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        let basic = http(HttpAuthScheme::Basic, "The name and password of an account");
        components.add_security_scheme("basic", basic);
        let bearer = http(HttpAuthScheme::Bearer, "A token, made with `tenon admin token add`");
        components.add_security_scheme("bearer", bearer);
    }
}

/// Adds to each operation what every request may be answered with, and to each error its form.
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut OpenApi) {
        for operation in operations(&mut document.paths) {
            let responses = &mut operation.responses.responses;
            for (status, description) in EVERYWHERE {
                let error = || RefOr::T(ResponseBuilder::new().description(description).build());
                responses.entry(status.to_owned()).or_insert_with(error);
            }
            for (status, response) in responses {
                if let RefOr::T(response) = response
                    && status.as_str() >= "400"
                {
                    is_problem(response);
                }
            }
        }
    }
}

fn is_problem(response: &mut Response) {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    response.content.insert(PROBLEM.to_owned(), RefOr::T(content));
}

fn operations(paths: &mut Paths) -> impl Iterator<Item = &mut Operation> {
    paths.paths.values_mut().flat_map(|item| {
        [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
            .into_iter()
            .filter_map(Option::as_mut)
    })
}

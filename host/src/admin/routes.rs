//! Every address that the server answers, and the methods of each.

use actix_session::SessionMiddleware;
use actix_web::guard;
use actix_web::http::{StatusCode, header};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Resource, ResponseError, Route, Scope};

use super::api::{self, ApiError};
use super::pages::{self, PageError};
use super::problem::Problem;
use super::session::SealedCookies;
use super::strings::{self, Markup, t};
use super::{assets, csrf, guard as net, metrics, plugin_routes};
#[cfg(feature = "oidc")]
use crate::config::OIDC_CALLBACK;
use crate::support::error_code::ErrorCode;

/// Registers all routes. The pages come last, since they take whatever is left.
pub(super) fn configure(config: &mut ServiceConfig, session: SessionMiddleware<SealedCookies>) {
    // Most of the plugins' requests have no session, and are not asked for one.
    let no_cookie = guard::fn_guard(|context| !plugin_routes::has_cookie(context.head().headers()));
    let with_session = web::scope("")
        .wrap(session)
        .service(plugins_scope())
        .service(open("/healthz", get().to(api::probes::healthz)))
        .service(open("/readyz", get().to(api::probes::readyz)))
        .service(open("/metrics", get().to(metrics::show)))
        .service(open("/assets/{name}", get().to(assets::serve)))
        .service(api_scope())
        .service(page_scope());
    config.service(plugins_scope().guard(no_cookie)).service(with_session);
}

/// The scope of all that is below `/plugins/`. Without a pattern, which would be matched for each of the
/// plugins' requests.
fn plugins_scope() -> Scope {
    let names_one = guard::fn_guard(|context| context.head().uri.path().len() > "/plugins/".len());
    web::scope("/plugins").guard(names_one).default_service(web::to(plugin_routes::call))
}

fn api_scope() -> impl actix_web::dev::HttpServiceFactory {
    let heal =
        web::resource("/heal").route(get().to(api::heals::running)).route(web::post().to(api::heal::heal));
    let settings = web::resource("/plugins/{id}/settings")
        .route(get().to(api::plugin_settings::show))
        .route(web::put().to(api::plugin_settings::save));
    web::scope("/api/v1")
        .wrap(from_fn(csrf::refuse_cross_site::<ApiError>))
        .wrap(from_fn(net::our_headers))
        .app_data(web::QueryConfig::default().error_handler(|error, _| bad_query(&error).into()))
        .app_data(web::PathConfig::default().error_handler(|error, _| bad_path(&error).into()))
        .service(only(web::resource("/health").route(get().to(api::check::health)), "GET, HEAD"))
        .service(only(web::resource("/check").route(web::post().to(api::check::check)), "POST"))
        .service(only(web::resource("/plugins").route(get().to(api::plugins::list)), "GET, HEAD"))
        .service(only(web::resource("/plugins/{id}").route(get().to(api::plugins::show)), "GET, HEAD"))
        .service(only(settings, "GET, HEAD, PUT"))
        .service(post("/plugins/{id}/quarantine", web::post().to(api::plugins::quarantine)))
        .service(post("/plugins/{id}/release", web::post().to(api::plugins::release)))
        .service(only(web::resource("/cards").route(get().to(api::cards::list)), "GET, HEAD"))
        .service(only(web::resource("/findings").route(get().to(api::findings::list)), "GET, HEAD"))
        .service(post("/findings/acknowledge", web::post().to(api::findings::acknowledge)))
        .service(post("/findings/unacknowledge", web::post().to(api::findings::unacknowledge)))
        .service(only(web::resource("/plan").route(get().to(api::plan::plan)), "GET, HEAD"))
        .service(post("/plan/approve", web::post().to(api::approve::approve)))
        .service(only(web::resource("/graph").route(get().to(api::graph::graph)), "GET, HEAD"))
        .service(only(heal, "GET, HEAD, POST"))
        .service(only(web::resource("/heal/events").route(get().to(api::heals::watch_running)), "GET, HEAD"))
        .service(only(web::resource("/heals/{id}").route(get().to(api::heals::show)), "GET, HEAD"))
        .service(only(web::resource("/heals/{id}/events").route(get().to(api::heals::watch)), "GET, HEAD"))
        .service(post("/heals/{id}/cancel", web::post().to(api::heals::cancel)))
        .service(only(web::resource("/audit").route(get().to(api::audit::audit)), "GET, HEAD"))
        .service(only(web::resource("/audit/proof").route(get().to(api::audit::proof)), "GET, HEAD"))
        .service(post("/audit/resolve", web::post().to(api::audit::resolve)))
        .service(only(web::resource("/openapi.json").route(get().to(api::document::openapi)), "GET, HEAD"))
        .service(only(web::resource("/notifications").route(get().to(api::notifications::list)), "GET, HEAD"))
        .service(post("/notifications/test", web::post().to(api::notifications::test)))
        .service(post("/notifications/retry", web::post().to(api::notifications::retry)))
        .service(only(web::resource("/hosts").route(get().to(api::hosts::list)), "GET, HEAD"))
        .service(only(web::resource("/events").route(get().to(api::events::list)), "GET, HEAD"))
        .service(post("/events/retry", web::post().to(api::events::retry_all)))
        .service(post("/events/{event}/retry", web::post().to(api::events::retry)))
        .service(post("/events/{event}/discard", web::post().to(api::events::discard)))
        .service(only(web::resource("/jobs").route(get().to(api::jobs::list)), "GET, HEAD"))
        .service(only(web::resource("/jobs/history").route(get().to(api::jobs::history)), "GET, HEAD"))
        .service(post("/jobs/{plugin}/{job}/run", web::post().to(api::jobs::run)))
        .service(post("/jobs/{plugin}/{job}/pause", web::post().to(api::jobs::pause)))
        .service(post("/jobs/{plugin}/{job}/resume", web::post().to(api::jobs::resume)))
        .service(only(web::resource("/doctor").route(get().to(api::doctor::doctor)), "GET, HEAD"))
        .service(only(web::resource("/verdicts").route(get().to(api::verdicts::list)), "GET, HEAD"))
        .configure(account_addresses)
        .default_service(web::to(api::not_found))
}

/// What the API answers about accounts, tokens and sessions.
fn account_addresses(config: &mut ServiceConfig) {
    let accounts = web::resource("/accounts")
        .route(get().to(api::accounts::list))
        .route(web::post().to(api::accounts::add));
    let account = web::resource("/accounts/{name}")
        .route(get().to(api::accounts::show))
        .route(web::patch().to(api::accounts::change))
        .route(web::delete().to(api::accounts::remove));
    let tokens =
        web::resource("/tokens").route(get().to(api::tokens::list)).route(web::post().to(api::tokens::add));
    let sessions = web::resource("/sessions")
        .route(get().to(api::sessions::list))
        .route(web::delete().to(api::sessions::end_all));
    let revoke = web::resource("/tokens/{id}").route(web::delete().to(api::tokens::revoke));
    let end = web::resource("/sessions/{id}").route(web::delete().to(api::sessions::end));
    config
        .service(only(accounts, "GET, HEAD, POST"))
        .service(only(account, "GET, HEAD, PATCH, DELETE"))
        .service(only(tokens, "GET, HEAD, POST"))
        .service(only(revoke, "DELETE"))
        .service(only(sessions, "GET, HEAD, DELETE"))
        .service(only(end, "DELETE"));
}

/// The pages about accounts.
fn account_pages(config: &mut ServiceConfig) {
    let list = web::resource("/accounts")
        .route(get().to(pages::accounts::list))
        .route(web::post().to(pages::accounts::add));
    config
        .service(only(list, "GET, HEAD, POST"))
        .service(post("/accounts/sessions/end", web::post().to(pages::accounts::end_all_sessions)))
        .service(only(
            web::resource("/accounts/{name}").route(get().to(pages::account_detail::show)),
            "GET, HEAD",
        ))
        .service(post("/accounts/{name}/role", web::post().to(pages::account_detail::set_role)))
        .service(post("/accounts/{name}/password", web::post().to(pages::account_detail::set_password)))
        .service(post("/accounts/{name}/remove", web::post().to(pages::account_detail::remove)))
        .service(post("/accounts/{name}/tokens", web::post().to(pages::account_detail::add_token)))
        .service(post("/accounts/{name}/tokens/revoke", web::post().to(pages::account_detail::revoke_token)))
        .service(post("/accounts/{name}/sessions/end", web::post().to(pages::account_detail::end_sessions)));
}

/// The way to the identity provider and back.
fn provider_pages(config: &mut ServiceConfig) {
    #[cfg(feature = "oidc")]
    config
        .service(only(web::resource("/login/oidc").route(get().to(pages::oidc::begin)), "GET, HEAD"))
        .service(only(web::resource(OIDC_CALLBACK).route(get().to(pages::oidc::come_back)), "GET, HEAD"));
    #[cfg(not(feature = "oidc"))]
    let _ = config;
}

fn page_scope() -> impl actix_web::dev::HttpServiceFactory {
    let login = web::resource("/login")
        .route(get().to(pages::login::show))
        .route(web::post().to(pages::login::log_in));
    let heal =
        web::resource("/heal").route(get().to(pages::heal::show)).route(web::post().to(pages::heal::post));
    web::scope("")
        .wrap(from_fn(csrf::refuse_cross_site::<PageError>))
        .wrap(from_fn(strings::in_language))
        .wrap(from_fn(net::our_headers))
        .app_data(web::QueryConfig::default().error_handler(|error, _| bad_page(&error).into()))
        .app_data(web::FormConfig::default().error_handler(|error, _| bad_page(&error).into()))
        .app_data(web::PathConfig::default().error_handler(|error, _| bad_page(&error).into()))
        .service(only(web::resource("/").route(get().to(pages::health::show)), "GET, HEAD"))
        .service(only(web::resource("/check").route(web::post().to(pages::health::check)), "POST"))
        .service(only(web::resource("/report.md").route(get().to(pages::health::report)), "GET, HEAD"))
        .service(post("/findings/acknowledge", web::post().to(pages::findings::acknowledge)))
        .service(post("/findings/unacknowledge", web::post().to(pages::findings::unacknowledge)))
        .service(only(web::resource("/findings/{id}").route(get().to(pages::finding::show)), "GET, HEAD"))
        .service(only(web::resource("/plugin").route(get().to(pages::plugin::list)), "GET, HEAD"))
        .service(only(web::resource("/plugin/{id}").route(get().to(pages::plugin::show)), "GET, HEAD"))
        .service(only(
            web::resource("/plugin/{id}/settings")
                .route(get().to(pages::plugin_settings::show))
                .route(web::post().to(pages::plugin_settings::save)),
            "GET, HEAD, POST",
        ))
        .service(post("/plugin/{id}/pages/token", web::post().to(pages::plugin_page::token)))
        .service(only(
            web::resource("/plugin/{id}/pages/{name}").route(get().to(pages::plugin_page::show)),
            "GET, HEAD",
        ))
        .service(post("/quarantine", web::post().to(pages::quarantine::put)))
        .service(post("/release", web::post().to(pages::quarantine::release)))
        .service(only(web::resource("/account").route(get().to(pages::account::show)), "GET, HEAD"))
        .service(post("/account/password", web::post().to(pages::account::change_password)))
        .service(post("/account/sessions/end", web::post().to(pages::account::end_session)))
        .configure(account_pages)
        .service(only(login, "GET, HEAD, POST"))
        .configure(provider_pages)
        .service(only(web::resource("/logout").route(web::post().to(pages::login::log_out)), "POST"))
        .service(only(heal, "GET, HEAD, POST"))
        .service(post("/heal/approve", web::post().to(pages::approve::approve)))
        .service(only(web::resource("/heal/sql").route(get().to(pages::heal::sql)), "GET, HEAD"))
        .service(only(web::resource("/heal/{run}").route(get().to(pages::run::show)), "GET, HEAD"))
        .service(post("/heal/{run}/cancel", web::post().to(pages::run::cancel)))
        .service(only(web::resource("/graph").route(get().to(pages::graph::show)), "GET, HEAD"))
        .service(only(web::resource("/audit").route(get().to(pages::audit::show)), "GET, HEAD"))
        .service(only(web::resource("/host").route(get().to(pages::hosts::show)), "GET, HEAD"))
        .service(only(
            web::resource("/notifications").route(get().to(pages::notifications::show)),
            "GET, HEAD",
        ))
        .service(only(web::resource("/events").route(get().to(pages::events::show)), "GET, HEAD"))
        .service(post("/events/retry", web::post().to(pages::events::retry)))
        .service(post("/events/discard", web::post().to(pages::events::discard)))
        .service(only(web::resource("/jobs").route(get().to(pages::jobs::show)), "GET, HEAD"))
        .service(post("/jobs/run", web::post().to(pages::jobs::run)))
        .service(post("/jobs/pause", web::post().to(pages::jobs::pause)))
        .service(post("/jobs/resume", web::post().to(pages::jobs::resume)))
        .service(only(web::resource("/api").route(get().to(pages::api::show)), "GET, HEAD"))
        .service(only(web::resource("/doctor").route(get().to(pages::doctor::show)), "GET, HEAD"))
        .service(only(web::resource("/explain").route(get().to(pages::explain::list)), "GET, HEAD"))
        .service(only(web::resource("/explain/{code}").route(get().to(pages::explain::show)), "GET, HEAD"))
        .default_service(web::to(pages::error::not_found))
}

/// An address that anybody may read.
fn open(path: &str, route: Route) -> impl actix_web::dev::HttpServiceFactory + 'static {
    only(web::resource(path).route(route), "GET, HEAD").wrap(from_fn(net::our_headers))
}

/// An address that is only posted to.
fn post(path: &str, route: Route) -> Resource {
    only(web::resource(path).route(route), "POST")
}

/// `GET`, and `HEAD` with it.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Anything but these methods is answered with 405.
fn only(resource: Resource, methods: &'static str) -> Resource {
    resource.default_service(web::to(move || async move {
        let problem = Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            ErrorCode::MethodNotAllowed,
            format!("this address answers {methods}"),
        );
        let mut response = problem.response();
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(methods));
        response
    }))
}

fn bad_query(error: &dyn ResponseError) -> ApiError {
    Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadQuery, error.to_string()).into()
}

fn bad_path(error: &dyn ResponseError) -> ApiError {
    Problem::new(StatusCode::NOT_FOUND, ErrorCode::BadPath, error.to_string()).into()
}

fn bad_page(error: &dyn ResponseError) -> PageError {
    let detail = t!("sentence").arg("text", error);
    PageError::new(error.status_code(), t!("nothing-done"), detail, Markup::default())
}

//! The application as a worker of the server runs it, and requests to it.

use std::pin::Pin;

use actix_web::body::{BoxBody, to_bytes};
use actix_web::cookie::Cookie;
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, init_service};
use actix_web::{HttpResponse, web};

use crate::admin::accounts::{AccountRole, Accounts};
use crate::admin::console::Console;
use crate::admin::server::app;
use crate::admin::session;
use crate::config::{Config, LoadOptions, Surroundings};
use crate::host::Tenon;

/// Boxes a service. An error that no middleware answered becomes what the server would make of it.
macro_rules! application {
    ($service:expr) => {{
        use actix_web::dev::Service;
        let service = std::rc::Rc::new($service);
        Box::new(move |request: TestRequest| {
            let service = std::rc::Rc::clone(&service);
            Box::pin(async move {
                match service.call(request.to_request()).await {
                    Ok(response) => response.into_parts().1.map_into_boxed_body(),
                    Err(error) => error.error_response(),
                }
            })
        })
    }};
}
pub(super) use application;

pub(super) const PASSWORD: &str = "correct horse";

/// A host without plugins and without a database, with the administrator `admin` and the viewer `vera`.
pub(super) struct Place {
    pub(super) console: web::Data<Console>,
    _folder: tempfile::TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tenon.toml");
        std::fs::create_dir(folder.path().join("plugins")).unwrap();
        std::fs::write(&file, "plugin_dir = 'plugins'\nstate_dir = 'state'\n").unwrap();
        let surroundings =
            Surroundings { variables: Default::default(), directory: folder.path().to_owned(), root: true };
        let options = LoadOptions { file: Some(file), surroundings, ..Default::default() };
        let config = Config::load(&options).unwrap();
        let (accounts, _) = Accounts::open(&config.admin.accounts_file).unwrap();
        accounts.set_password("admin", &PASSWORD.to_owned().into()).unwrap();
        accounts.add("vera", AccountRole::Viewer, &PASSWORD.to_owned().into()).unwrap();
        let sessions = session::open(&config.state_dir).unwrap();
        let console = web::Data::new(Console::new(Tenon::open(config, None), accounts, sessions).unwrap());
        Self { console, _folder: folder }
    }

    pub(super) async fn app(&self) -> Application {
        application!(init_service(app(web::Data::clone(&self.console))).await)
    }
}

/// Something that answers requests; its own type has no name that could be written down.
pub(super) type Application =
    Box<dyn Fn(TestRequest) -> Pin<Box<dyn Future<Output = HttpResponse<BoxBody>>>>>;

/// An answer, read to its end.
pub(super) struct TestResponse {
    pub(super) status: StatusCode,
    pub(super) body: String,
    headers: Vec<(String, String)>,
}

impl TestResponse {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The session that the answer sets.
    pub(super) fn session(&self) -> Cookie<'static> {
        Cookie::parse_encoded(self.header("set-cookie").to_owned()).unwrap()
    }
}

pub(super) async fn send(app: &Application, request: TestRequest) -> TestResponse {
    let response = app(request.peer_addr("192.0.2.1:4000".parse().unwrap())).await;
    let (response, body) = response.into_parts();
    let headers = response.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let body = to_bytes(body).await.unwrap_or_default();
    TestResponse { status: response.status(), body: String::from_utf8_lossy(&body).into_owned(), headers }
}

/// What a browser sends from a page of ours.
pub(super) fn from_page(method: Method, path: &str) -> TestRequest {
    TestRequest::default().method(method).uri(path).insert_header(("Sec-Fetch-Site", "same-origin"))
}

/// What a program sends.
pub(super) fn from_program(method: Method, path: &str, name: &str, password: &str) -> TestRequest {
    use base64::Engine;
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
    TestRequest::default()
        .method(method)
        .uri(path)
        .insert_header(("Authorization", format!("Basic {credentials}")))
}

pub(super) fn login_form(name: &str, password: &str) -> TestRequest {
    from_page(Method::POST, "/login").set_form([("name", name), ("password", password)])
}

/// Logs in and returns the session's cookie.
pub(super) async fn session_of(app: &Application, name: &str) -> Cookie<'static> {
    let seen = send(app, login_form(name, PASSWORD)).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.body);
    seen.session()
}

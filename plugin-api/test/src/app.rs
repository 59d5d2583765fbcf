//! One test's host and database.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tenon_plugin_api::contract::PluginV2Ref;
use ureq::Agent;
use ureq::http::Request;

use crate::answer::Answer;
use crate::in_process::{InProcess, Module};
use crate::library::Library;
use crate::server::TestServer;

/// How long an answer may take; in a process that may stand at a breakpoint, as long as it likes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A host that serves the plugin, with a database of its own. Both end with the value.
#[derive(Debug)]
pub struct App {
    server: &'static TestServer,
    /// The number of the request that opened it.
    number: u64,
    /// Without a slash at its end.
    url: String,
    plugin: String,
    agent: Agent,
    /// The calls that this process answers.
    answers: Option<InProcess>,
}

/// How an app is opened, for the plugin of the crate in a folder.
#[doc(hidden)]
#[derive(Debug)]
pub struct Opening {
    manifest_dir: &'static str,
    seed: Option<&'static str>,
    module: Option<Module>,
}

impl Opening {
    /// An app without rows, whose plugin runs in the host.
    pub fn new(manifest_dir: &'static str) -> Self {
        Self { manifest_dir, seed: None, module: None }
    }

    /// With what this SQL puts there.
    #[must_use]
    pub fn seed(self, sql: &'static str) -> Self {
        Self { seed: Some(sql), ..self }
    }

    /// With the plugin in this process.
    #[must_use]
    pub fn in_process(self, module: PluginV2Ref) -> Self {
        Self { module: Some(Module(module)), ..self }
    }

    /// Opens it.
    #[track_caller]
    pub fn open(self) -> App {
        let library = Library::built(self.manifest_dir);
        let server = TestServer::of(library);
        let opening = match &self.module {
            Some(_) => json!({ "open": { "in_process": library.plugin } }),
            None => json!({ "open": {} }),
        };
        let (number, opened) = server.ask(&opening);
        let url = opened["url"].as_str().unwrap_or_default().trim_end_matches('/').to_owned();
        let answers = self.module.map(|module| InProcess::new(module, server, number));
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(answers.is_none().then_some(PATIENCE))
            .proxy(None)
            .build();
        let app = App { server, number, url, plugin: library.plugin.clone(), agent: agent.into(), answers };
        if let Some(sql) = self.seed {
            app.sql(sql);
        }
        app
    }
}

/// What a body of JSON comes with.
const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

/// What asks the plugin's routes, by their methods. Whoever has it sends in whatever way, `send`.
macro_rules! asks {
    () => {
        /// Asks one of the plugin's routes: `GET /notes` is `get("/notes")`.
        #[track_caller]
        pub fn get(&self, path: &str) -> Answer {
            self.send("GET", path, &[], Vec::new())
        }

        /// Asks with a body of JSON.
        #[track_caller]
        pub fn post(&self, path: &str, body: &Value) -> Answer {
            self.send_json("POST", path, body)
        }

        /// Asks with a body of JSON.
        #[track_caller]
        pub fn put(&self, path: &str, body: &Value) -> Answer {
            self.send_json("PUT", path, body)
        }

        /// Asks with a body of JSON.
        #[track_caller]
        pub fn patch(&self, path: &str, body: &Value) -> Answer {
            self.send_json("PATCH", path, body)
        }

        /// Asks without a body.
        #[track_caller]
        pub fn delete(&self, path: &str) -> Answer {
            self.send("DELETE", path, &[], Vec::new())
        }

        #[track_caller]
        fn send_json(&self, method: &str, path: &str, body: &Value) -> Answer {
            self.send(method, path, &JSON, body.to_string().into_bytes())
        }
    };
}

/// An app, asked by somebody whom the host has verified.
#[derive(Debug, Clone)]
pub struct AsCaller<'a> {
    app: &'a App,
    subject: String,
    scopes: Vec<String>,
}

/// The headers by which the host of a test is told who calls; any other host passes over them.
const CALLER: &str = "x-tenon-test-caller";
const SCOPES: &str = "x-tenon-test-scopes";
const ADMIN: &str = "tenon-test-admin";

impl AsCaller<'_> {
    /// Somebody with a scope more.
    #[must_use]
    pub fn scope(mut self, scope: &str) -> Self {
        self.scopes.push(scope.to_owned());
        self
    }

    /// Somebody who is an administrator, whom `admin` routes answer.
    #[must_use]
    pub fn admin(self) -> Self {
        self.scope(ADMIN)
    }

    asks!();

    /// Asks in whatever way.
    ///
    /// # Panics
    ///
    /// If there is no answer.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let scopes = self.scopes.join(",");
        let mut headers = headers.to_vec();
        headers.push((CALLER, &self.subject));
        if !scopes.is_empty() {
            headers.push((SCOPES, &scopes));
        }
        self.app.send(method, path, &headers, body)
    }
}

impl App {
    /// The app as somebody asks it whom the host has verified, by their id:
    /// `app.as_caller("ada").get("/notes")`. The app itself is asked by nobody whom it knows.
    pub fn as_caller(&self, subject: &str) -> AsCaller<'_> {
        AsCaller { app: self, subject: subject.to_owned(), scopes: Vec::new() }
    }

    asks!();

    /// Asks in whatever way.
    ///
    /// # Panics
    ///
    /// If there is no answer.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let asked = format!("{method} {path}");
        let url = format!("{}/plugins/{}{path}", self.url, self.plugin);
        let request =
            headers.iter().fold(Request::builder().method(method).uri(url), |request, (name, value)| {
                request.header(*name, *value)
            });
        let run =
            || request.body(body).map_err(ureq::Error::from).and_then(|request| self.agent.run(request));
        let answered = match &self.answers {
            None => run(),
            Some(answers) => answers.meanwhile(run),
        };
        let mut response = answered.unwrap_or_else(|error| panic!("{asked} was not answered: {error}"));
        let body = response.body_mut().with_config().limit(u64::MAX).read_to_vec();
        let body = body.unwrap_or_else(|error| panic!("the answer to {asked} ended early: {error}"));
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Answer { status: response.status().as_u16(), headers: headers.collect(), body, asked }
    }

    /// Runs SQL in the database as its owner, as many statements as there are, and gives their rows: columns
    /// by name, their values as text. To put rows there before a test, and to look at them after.
    ///
    /// # Panics
    ///
    /// With what the server says, if it fails.
    #[track_caller]
    pub fn sql(&self, sql: &str) -> Vec<Map<String, Value>> {
        let (_, answer) = self.server.ask(&json!({ "of": self.number, "sql": sql }));
        let rows = answer["rows"].as_array().into_iter().flatten();
        rows.filter_map(|row| row.as_object().cloned()).collect()
    }

    /// The events that were emitted and committed, in the order in which that happened: with `name`, `key`
    /// and `payload`, which is JSON.
    ///
    /// # Panics
    ///
    /// With what the server says, if they cannot be read.
    #[track_caller]
    pub fn emitted(&self) -> Vec<Map<String, Value>> {
        let mut events = self.sql("SELECT name, key, payload FROM tenon.event ORDER BY number");
        for payload in events.iter_mut().filter_map(|event| event.get_mut("payload")) {
            let parsed = payload.as_str().and_then(|text| serde_json::from_str(text).ok());
            *payload = parsed.unwrap_or_default();
        }
        events
    }

    /// Emits an event in the place of the plugin whose it is, for those that hear it.
    ///
    /// # Panics
    ///
    /// With what the server says, if nobody emits such an event.
    #[track_caller]
    pub fn emit(&self, name: &str, payload: &Value) {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let (name, payload) = (quoted(name), quoted(&payload.to_string()));
        self.sql(&format!("SELECT tenon.emit({name}, NULL, {payload})"));
    }

    /// Has the events delivered that were emitted, and waits for that. Without it none is delivered in a
    /// test.
    ///
    /// # Panics
    ///
    /// With what the plugin says, if one was not heard.
    #[track_caller]
    pub fn deliver_events(&self) {
        let deliver = || self.server.ask(&json!({ "deliver": self.number }));
        match &self.answers {
            None => drop(deliver()),
            Some(answers) => drop(answers.meanwhile(deliver)),
        }
    }

    /// What a card of the plugin shows now: `{"kind": "number", "value": 2.0}`, say.
    ///
    /// # Panics
    ///
    /// With what the plugin says, if it shows nothing, and if there is no such card.
    #[track_caller]
    pub fn card(&self, name: &str) -> Value {
        let ask = || self.server.ask(&json!({ "cards": self.number }));
        let (_, answer) = match &self.answers {
            None => ask(),
            Some(answers) => answers.meanwhile(ask),
        };
        let cards = answer["cards"].as_array().into_iter().flatten();
        let card =
            cards.into_iter().find(|card| card["plugin"] == self.plugin.as_str() && card["card"] == name);
        let card = card.unwrap_or_else(|| panic!("there is no card {name}: {answer}"));
        assert!(card["failure"].is_null(), "the card {name} shows nothing: {}", card["failure"]);
        card["shown"].clone()
    }

    /// Runs one of the plugin's jobs once, and waits for its end. Without it none runs in a test.
    ///
    /// # Panics
    ///
    /// With what the plugin says, if it fails.
    #[track_caller]
    pub fn run_job(&self, job: &str) {
        let wish = json!({ "of": self.number, "run": { "plugin": self.plugin, "job": job } });
        let run = || self.server.ask(&wish);
        match &self.answers {
            None => drop(run()),
            Some(answers) => drop(answers.meanwhile(run)),
        }
    }

    /// Lets the plugin ask these of others through the host, and nothing else: entries such as `GET
    /// http://127.0.0.1:8080`, as an operator lists them. Servers on this machine, such as one that the test
    /// starts, may be reached; without this the plugin may ask nobody. What is listed holds for all tests of
    /// this process, until it is listed anew.
    ///
    /// # Panics
    ///
    /// If one of them is no entry.
    #[track_caller]
    pub fn allow_fetch(&self, allow: &[&str]) {
        let wish = json!({ "plugin": self.plugin, "allow": allow, "private": ["127.0.0.0/8", "::1"] });
        drop(self.server.ask(&json!({ "allow_fetch": wish })));
    }

    /// The address of the host, with its page: where a test that waits can be looked at in a browser.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.server.close(self.number);
        self.server.unfollow(self.number);
    }
}

//! `tenon serve` as a process, and requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Response};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::isolation::ISOLATION;
use crate::service_manager::ServiceManager;
use crate::world::World;

/// How long anything may take to come about.
const PATIENCE: Duration = Duration::from_secs(30);

/// All that comes until the other end closes, which it may do while it is still being sent something.
fn read_to_its_end(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => panic!("{error}: {answer:?}"),
        _ => String::from_utf8(answer).unwrap(),
    }
}

/// A server process. Ended with the value.
#[derive(Debug)]
pub struct ServeProcess {
    child: Child,
    pub url: String,
    /// The password of the administrator `admin`.
    password: Option<String>,
    out: Arc<Lines>,
    err: Arc<Lines>,
    client: Client,
    runtime: Runtime,
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct HttpAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl HttpAnswer {
    async fn of(response: Response) -> reqwest::Result<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, text: response.text().await? })
    }

    /// A header, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Gives itself back if it has that status.
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }
}

/// A second client of the same server, for a request beside others.
#[derive(Debug)]
pub struct SecondClient {
    url: String,
    password: Option<String>,
}

impl SecondClient {
    /// Posts JSON as the administrator.
    pub fn post_as_admin(&self, path: &str, body: &Value) -> HttpAnswer {
        self.try_post_as_admin(path, body).unwrap()
    }

    /// Posts JSON as the administrator where the server may end before it answers.
    pub fn try_post_as_admin(&self, path: &str, body: &Value) -> reqwest::Result<HttpAnswer> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = Client::builder().no_proxy().timeout(PATIENCE).build()?;
            let request = client.post(format!("{}{path}", self.url.trim_end_matches('/'))).json(body);
            HttpAnswer::of(request.basic_auth("admin", self.password.as_ref()).send().await?).await
        })
    }
}

/// What a process printed so far.
#[derive(Debug, Default)]
struct Lines {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Arc<Self> {
        let lines = Arc::new(Self::default());
        let filled = Arc::clone(&lines);
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                filled.lines.lock().unwrap().push(line);
                filled.more.notify_all();
            }
        });
        lines
    }

    fn find<T>(&self, what: &str, mut wanted: impl FnMut(&str) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        let mut lines = self.lines.lock().unwrap();
        loop {
            if let Some(found) = lines.iter().find_map(|line| wanted(line)) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{what} was not printed: {lines:#?}");
            lines = self.more.wait_timeout(lines, left).unwrap().0;
        }
    }

    fn all(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }
}

impl World {
    /// Serves on a free port, logging JSON lines.
    pub fn serve(&self) -> ServeProcess {
        self.serve_by(self.serving())
    }

    /// Serves the same database on another host, which has the same configuration and accounts, and files of
    /// its own.
    pub fn serve_in(&self, state: &str) -> ServeProcess {
        let mut command = self.serving();
        command.env("TENON_STATE_DIR", self.path().join(state));
        self.serve_by(command)
    }

    /// Serves as [`Self::serve_in`] does, at this address.
    pub fn serve_at(&self, state: &str, address: SocketAddr) -> ServeProcess {
        let mut command = self.serving();
        command.env("TENON_STATE_DIR", self.path().join(state)).stdin(Stdio::null());
        command.env("TENON_SERVER__LISTEN", address.to_string());
        self.with_password(ServeProcess::start_as_it_is(&mut command))
    }

    fn serve_by(&self, mut command: Command) -> ServeProcess {
        self.with_password(ServeProcess::start(&mut command))
    }

    fn with_password(&self, mut serving: ServeProcess) -> ServeProcess {
        // Only the first start makes an account; the next ones find the file.
        let mut password = self.password.lock().unwrap();
        match &serving.password {
            Some(first) => password.clone_from(first),
            None => serving.password = Some(password.clone()),
        }
        drop(password);
        serving
    }
}

impl World {
    /// Starts the server without the address of a database.
    pub fn serve_without_address(&self) -> ServeProcess {
        let mut command = self.serving();
        ServeProcess::start(command.env_remove("DATABASE_URL").env_remove(ISOLATION))
    }

    /// Serves as a service: on this socket, and telling the service manager, where there are such.
    pub fn serve_as_service(
        &self,
        socket: Option<&TcpListener>,
        manager: Option<&ServiceManager>,
    ) -> ServeProcess {
        let own = self.serving();
        // The variable with the number of the process can only be set by what becomes that process.
        let pass = "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=tenon.socket exec \"$0\" \"$@\"";
        let mut command = Command::new("/bin/sh");
        command.args(["-c", if socket.is_some() { pass } else { "exec \"$0\" \"$@\"" }]);
        command.arg(own.get_program()).args(own.get_args()).current_dir(self.path()).env_clear();
        command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(match socket {
            Some(socket) => Stdio::from(OwnedFd::from(socket.try_clone().unwrap())),
            None => Stdio::null(),
        });
        if socket.is_none() {
            command.env("TENON_SERVER__LISTEN", "127.0.0.1:0");
        }
        if let Some(manager) = manager {
            command.env("NOTIFY_SOCKET", &manager.path).env("WATCHDOG_USEC", "1000000");
        }
        self.with_password(ServeProcess::start_as_it_is(&mut command))
    }

    /// A server that logs each call that fails, however many do: of those that fail alike only the first are
    /// errors.
    fn serving(&self) -> Command {
        let mut command = self.command();
        command.args(["serve", "--json"]);
        if !self.configures_log() {
            command.env("TENON_LOG__FILTER", "info,tenon_host::admin::plugin_routes=debug");
        }
        command
    }
}

impl ServeProcess {
    fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).env("TENON_SERVER__LISTEN", "127.0.0.1:0");
        Self::start_as_it_is(command)
    }

    /// Starts it with the standard input and the address that it has.
    fn start_as_it_is(command: &mut Command) -> Self {
        command.env("TENON_LOG__FORMAT", "json");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = Lines::of(child.stdout.take().unwrap());
        let err = Lines::of(child.stderr.take().unwrap());
        let mut serving = Self {
            child,
            url: String::new(),
            password: None,
            out,
            err,
            client: Client::builder()
                .no_proxy()
                .cookie_store(true)
                .timeout(PATIENCE)
                // The server closes what was idle for five seconds, which nobody sees here between two
                // requests.
                .pool_idle_timeout(Duration::from_secs(1))
                .build()
                .unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
        };
        let told = |line: &str, pointer: &str| {
            let value: Value = serde_json::from_str(line).ok()?;
            Some(value.pointer(pointer)?.as_str()?.to_owned())
        };
        serving.url = serving.out.find("the address", |line| told(line, "/serving"));
        serving.password = serving.said().lines().find_map(|line| told(line, "/administrator/password"));
        serving
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it printed so far, to both streams.
    pub fn said(&self) -> String {
        format!("{}\n{}", self.out.all(), self.err.all())
    }

    /// Waits for a line of the log that passes the test.
    pub fn logged(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.err.find(what, |line| serde_json::from_str(line).ok().filter(|event| wanted(event)))
    }

    /// The lines of the log so far that pass the test.
    pub fn all_logged(&self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let said = self.err.all();
        let events = said.lines().filter_map(|line| serde_json::from_str(line).ok());
        events.filter(wanted).collect()
    }

    /// What went wrong in a plugin's route: as the log has it where the caller is told the request's id
    /// alone.
    pub fn why(&self, answer: &HttpAnswer) -> String {
        let told = answer.json();
        let Some(detail) = told["detail"].as_str() else {
            return told.to_string();
        };
        if !detail.starts_with("the plugin failed;") {
            return detail.to_owned();
        }
        let logged = self.logged("the failure", |event| {
            event["request_id"] == told["request_id"]
                && event["message"].as_str().is_some_and(|message| message.starts_with("a call failed"))
        });
        logged["message"].as_str().unwrap().split_once(": ").unwrap().1.to_owned()
    }

    /// A figure of `/metrics`, such as `tenon_health{state="healthy"}`, if it is there.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let figures = self.get("/metrics").expect_status(200).text;
        figures.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    }

    /// Asks without any credentials.
    pub fn get(&self, path: &str) -> HttpAnswer {
        self.send(Method::GET, path, None, false)
    }

    /// Posts JSON without any credentials.
    pub fn post(&self, path: &str, body: &Value) -> HttpAnswer {
        self.send(Method::POST, path, Some(body), false)
    }

    /// Asks as the administrator.
    pub fn get_as_admin(&self, path: &str) -> HttpAnswer {
        self.send(Method::GET, path, None, true)
    }

    /// Posts JSON as the administrator.
    pub fn post_as_admin(&self, path: &str, body: &Value) -> HttpAnswer {
        self.send(Method::POST, path, Some(body), true)
    }

    /// Posts JSON as the administrator with an `Idempotency-Key`.
    pub fn post_with_key(&self, path: &str, key: &str, body: &Value) -> HttpAnswer {
        let request = self.client.post(format!("{}{path}", self.url.trim_end_matches('/'))).json(body);
        self.answer(request.header("Idempotency-Key", key).basic_auth("admin", self.password.as_ref()))
    }

    /// Posts JSON as the administrator with a `Prefer` header.
    pub fn post_preferring(&self, path: &str, preference: &str, body: &Value) -> HttpAnswer {
        let request = self.client.post(format!("{}{path}", self.url.trim_end_matches('/'))).json(body);
        self.answer(request.header("Prefer", preference).basic_auth("admin", self.password.as_ref()))
    }

    /// Asks with an API token, and with JSON if there is some.
    pub fn ask_with_token(&self, method: &str, path: &str, token: &str, body: &Value) -> HttpAnswer {
        let url = format!("{}{path}", self.url.trim_end_matches('/'));
        let request = self.client.request(method.parse().unwrap(), url).bearer_auth(token);
        self.answer(if body.is_null() { request } else { request.json(body) })
    }

    /// Posts a form as a page does; after [`log_in`](Self::log_in), as the administrator.
    pub fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> HttpAnswer {
        let request = self.client.post(format!("{}{path}", self.url.trim_end_matches('/')));
        self.answer(request.header("Sec-Fetch-Site", "same-origin").form(fields))
    }

    /// Confirms a plan on the page, after [`log_in`](Self::log_in): the page that tells how it ended.
    pub fn heal_by_page(&self, fields: &[(&str, &str)]) -> HttpAnswer {
        let page = self.post_form("/heal", fields).expect_status(200);
        // One that takes longer than a second has a page of its own meanwhile.
        match page.text.split_once("action=\"/heal/").and_then(|(_, rest)| rest.split_once('/')) {
            None => page,
            Some((run, _)) => self.until(&format!("/heal/{run}"), |page| !page.text.contains("data-run")),
        }
    }

    /// Posts a body of which no length is told, each piece as a chunk (RFC 9112, 7.1).
    pub fn post_in_pieces(&self, path: &str, pieces: &[&str]) -> HttpAnswer {
        let chunks: String = pieces.iter().map(|piece| format!("{:x}\r\n{piece}\r\n", piece.len())).collect();
        let head = format!("POST {path} HTTP/1.1\r\ntransfer-encoding: chunked\r\nconnection: close");
        let answer = read_to_its_end(self.begin(&head, &format!("{chunks}0\r\n\r\n")));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        HttpAnswer { status, headers: HeaderMap::new(), text: body.to_owned() }
    }

    /// Asks with these headers alone, over a connection of its own: all that the server says.
    pub fn ask_as_it_stands(&self, head: &str) -> String {
        self.ask_with_body(head, "")
    }

    /// Asks with these headers and a body, whose length the headers say, over a connection of its own.
    pub fn ask_with_body(&self, head: &str, body: &str) -> String {
        read_to_its_end(self.begin(&format!("{head}\r\nconnection: close"), body))
    }

    /// All server-sent events of an address, from after the one of this number to the end of the stream: the
    /// number, name and data of each.
    pub fn events(&self, path: &str, after: u64) -> Vec<(Option<u64>, String, Value)> {
        let basic = self.basic();
        let head = format!("GET {path} HTTP/1.1\r\n{basic}\r\nlast-event-id: {after}");
        let answer = self.ask_as_it_stands(&head);
        assert!(answer.contains("content-type: text/event-stream"), "{answer}");
        let event = |text: &str| {
            let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
            let data = serde_json::from_str(&field("data: ")?).unwrap();
            Some((field("id: ").map(|id| id.parse().unwrap()), field("event: ")?, data))
        };
        answer.split("\n\n").filter_map(event).collect()
    }

    /// The administrator's password.
    pub fn password(&self) -> &str {
        self.password.as_deref().unwrap_or_default()
    }

    /// The line by which a program says who it is.
    pub fn basic(&self) -> String {
        let credentials = format!("admin:{}", self.password());
        format!("authorization: Basic {}", BASE64.encode(credentials))
    }

    /// Begins to send a body, and this piece of it again and again, until the server ends that: all that it
    /// says, and after how long.
    pub fn trickle(&self, head: &str, piece: &'static str, pause: Duration) -> (String, Duration) {
        let began = Instant::now();
        let stream = self.begin(head, piece);
        let mut sends = stream.try_clone().unwrap();
        thread::spawn(move || {
            while sends.write_all(piece.as_bytes()).is_ok() {
                thread::sleep(pause);
            }
        });
        (read_to_its_end(stream), began.elapsed())
    }

    fn begin(&self, head: &str, body: &str) -> TcpStream {
        let address = self.url.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // In one piece: what is refused for its beginning is not read to its end.
        let whole = format!("{head}\r\nhost: {address}\r\n\r\n{body}");
        stream.write_all(whole.as_bytes()).unwrap();
        stream
    }

    /// Sends it a signal, such as `HUP`.
    pub fn signal(&self, name: &str) {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// A second client, for a request beside others.
    pub fn another(&self) -> SecondClient {
        SecondClient { url: self.url.clone(), password: self.password.clone() }
    }

    /// Posts, and goes away before there is an answer.
    pub fn post_and_leave(&self, path: &str, body: &Value) {
        let request = self.client.post(format!("{}{path}", self.url.trim_end_matches('/'))).json(body);
        let request = request.timeout(Duration::from_millis(100));
        let left = self.runtime.block_on(async { request.send().await });
        assert!(left.is_err_and(|error| error.is_timeout()), "{path} was answered too soon");
    }

    /// Logs in as a browser does; from now on the session's cookie goes with every request.
    pub fn log_in(&self) -> HttpAnswer {
        let form =
            [("next", "/"), ("name", "admin"), ("password", self.password.as_deref().unwrap_or_default())];
        let request = self.client.post(format!("{}/login", self.url.trim_end_matches('/')));
        self.answer(request.header("Sec-Fetch-Site", "same-origin").form(&form))
    }

    /// Asks again and again, as the administrator, until the answer passes the test.
    pub fn until(&self, path: &str, wanted: impl Fn(&HttpAnswer) -> bool) -> HttpAnswer {
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = self.get_as_admin(path);
            if wanted(&answer) {
                return answer;
            }
            assert!(Instant::now() < end, "{path} did not come to that: {answer:#?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn send(&self, method: Method, path: &str, body: Option<&Value>, admin: bool) -> HttpAnswer {
        let mut request = self.client.request(method, format!("{}{path}", self.url.trim_end_matches('/')));
        if let Some(body) = body {
            request = request.json(body);
        }
        if admin {
            request = request.basic_auth("admin", self.password.as_ref());
        }
        self.answer(request)
    }

    pub(crate) fn answer(&self, request: reqwest::RequestBuilder) -> HttpAnswer {
        self.runtime.block_on(async {
            let response = request.send().await.unwrap();
            HttpAnswer::of(response).await.unwrap()
        })
    }

    /// Asks it to end, as a service manager does, and gives its exit code.
    pub fn stop(mut self) -> i32 {
        self.signal("TERM");
        self.ended()
    }

    /// Waits until it has ended, and gives its exit code.
    pub fn ended(&mut self) -> i32 {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or_else(|| panic!("it ended by {status}"));
            }
            assert!(Instant::now() < end, "it did not end:\n{}", self.said());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for ServeProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

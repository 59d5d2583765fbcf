//! The plugin's code in the test's own process: calls come from the host, and what they need goes back to it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tenon_plugin_api::contract::PluginV2Ref;
use tenon_plugin_api::testing::relay::{self, WireAsk, WireCall, WireError, WireTold};

use crate::server::TestServer;

/// How often it is looked whether there is an answer, while no call comes.
const LOOK: Duration = Duration::from_millis(1);

/// The functions of a plugin that is compiled into this process.
#[derive(Clone, Copy)]
pub(crate) struct Module(pub(crate) PluginV2Ref);

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Module")
    }
}

/// The calls of one app.
#[derive(Debug)]
pub(crate) struct InProcess {
    module: Module,
    server: &'static TestServer,
    /// The number of the request that opened the app.
    number: u64,
    calls: Mutex<Calls>,
}

/// What comes from the host.
#[derive(Debug)]
struct Calls {
    lines: Receiver<Value>,
    /// Calls that came while another was answered.
    waiting: VecDeque<Value>,
}

impl Calls {
    /// The next call, if one comes soon.
    fn next(&mut self) -> Result<Value, RecvTimeoutError> {
        match self.waiting.pop_front() {
            Some(call) => Ok(call),
            None => self.lines.recv_timeout(LOOK),
        }
    }

    /// What the host says next to this call.
    fn told(&mut self, call: u64) -> WireTold {
        loop {
            match self.lines.recv() {
                Ok(line) if !line["handle"].is_null() => self.waiting.push_back(line),
                Ok(line) if line["call"] == call => {
                    return serde_json::from_value(line["told"].clone()).unwrap_or(WireTold::Gone);
                }
                Ok(_) => {}
                Err(_) => return WireTold::Gone,
            }
        }
    }
}

impl InProcess {
    pub(crate) fn new(module: Module, server: &'static TestServer, number: u64) -> Self {
        let calls = Calls { lines: server.follow(number), waiting: VecDeque::new() };
        Self { module, server, number, calls: Mutex::new(calls) }
    }

    /// Does something on a thread of its own, and answers on this one what comes meanwhile.
    #[track_caller]
    pub(crate) fn meanwhile<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let work = scope.spawn(work);
            while !work.is_finished() {
                // Calls of one app wait for each other: one thread at a time answers.
                let mut calls = self.calls();
                match calls.next() {
                    Ok(line) if !line["handle"].is_null() => self.answer(&line, &mut calls),
                    Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                    // The work ends too, since nobody answers it.
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
            match work.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    fn answer(&self, line: &Value, calls: &mut Calls) {
        let number = line["call"].as_u64().unwrap_or_default();
        let say = |ask: &WireAsk| {
            self.server.tell(&json!({ "of": self.number, "call": number, "ask": ask }));
        };
        let tell = |event: WireAsk| say(&event);
        let calls = RefCell::new(calls);
        let ask = |ask: WireAsk| {
            say(&ask);
            calls.borrow_mut().told(number)
        };
        let answer = match serde_json::from_value::<WireCall>(line["handle"].clone()) {
            Ok(call) => match self.initialized(&call, &tell) {
                Ok(()) => relay::answer(self.module.0, &call, &ask, &tell),
                Err(error) => Err(error.clone()),
            },
            Err(error) => Err(WireError {
                code: "internal".to_owned(),
                status: 500,
                message: format!("the call cannot be read: {error}"),
                detail: String::new(),
                sqlstate: String::new(),
            }),
        };
        say(&WireAsk::Answer(answer));
    }

    /// The plugin prepares itself once for each process, as in a host.
    fn initialized(&self, call: &WireCall, tell: &dyn Fn(WireAsk)) -> Result<(), &'static WireError> {
        static INITIALIZED: OnceLock<Result<(), WireError>> = OnceLock::new();
        INITIALIZED.get_or_init(|| relay::init(self.module.0, call, tell)).as_ref().copied()
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

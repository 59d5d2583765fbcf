//! A plugin whose requests the process of a test answers: with the plugin's code in a debugger, and with the
//! connection that the host lends here, under the host's rules.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};

use abi_stable::std_types::RStr;
use serde_json::{Value, json};
use tenon_plugin_api::contract::{HostV1, RequestV1, Res, ResponseV1};
use tenon_plugin_api::testing::relay::{WireAsk, WireCall, WireRequest, answered, asked, done, no_answer};

use super::plugin_host::PluginHost;
use super::slot::ConnectionSlot;
use crate::support::lock::LockExt;

/// The way to a process that answers. Calls have numbers: several may be under way.
pub struct Relay {
    tell: Box<dyn Fn(Value) + Send + Sync>,
    next: AtomicU64,
    /// The calls that are under way; `None` once nobody answers any more.
    waiting: Mutex<Option<HashMap<u64, Sender<WireAsk>>>>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Relay")
    }
}

impl Relay {
    /// `tell` is given what the process is to hear, on a plugin's thread.
    pub fn new(tell: impl Fn(Value) + Send + Sync + 'static) -> Self {
        let waiting = Mutex::new(Some(HashMap::new()));
        Self { tell: Box::new(tell), next: AtomicU64::new(1), waiting }
    }

    /// What the process asks for in a call, or answers to it.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn ask(&self, call: u64, ask: Value) -> Result<(), serde_json::Error> {
        let ask = serde_json::from_value(ask)?;
        let waiting = self.waiting.lock_unpoisoned();
        // A call that is over needs nothing more.
        if let Some(waits) = waiting.as_ref().and_then(|waiting| waiting.get(&call)) {
            let _ = waits.send(ask);
        }
        Ok(())
    }

    /// Nobody answers any more: no call waits for that.
    pub fn close(&self) {
        self.waiting.lock_unpoisoned().take();
    }

    /// Has the process answer one request.
    pub(super) fn handle(
        &self,
        request: &RequestV1<'_>,
        host: &PluginHost,
        db: &ConnectionSlot,
    ) -> Res<ResponseV1> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (tell, wishes) = channel();
        if let Some(waiting) = self.waiting.lock_unpoisoned().as_mut() {
            waiting.insert(number, tell);
        }
        let call = WireCall {
            request: WireRequest::of(request),
            config: HostV1::config(host).into_string(),
            host_version: HostV1::host_version(host).into_string(),
        };
        (self.tell)(json!({ "call": number, "handle": call }));
        let answer = loop {
            match wishes.recv() {
                Ok(WireAsk::Answer(answer)) => break answered(answer),
                Ok(WireAsk::Log { level, target, message, fields }) => {
                    let [target, message, fields] =
                        [&target, &message, &fields].map(|text| RStr::from_str(text));
                    HostV1::log(host, level, target, message, fields);
                }
                Ok(WireAsk::Service { name, input }) => {
                    let told = asked(&name, &input, host);
                    (self.tell)(json!({ "call": number, "told": told }));
                }
                Ok(ask) => {
                    let told = done(&ask, db);
                    (self.tell)(json!({ "call": number, "told": told }));
                }
                Err(_) => break no_answer("the process that answers has ended"),
            }
        };
        if let Some(waiting) = self.waiting.lock_unpoisoned().as_mut() {
            waiting.remove(&number);
        }
        answer
    }
}

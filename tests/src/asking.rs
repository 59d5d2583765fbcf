//! Requests from an address of this machine's choice, with headers of the test's own.

use std::net::IpAddr;

use reqwest::Client;
use serde_json::Value;

use crate::serving::{HttpAnswer, ServeProcess};

impl ServeProcess {
    /// The cookie of a session of the administrator that begins now, as a browser sends it.
    pub fn session(&self) -> String {
        self.session_of("admin", self.password())
    }

    /// The cookie of a session of somebody else.
    pub fn session_of(&self, name: &str, password: &str) -> String {
        let client =
            Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let request = client.post(format!("{}/login", self.url.trim_end_matches('/')));
        let form = [("name", name), ("password", password)];
        let answer =
            self.answer(request.header("Sec-Fetch-Site", "same-origin").form(&form)).expect_status(303);
        let set = answer.header("set-cookie").unwrap();
        set.split(';').next().unwrap().to_owned()
    }

    /// Asks from this address of the machine with these headers, and with JSON if there is some. Goes to no
    /// other page by itself.
    pub fn ask_from(&self, address: &str, line: &str, headers: &[(&str, &str)], body: &Value) -> HttpAnswer {
        let (method, path) = line.split_once(' ').unwrap();
        let address: IpAddr = address.parse().unwrap();
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let client = client.local_address(address).build().unwrap();
        let url = format!("{}{path}", self.url.trim_end_matches('/'));
        let mut request = client.request(method.parse().unwrap(), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(if body.is_null() { request } else { request.json(body) })
    }
}

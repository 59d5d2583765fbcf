//! What the host answered.

use serde_json::Value;

/// An answer over HTTP.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// The names are in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// What was asked, for messages.
    pub(crate) asked: String,
}

impl Answer {
    /// The answer itself, if it has this status.
    ///
    /// # Panics
    ///
    /// With the whole answer, if it has another.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert!(
            self.status == status,
            "{} was answered with {}, not {status}: {}",
            self.asked,
            self.status,
            self.text()
        );
        self
    }

    /// The body as text. What is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// With the body, if it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{} was not answered with JSON ({error}): {}", self.asked, self.text()),
        }
    }

    /// The first header of this name, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

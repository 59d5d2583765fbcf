//! What every response tells browsers to refuse.

use std::fmt;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What is no page runs, shows and loads nothing, should a browser take it for one.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A plugin's document runs without our origin, so that a script in it cannot press our buttons.
const PLUGIN_POLICY: &str =
    "sandbox allow-scripts allow-forms allow-popups allow-downloads; frame-ancestors 'none'";

/// What the scripts and styles of one response bear, so that no others are run in it. Plugins share our
/// origin, so that an address says nothing about whose script it is.
#[derive(Debug, Clone)]
pub(crate) struct Nonce {
    value: String,
    /// What the page frames: nothing, or what is of this origin.
    frames: &'static str,
}

impl Nonce {
    pub(crate) fn new() -> Self {
        Self { value: STANDARD.encode(rand::random::<[u8; 16]>()), frames: "'none'" }
    }

    /// The nonce of a page that frames a plugin's.
    pub(crate) fn of_frame() -> Self {
        Self { frames: "'self'", ..Self::new() }
    }

    /// No script or style but those that bear it, all else from ourselves, and nobody may frame us.
    fn policy(&self) -> String {
        let frames = self.frames;
        format!(
            "default-src 'none'; script-src 'nonce-{self}'; style-src 'nonce-{self}'; img-src 'self' data:; \
             connect-src 'self'; frame-src {frames}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)
    }
}

/// The author of a response: the host, or a plugin.
#[derive(Debug)]
pub(crate) enum Whose {
    /// The host's: kept in no cache unless the handler said otherwise. With the nonce of a page, if it is
    /// one.
    Ours(Option<Nonce>),
    /// A plugin's.
    Plugins,
}

/// Sets the headers. Those of a plugin's response are set beside what the plugin sets.
pub(crate) fn apply(headers: &mut HeaderMap, whose: Whose) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    match whose {
        Whose::Ours(nonce) => {
            set(header::CONTENT_SECURITY_POLICY, POLICY);
            set(header::X_FRAME_OPTIONS, "DENY");
            // With `no-referrer` a form of ours would be posted with `Origin: null`.
            set(header::REFERRER_POLICY, "same-origin");
            set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
            set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
            if let Some(policy) = nonce.and_then(|nonce| HeaderValue::try_from(nonce.policy()).ok()) {
                headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            }
            if !headers.contains_key(header::CACHE_CONTROL) {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
        }
        Whose::Plugins => set(header::CONTENT_SECURITY_POLICY, PLUGIN_POLICY),
    }
}

//! What every response tells browsers to refuse.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Everything from ourselves, no inline script or style, and nobody may frame us.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// A plugin's document runs without our origin, so that a script in it cannot press our buttons.
const PLUGIN_POLICY: &str =
    "sandbox allow-scripts allow-forms allow-popups allow-downloads; frame-ancestors 'none'";

/// Whose response it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The host's pages and API: kept in no cache unless the handler said otherwise.
    Ours,
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
        Whose::Ours => {
            set(header::CONTENT_SECURITY_POLICY, POLICY);
            set(header::X_FRAME_OPTIONS, "DENY");
            // With `no-referrer` a form of ours would be posted with `Origin: null`.
            set(header::REFERRER_POLICY, "same-origin");
            set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
            set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
            if !headers.contains_key(header::CACHE_CONTROL) {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
        }
        // Several policies all hold, so the plugin's own can only narrow this one.
        Whose::Plugins => {
            headers.append(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PLUGIN_POLICY));
        }
    }
}

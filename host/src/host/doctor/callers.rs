//! By what callers of plugins' routes are known.

use crate::config::{CallersConfig, JwtKeys};
use crate::report::doctor::DoctorLine;

const TOPIC: &str = "callers";

/// How many routes are named.
const NAMED: usize = 3;

/// `closed` are the routes that answer callers alone whom the host knows.
pub(super) fn lines(config: &CallersConfig, closed: &[String]) -> Vec<DoctorLine> {
    let mut lines = vec![DoctorLine::ok(TOPIC, told(config))];
    for issuer in &config.jwt {
        if let Err(problem) = issuer.keys.read() {
            let told = format!("no token of {} is taken: {problem}", issuer.issuer);
            let key = if matches!(issuer.keys, JwtKeys::Set(_)) { "jwks_file" } else { "key_file" };
            lines.push(DoctorLine::problem(
                TOPIC,
                told,
                format!("put the keys of the issuer where its {key} says"),
            ));
        }
    }
    if !closed.is_empty() && !config.is_configured() {
        let more = closed.len().saturating_sub(NAMED);
        let named = closed.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let told = format!(
            "routes answer callers whom the host has verified, and it knows nobody but who is logged in to the \
             console: {named}{more}"
        );
        let remedy = "name an issuer of tokens in [[callers.jwt]], or a proxy in [callers.proxy]";
        lines.push(DoctorLine::warning(TOPIC, told, remedy));
    }
    lines
}

fn told(config: &CallersConfig) -> String {
    let jwt = config.jwt.iter().map(|issuer| format!("tokens of {}", issuer.issuer));
    let proxy = config.proxy.iter().map(|proxy| format!("the header {} of a proxy", proxy.user_header));
    let console = config.console.then(|| "the console's sessions and API tokens".to_owned());
    let development = config.development.iter().map(|subject| format!("being on this machine ({subject})"));
    let ways: Vec<_> = jwt.chain(proxy).chain(console).chain(development).collect();
    match ways.as_slice() {
        [] => "no caller of a route can be known".to_owned(),
        ways => format!("callers of routes are known by {}", ways.join(", ")),
    }
}

//! Why a route does not answer whoever calls.

use actix_web::http::StatusCode;

use super::super::page_tokens::PageTokenFault;
use super::super::problem::Problem;
use super::super::verifiers::TokenFault;
use super::super::visitor::Denied;
use crate::support::error_code::ErrorCode;

/// Why a route does not answer whoever calls.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallerRefusal {
    #[error(
        "this route answers callers whom the host has verified, and this request brings nothing that says who calls"
    )]
    Missing {
        /// Whether anything is configured by which others than the console's can be known.
        configured: bool,
    },
    #[error("the token is refused: {0}")]
    Token(TokenFault),
    #[error("the request has more than one Authorization header")]
    SeveralTokens,
    /// By what the console says of its tokens, accounts and sessions.
    #[error(transparent)]
    Console(Denied),
    #[error("the token of the plugin's page is refused: {0}")]
    Page(PageTokenFault),
    #[error(
        "what the proxy says in {header} names nobody: it is one name that can be read, at most 255 characters long"
    )]
    Proxy { header: String },
    #[error("this route answers administrators alone, and {subject} is none")]
    NotAdministrator { subject: String },
}

impl CallerRefusal {
    /// Whether it is about the console's own credentials.
    pub(super) fn is_of_console(&self) -> bool {
        matches!(self, Self::Console(_))
    }

    /// The reason as one of few words, for metrics and programs.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Token(fault) => fault.word(),
            Self::SeveralTokens => "malformed",
            Self::Page(PageTokenFault::Expired) => "expired",
            Self::Page(_) => "page_token",
            Self::Console(Denied::ExpiredToken { .. }) => "expired",
            Self::Console(Denied::CrossSite) => "cross_site",
            Self::Console(Denied::Accounts(_)) => "unavailable",
            Self::Console(_) => "unknown_token",
            Self::Proxy { .. } => "proxy",
            Self::NotAdministrator { .. } => "not_administrator",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Console(denied) => denied.status(),
            Self::NotAdministrator { .. } => StatusCode::FORBIDDEN,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    /// What to do about it.
    fn remedy(&self) -> &'static str {
        match self {
            Self::Missing { configured: false } => {
                "nothing is configured here by which callers are known: name an issuer of tokens in [[callers.jwt]], a \
                 proxy in [callers.proxy] or, on a machine for development, a caller in callers.development; until \
                 then send one of the console's API tokens as Authorization: Bearer"
            }
            Self::Missing { configured: true } => {
                "send a token of an issuer that is known here as Authorization: Bearer, or come by the proxy that \
                 names callers"
            }
            Self::Token(fault) => fault.remedy(),
            Self::SeveralTokens => "send one",
            Self::Page(_) => "open the page in the console, which gives its scripts a token for five minutes",
            Self::Console(Denied::WrongToken | Denied::ExpiredToken { .. }) => {
                "send another one, which an administrator makes with `tenon admin token add`"
            }
            Self::Console(denied) => denied.remedy(),
            Self::Proxy { .. } => {
                "see that the proxy sends one name in that header, and removes what clients send in it"
            }
            Self::NotAdministrator { .. } => {
                "ask an administrator; who is one is said by admin_scopes of the issuer, by admin_groups of the proxy, \
                 and by the roles of the console's accounts"
            }
        }
    }

    /// The refusal as an error for programs.
    pub(crate) fn problem(&self) -> Problem {
        let code = match self {
            Self::Missing { .. } => ErrorCode::CallerRequired,
            Self::NotAdministrator { .. } => ErrorCode::AdministratorsOnly,
            Self::Console(denied @ (Denied::CrossSite | Denied::Accounts(_))) => return denied.problem(),
            _ => ErrorCode::CallerRefused,
        };
        Problem::new(self.status(), code, self.to_string())
            .remedy(self.remedy())
            .with("reason", self.reason())
    }

    /// What a client is asked for (RFC 6750, 3).
    pub(crate) fn challenge(&self) -> Option<String> {
        const SCHEME: &str = "Bearer realm=\"tenon\"";
        match self {
            Self::Missing { .. } => Some(SCHEME.to_owned()),
            Self::NotAdministrator { .. } => Some(format!("{SCHEME}, error=\"insufficient_scope\"")),
            _ if self.status() == StatusCode::UNAUTHORIZED => {
                // Our own words, without quotation marks; a reason is one word.
                let reason = self.reason();
                Some(format!("{SCHEME}, error=\"invalid_token\", error_description=\"{reason}\""))
            }
            _ => None,
        }
    }
}

//! Tokens that an issuer has signed (JWT, RFC 7519; what to look at: RFC 8725).
//!
//! Who has signed a token is not believed of its header: the key is one of the issuer's that its `iss` names,
//! and the algorithm one that is allowed to it and that the key is for. A token names no key of its own.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm as JwtAlgorithm, Validation, decode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::verified::VerifiedTokens;
use crate::config::JwtIssuer;
use crate::plugin::caller::{CallerFacts, KnownCaller, Verifier};
use crate::support::jwk_file::KeyFile;
use crate::support::legible::is_subject;

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 16 << 10;

/// How soon a file of keys is read again because a token names a key that is not in it.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenFault {
    #[error("it is no signed JSON Web Token")]
    Malformed,
    #[error("it is signed by an algorithm that is not allowed to its issuer, or by none")]
    Algorithm,
    #[error("nobody of whom the host takes tokens has issued it")]
    Issuer,
    #[error("its issuer has no key of this id")]
    Key,
    #[error("its signature is none of its issuer's")]
    Signature,
    #[error("its time is over")]
    Expired,
    #[error("its time has not come yet")]
    NotYet,
    #[error("it is meant for somebody else")]
    Audience,
    #[error("it lacks what has to stand in it: issuer, audience, end, and a subject that can be read")]
    Claims,
}

impl TokenFault {
    /// One word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Algorithm => "algorithm",
            Self::Issuer => "issuer",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::NotYet => "not_yet",
            Self::Audience => "audience",
            Self::Claims => "claims",
        }
    }

    /// What to do about it.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Expired => "get a new one of the issuer",
            Self::NotYet => "wait, or set the clocks right",
            Self::Key => {
                "see that jwks_file of the issuer has the keys that it signs with now; the file is read again by a \
                 reload, and when a token names a key that is not in it"
            }
            Self::Audience => "have the issuer make it for an audience that stands in [[callers.jwt]]",
            _ => "send a token as an issuer makes it that stands in [[callers.jwt]], signed as that allows",
        }
    }
}

/// The issuers of tokens, and the tokens that were verified.
#[derive(Debug)]
pub(crate) struct Issuers {
    issuers: Vec<Issuer>,
    verified: VerifiedTokens,
}

#[derive(Debug)]
struct Issuer {
    config: JwtIssuer,
    keys: RwLock<Keys>,
}

/// The keys, as they were in their file.
#[derive(Debug, Clone)]
struct Keys {
    file: Option<Arc<KeyFile>>,
    read_at: Instant,
}

/// What of a token's header counts. All else that could stand there, such as a key, does not.
#[derive(Debug, Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    /// What has to be understood, of which nothing is.
    crit: Option<Value>,
}

impl Issuers {
    pub(super) fn new(issuers: &[JwtIssuer]) -> Self {
        let issuers = issuers
            .iter()
            .map(|config| Issuer { config: config.clone(), keys: RwLock::new(Keys::of(config)) });
        Self { issuers: issuers.collect(), verified: VerifiedTokens::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.issuers.is_empty()
    }

    /// The caller whom a token names.
    pub(crate) fn verify(&self, token: &str) -> Result<Arc<KnownCaller>, TokenFault> {
        if token.len() > LONGEST {
            return Err(TokenFault::Malformed);
        }
        let (hash, now) = (VerifiedTokens::hash(token), jsonwebtoken::get_current_timestamp());
        if let Some(caller) = self.verified.get(&hash, now) {
            return Ok(caller);
        }
        let (head, claimed) = unverified(token).ok_or(TokenFault::Malformed)?;
        if head.crit.is_some() {
            return Err(TokenFault::Malformed);
        }
        let named = claimed.get("iss").and_then(Value::as_str);
        let issuer = self.issuers.iter().find(|issuer| Some(&*issuer.config.issuer) == named);
        let issuer = issuer.ok_or(TokenFault::Issuer)?;
        let allowed = issuer.config.algorithms.iter().find(|allowed| allowed.as_str() == head.alg);
        let algorithm = allowed.ok_or(TokenFault::Algorithm)?.jwt();
        let claims = match issuer.claims(token, head.kid.as_deref(), algorithm) {
            Err(TokenFault::Key) if issuer.read_keys_again() => {
                self.verified.clear();
                issuer.claims(token, head.kid.as_deref(), algorithm)?
            }
            claims => claims?,
        };
        let (caller, expires) = issuer.caller(claims)?;
        let (caller, leeway) = (Arc::new(KnownCaller::from(caller)), issuer.config.leeway.as_secs());
        self.verified.insert(hash, &caller, expires.saturating_add(leeway), now);
        Ok(caller)
    }
}

/// What a token says, which nobody has verified.
fn unverified(token: &str) -> Option<(Head, Map<String, Value>)> {
    fn read<T: DeserializeOwned>(part: &str) -> Option<T> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    }
    let mut parts = token.split('.');
    let (head, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let is_signed = !signature.is_empty() && parts.next().is_none();
    let head: Head = read(head)?;
    // A token without a signature may say so.
    (is_signed || head.alg == "none").then_some((head, read(claims)?))
}

impl Keys {
    fn of(config: &JwtIssuer) -> Self {
        let file = config.keys.read().map(Arc::new);
        let file = file.inspect_err(|problem| {
            tracing::error!(issuer = config.issuer, "no token of an issuer is taken: {problem}");
        });
        Self { file: file.ok(), read_at: Instant::now() }
    }
}

impl Issuer {
    /// What a token says that one of the issuer's keys has signed.
    fn claims(
        &self,
        token: &str,
        key: Option<&str>,
        algorithm: JwtAlgorithm,
    ) -> Result<Map<String, Value>, TokenFault> {
        let mut validation = Validation::new(algorithm);
        validation.leeway = self.config.leeway.as_secs();
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.config.issuer]);
        validation.set_audience(&self.config.audience);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        let Some(keys) = self.keys().file else { return Err(TokenFault::Key) };
        let mut fault = TokenFault::Key;
        for key in keys.find(key, algorithm) {
            match decode(token, key, &validation) {
                Ok(decoded) => return Ok(decoded.claims),
                Err(error) => match fault_of(error.kind()) {
                    // Another key may have signed it.
                    TokenFault::Signature => fault = TokenFault::Signature,
                    other => return Err(other),
                },
            }
        }
        Err(fault)
    }

    fn keys(&self) -> Keys {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the file again, unless it was read just now. Says whether there are other keys now.
    fn read_keys_again(&self) -> bool {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if keys.read_at.elapsed() < AGAIN_AFTER {
            return false;
        }
        let read = Keys::of(&self.config);
        keys.read_at = read.read_at;
        // A file that cannot be read at the moment takes nothing away.
        let is_read = read.file.is_some();
        keys.file = read.file.or_else(|| keys.file.take());
        is_read
    }

    /// The caller whom verified claims name, and when the token ends, in seconds since 1970.
    fn caller(&self, claims: Map<String, Value>) -> Result<(CallerFacts, u64), TokenFault> {
        let JwtIssuer { subject_claim, subject_prefix, name_claim, scopes_claim, admin_scopes, .. } =
            &self.config;
        let claims = Value::Object(claims);
        let subject = match claim(&claims, subject_claim) {
            Some(Value::String(text)) if !text.is_empty() => text.clone(),
            Some(Value::Number(number)) if !number.is_f64() => number.to_string(),
            _ => return Err(TokenFault::Claims),
        };
        let subject = format!("{subject_prefix}{subject}");
        if !is_subject(&subject) {
            return Err(TokenFault::Claims);
        }
        let name = claim(&claims, name_claim).and_then(Value::as_str).map(str::to_owned);
        let scopes: Vec<String> = match claim(&claims, scopes_claim) {
            Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let expires = claims.get("exp").and_then(Value::as_f64).ok_or(TokenFault::Claims)?;
        let admin = scopes.iter().any(|scope| admin_scopes.contains(scope));
        let Value::Object(claims) = claims else { return Err(TokenFault::Claims) };
        // A cast of a float saturates.
        let expires = expires as u64;
        Ok((CallerFacts { subject, name, scopes, claims, how: Verifier::Jwt, admin }, expires))
    }
}

/// A claim by its name, or by the way to it where it stands below others: `/realm_access/roles`.
fn claim<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    if name.starts_with('/') { claims.pointer(name) } else { claims.get(name) }
}

fn fault_of(error: &ErrorKind) -> TokenFault {
    match error {
        ErrorKind::ExpiredSignature => TokenFault::Expired,
        ErrorKind::ImmatureSignature => TokenFault::NotYet,
        ErrorKind::InvalidIssuer => TokenFault::Issuer,
        ErrorKind::InvalidAudience => TokenFault::Audience,
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => TokenFault::Claims,
        ErrorKind::InvalidAlgorithm => TokenFault::Algorithm,
        ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Json(_) | ErrorKind::Utf8(_) => {
            TokenFault::Malformed
        }
        _ => TokenFault::Signature,
    }
}

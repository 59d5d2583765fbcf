//! Logging in at an identity provider (`admin.oidc`): OpenID Connect's flow of authorization codes, with
//! PKCE, a state and a nonce.
//!
//! What has begun stands in the browser's own sealed cookie, so that any host of the console can end it. The
//! library verifies the id token: its signature by a key of the provider, issuer, audience, nonce and time.
//! What is told of a failure holds no code, token or secret.

mod identity;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenFields, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, StandardErrorResponse,
    StandardTokenResponse,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use self::identity::AllClaims;
pub(crate) use self::identity::Identity;
use crate::config::OidcConfig;
use crate::support::errors::chain;
use crate::support::http_client::{HttpBodyError, HttpClientError, body_within, http_client};
use crate::support::lock::LockExt;

/// How long the provider has for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer of the provider, in bytes.
const MOST_BYTES: usize = 1 << 20;
/// How long what the provider says of itself is believed without asking again.
const BELIEVED: Duration = Duration::from_secs(60 * 60);
/// How soon it is asked again where a key of it is not known.
const ASKED_AGAIN: Duration = Duration::from_secs(30);
/// How long somebody may take at the provider.
const LASTS: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);
/// The most logins that one browser has begun, in as many tabs.
const MOST_BEGUN: usize = 3;

type TokenFields = IdTokenFields<
    AllClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<TokenFields, CoreTokenType>;
type ProviderClient = Client<
    AllClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why somebody was not logged in by the provider.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OidcError {
    #[error("the identity provider cannot be reached: {0}")]
    Away(String),
    #[error("what the identity provider says of itself cannot be used: {0}")]
    Provider(String),
    #[error("the identity provider did not log anybody in; it answered {0}")]
    Refused(String),
    #[error("this login was not begun in this browser, has been used, or took longer than ten minutes")]
    State,
    #[error("the identity provider did not accept the code that came back: {0}")]
    Code(String),
    #[error("the id token is not to be trusted: {0}")]
    Token(String),
    #[error("the identity provider sent no claim {0} that names somebody")]
    NoName(String),
    #[error("the identity provider has not verified the email {0}")]
    Unverified(String),
    #[error("{0} has no role here: none of their groups is in admin.oidc.roles")]
    NoRole(String),
    #[error("{0} is the name of an account of this console, which is somebody else for the audit log")]
    AccountName(String),
}

impl OidcError {
    /// The answer says that it is of another provider than the one that was asked (RFC 9207).
    pub(crate) fn other_issuer() -> Self {
        Self::Token("another provider answered".to_owned())
    }
}

/// Why one request to the provider failed.
#[derive(Debug, thiserror::Error)]
enum HttpError {
    #[error("the request could not be made")]
    Request(#[source] reqwest::Error),
    #[error("no answer")]
    Send(#[source] reqwest::Error),
    #[error(transparent)]
    Body(#[from] HttpBodyError),
    #[error("the answer is none of HTTP")]
    Answer(#[from] openidconnect::http::Error),
}

/// A login that has begun in a browser.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BegunLogin {
    state: String,
    nonce: String,
    verifier: String,
    since: Timestamp,
    /// Where to go on afterwards.
    pub next: String,
}

/// The provider, as far as it is known.
#[derive(Debug)]
pub(crate) struct OidcProvider {
    config: OidcConfig,
    http: reqwest::Client,
    /// What it said of itself, and when.
    metadata: tokio::sync::Mutex<Option<(Instant, Arc<CoreProviderMetadata>)>>,
    /// The states that were used, until they are too old to be.
    used: Mutex<HashMap<String, Timestamp>>,
}

impl BegunLogin {
    fn lasts(&self) -> bool {
        let age = Timestamp::now().duration_since(self.since);
        (jiff::SignedDuration::ZERO..LASTS).contains(&age)
    }
}

/// Adds a login to those that a browser has begun.
pub(crate) fn remember(begun: &mut Vec<BegunLogin>, one: BegunLogin) {
    begun.retain(BegunLogin::lasts);
    begun.push(one);
    let surplus = begun.len().saturating_sub(MOST_BEGUN);
    begun.drain(..surplus);
}

impl OidcProvider {
    pub(crate) fn new(config: OidcConfig) -> Result<Self, HttpClientError> {
        let http = http_client(PATIENCE, config.ca_file.as_deref())?;
        Ok(Self { config, http, metadata: tokio::sync::Mutex::default(), used: Mutex::default() })
    }

    /// Begins a login: the address to send the browser to, and what it has to remember.
    pub(crate) async fn begin(&self, next: String) -> Result<(String, BegunLogin), OidcError> {
        let client = self.client(&*self.metadata(BELIEVED).await?)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let request = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let scopes = self.config.scopes.iter().cloned().map(Scope::new);
        let (url, state, nonce) = request.set_pkce_challenge(challenge).add_scopes(scopes).url();
        let begun = BegunLogin {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            since: Timestamp::now(),
            next,
        };
        Ok((url.into(), begun))
    }

    /// The login that this state belongs to, which is taken out: each is used once.
    pub(crate) fn take(&self, begun: &mut Vec<BegunLogin>, state: &str) -> Result<BegunLogin, OidcError> {
        begun.retain(BegunLogin::lasts);
        let at = begun.iter().position(|one| one.state == state).ok_or(OidcError::State)?;
        let one = begun.swap_remove(at);
        // A copy of the cookie has it still.
        let mut used = self.used.lock_unpoisoned();
        used.retain(|_, since| Timestamp::now().duration_since(*since) < LASTS);
        match used.insert(one.state.clone(), one.since) {
            None => Ok(one),
            Some(_) => Err(OidcError::State),
        }
    }

    /// Ends a login: asks the provider who it is that came back with this code.
    pub(crate) async fn finish(&self, begun: BegunLogin, code: String) -> Result<Identity, OidcError> {
        let http = |request| call(&self.http, request);
        let client = self.client(&*self.metadata(BELIEVED).await?)?;
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.map_err(|error| OidcError::Provider(chain(&error)))?;
        let verifier = PkceCodeVerifier::new(begun.verifier);
        let tokens =
            request.set_pkce_verifier(verifier).request_async(&http).await.map_err(exchange_failed)?;
        let nonce = Nonce::new(begun.nonce);
        let claims = match identity::verified(&client, &tokens, &nonce) {
            Err(identity::Distrust::UnknownKey(_)) => {
                // Providers change their keys.
                let client = self.client(&*self.metadata(ASKED_AGAIN).await?)?;
                identity::verified(&client, &tokens, &nonce)
            }
            verified => verified,
        };
        let mut claims = claims.map_err(|distrust| OidcError::Token(distrust.to_string()))?;
        if !claims.suffice(&self.config) {
            claims.add_user_info(&client, &tokens, &http).await?;
        }
        claims.identity(&self.config)
    }

    /// What the provider says of itself, no older than this.
    async fn metadata(&self, no_older: Duration) -> Result<Arc<CoreProviderMetadata>, OidcError> {
        // Whoever comes meanwhile waits for the same answer.
        let mut known = self.metadata.lock().await;
        if let Some((at, metadata)) = &*known
            && at.elapsed() < no_older
        {
            return Ok(Arc::clone(metadata));
        }
        let unusable = |error: &dyn std::error::Error| OidcError::Provider(chain(error));
        let issuer = IssuerUrl::new(self.config.issuer.clone()).map_err(|error| unusable(&error))?;
        let http = |request| call(&self.http, request);
        let metadata = CoreProviderMetadata::discover_async(issuer, &http).await;
        let metadata = metadata.map_err(|error| match error {
            openidconnect::DiscoveryError::Request(error) => OidcError::Away(chain(&error)),
            // Its message is ours alone, without the provider's body.
            openidconnect::DiscoveryError::Response(status, ..) => {
                OidcError::Provider(format!("the answer to its discovery is {status}"))
            }
            other => OidcError::Provider(chain(&other)),
        })?;
        if self.config.issuer.starts_with("https:") {
            let urls = [
                Some(metadata.authorization_endpoint().url()),
                metadata.token_endpoint().map(openidconnect::TokenUrl::url),
                metadata.userinfo_endpoint().map(openidconnect::UserInfoUrl::url),
                Some(metadata.jwks_uri().url()),
            ];
            if let Some(plain) = urls.into_iter().flatten().find(|url| url.scheme() != "https") {
                return Err(OidcError::Provider(format!("{plain} is not https")));
            }
        }
        let metadata = Arc::new(metadata);
        *known = Some((Instant::now(), Arc::clone(&metadata)));
        Ok(metadata)
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Result<ProviderClient, OidcError> {
        let redirect = RedirectUrl::new(self.config.redirect_url.clone());
        let redirect = redirect.map_err(|error| OidcError::Provider(chain(&error)))?;
        let secret = self.config.client_secret.as_ref();
        let secret = secret.map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
        let id = ClientId::new(self.config.client_id.clone());
        Ok(Client::from_provider_metadata(metadata.clone(), id, secret).set_redirect_uri(redirect))
    }
}

/// One request to the provider.
async fn call(client: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let request =
        reqwest::Request::try_from(request).map_err(|error| HttpError::Request(error.without_url()))?;
    let answer = client.execute(request).await.map_err(|error| HttpError::Send(error.without_url()))?;
    let mut response = openidconnect::http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    Ok(response.body(body_within(answer, MOST_BYTES).await?)?)
}

/// The failure without what the provider sent, in which the code may stand.
fn exchange_failed(
    error: RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>,
) -> OidcError {
    match error {
        RequestTokenError::ServerResponse(answer) => OidcError::Code(answer.error().to_string()),
        RequestTokenError::Request(error) => OidcError::Away(chain(&error)),
        RequestTokenError::Parse(..) => OidcError::Code("its answer has no tokens".to_owned()),
        RequestTokenError::Other(_) => OidcError::Code("its answer cannot be read".to_owned()),
    }
}

#[cfg(test)]
mod tests;

//! The identity of whoever logged in: the claims of a verified id token, and what the provider adds to them.

use chrono::{TimeDelta, Utc};
use openidconnect::core::{CoreGenderClaim, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AsyncHttpClient, ClaimsVerificationError, Nonce, OAuth2TokenResponse,
    SignatureVerificationError, SubjectIdentifier, TokenResponse, UserInfoClaims, UserInfoError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{OidcError, ProviderClient, Tokens};
use crate::admin::named_user::is_user_name;
use crate::config::OidcConfig;
use crate::support::errors::chain;

/// How far the provider's clock may be behind or ahead of ours.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// The signatures that count: those by a key that the provider alone has.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Somebody whom the provider has authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The provider's own id of them, which the audit log shows.
    pub name: String,
    /// The groups of theirs that give a role here.
    pub groups: Vec<String>,
}

/// All that stands in a token besides the standard claims.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct AllClaims {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for AllClaims {}

/// What a verified token says, and the provider besides.
#[derive(Debug)]
pub(super) struct Claims {
    subject: SubjectIdentifier,
    all: Map<String, Value>,
}

/// Why an id token is not believed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Distrust {
    #[error("{}", chain(.0))]
    UnknownKey(ClaimsVerificationError),
    #[error("{0}")]
    Other(String),
}

/// The claims of the id token among these tokens, if it is to be believed.
pub(super) fn verified(client: &ProviderClient, tokens: &Tokens, nonce: &Nonce) -> Result<Claims, Distrust> {
    let token = tokens.id_token().ok_or_else(|| Distrust::Other("there is none".to_owned()))?;
    let latest = || Utc::now() - SKEW;
    let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(latest);
    let verifier = verifier.set_issue_time_verifier_fn(|issued| match issued <= Utc::now() + SKEW {
        true => Ok(()),
        false => Err(format!("it was issued in the future, at {issued}")),
    });
    let claims = token.claims(&verifier, nonce).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            Distrust::UnknownKey(error)
        }
        other => Distrust::Other(chain(&other)),
    })?;
    if let Some(expected) = claims.access_token_hash() {
        let other = |error: &dyn std::error::Error| Distrust::Other(chain(error));
        let algorithm = token.signing_alg().map_err(|error| other(&error))?;
        let key = token.signing_key(&verifier).map_err(|error| other(&error))?;
        let found = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
        if found.map_err(|error| other(&error))? != *expected {
            return Err(Distrust::Other("it belongs to another access token".to_owned()));
        }
    }
    let all = of_object(claims).ok_or_else(|| Distrust::Other("its claims cannot be read".to_owned()))?;
    Ok(Claims { subject: claims.subject().clone(), all })
}

fn of_object(claims: &impl Serialize) -> Option<Map<String, Value>> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(all)) => Some(all),
        _ => None,
    }
}

impl Claims {
    /// Whether all is there that is asked for.
    pub(super) fn suffice(&self, config: &OidcConfig) -> bool {
        let wanted = [Some(&config.user_claim), config.groups_claim.as_ref()];
        wanted.into_iter().flatten().all(|claim| self.claim(claim).is_some())
    }

    /// Adds what the provider tells whoever has the access token. What the id token says stays.
    pub(super) async fn add_user_info<'c, C>(
        &mut self,
        client: &'c ProviderClient,
        tokens: &Tokens,
        http: &'c C,
    ) -> Result<(), OidcError>
    where
        C: AsyncHttpClient<'c>,
        <C as AsyncHttpClient<'c>>::Error: 'static,
    {
        // A provider without that place has told all in the token.
        let token = tokens.access_token().clone();
        let Ok(request) = client.user_info(token, Some(self.subject.clone())) else { return Ok(()) };
        let told: Result<UserInfoClaims<AllClaims, CoreGenderClaim>, _> = request.request_async(http).await;
        let told = told.map_err(|error| match error {
            UserInfoError::Request(error) => OidcError::Away(chain(&error)),
            UserInfoError::ClaimsVerification(error) => OidcError::Token(chain(&error)),
            _ => OidcError::Provider("its answer about the person cannot be used".to_owned()),
        })?;
        for (claim, value) in of_object(&told).unwrap_or_default() {
            self.all.entry(claim).or_insert(value);
        }
        Ok(())
    }

    /// The identity by the claims that the configuration names.
    pub(super) fn identity(&self, config: &OidcConfig) -> Result<Identity, OidcError> {
        let name = self.claim(&config.user_claim).and_then(Value::as_str).filter(|name| is_user_name(name));
        let name = name.ok_or_else(|| OidcError::NoName(config.user_claim.clone()))?.to_owned();
        if config.user_claim == "email" && self.all.get("email_verified") == Some(&Value::Bool(false)) {
            return Err(OidcError::Unverified(name));
        }
        let groups = match config.groups_claim.as_ref().and_then(|claim| self.claim(claim)) {
            Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(group)) => vec![group.as_str()],
            _ => Vec::new(),
        };
        let known = groups.into_iter().filter(|group| config.roles.by_group.contains_key(*group));
        Ok(Identity { name, groups: known.map(str::to_owned).collect() })
    }

    /// A claim by its name, or below others by a path such as `/realm_access/roles`.
    fn claim(&self, name: &str) -> Option<&Value> {
        let Some(path) = name.strip_prefix('/') else { return self.all.get(name) };
        let mut names = path.split('/');
        let first = self.all.get(names.next()?);
        names.fold(first, |value, name| value?.get(name))
    }
}

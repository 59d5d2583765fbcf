//! Files with the keys by which tokens are verified: a JSON Web Key Set (RFC 7517), or one secret.

use std::fmt;
use std::path::Path;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm as JwtAlgorithm, DecodingKey};

/// A way in which tokens are signed. There is none for a token without a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Algorithm {
    name: &'static str,
    algorithm: JwtAlgorithm,
}

const fn algorithm(name: &'static str, algorithm: JwtAlgorithm) -> Algorithm {
    Algorithm { name, algorithm }
}

impl Algorithm {
    /// Algorithms that a public key verifies.
    pub const SIGNED: [Self; 9] = [
        algorithm("RS256", JwtAlgorithm::RS256),
        algorithm("RS384", JwtAlgorithm::RS384),
        algorithm("RS512", JwtAlgorithm::RS512),
        algorithm("PS256", JwtAlgorithm::PS256),
        algorithm("PS384", JwtAlgorithm::PS384),
        algorithm("PS512", JwtAlgorithm::PS512),
        algorithm("ES256", JwtAlgorithm::ES256),
        algorithm("ES384", JwtAlgorithm::ES384),
        algorithm("EdDSA", JwtAlgorithm::EdDSA),
    ];

    /// Algorithms by which whoever verifies could sign, too.
    pub const SHARED: [Self; 3] = [
        algorithm("HS256", JwtAlgorithm::HS256),
        algorithm("HS384", JwtAlgorithm::HS384),
        algorithm("HS512", JwtAlgorithm::HS512),
    ];

    /// The name, as tokens have it.
    pub fn as_str(self) -> &'static str {
        self.name
    }

    /// The algorithm for what verifies.
    pub fn jwt(self) -> JwtAlgorithm {
        self.algorithm
    }
}

/// The keys of a file.
pub struct KeyFile(Vec<Key>);

struct Key {
    id: Option<String>,
    /// What it may verify.
    algorithms: Vec<JwtAlgorithm>,
    key: DecodingKey,
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("keys", &self.0.len()).finish_non_exhaustive()
    }
}

/// The shortest secret, in bytes (RFC 7518, 3.2).
const SHORTEST_SECRET: usize = 32;

impl KeyFile {
    /// The public keys of a key set, or why there are none. Keys of kinds that are not known are passed over,
    /// and so are secrets.
    pub fn read_set(file: &Path) -> Result<Self, String> {
        let text = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let set: JwkSet = serde_json::from_slice(&text)
            .map_err(|error| format!("{} is no JSON Web Key Set: {error}", file.display()))?;
        let keys: Vec<_> = set.keys.iter().filter_map(Key::of).collect();
        if keys.is_empty() {
            return Err(format!("{} has no public key that tokens can be verified by", file.display()));
        }
        Ok(Self(keys))
    }

    /// The secret in a file, without the blanks around it.
    pub fn read_secret(file: &Path) -> Result<Self, String> {
        let text = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let secret = text.trim_ascii();
        if secret.len() < SHORTEST_SECRET {
            return Err(format!("{} holds less than {SHORTEST_SECRET} bytes", file.display()));
        }
        let key = DecodingKey::from_secret(secret).map_err(|error| format!("{}: {error}", file.display()))?;
        let algorithms = Algorithm::SHARED.map(|one| one.algorithm).into();
        Ok(Self(vec![Key { id: None, algorithms, key }]))
    }

    /// The keys that a token with this key id, or with none, may be signed by.
    pub fn find(&self, id: Option<&str>, algorithm: JwtAlgorithm) -> impl Iterator<Item = &DecodingKey> {
        // A token that names no key may be of any; a key without a name is meant for all.
        let is_named = move |key: &&Key| match (id, key.id.as_deref()) {
            (Some(id), Some(its)) => id == its,
            _ => true,
        };
        let fits = move |key: &&Key| key.algorithms.contains(&algorithm);
        self.0.iter().filter(is_named).filter(fits).take(MOST_TRIED).map(|key| &key.key)
    }
}

/// How many keys are tried for a token that does not say which it is of.
const MOST_TRIED: usize = 8;

impl Key {
    fn of(jwk: &Jwk) -> Option<Self> {
        use JwtAlgorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
        if jwk.common.public_key_use.as_ref().is_some_and(|of| *of != PublicKeyUse::Signature) {
            return None;
        }
        let mut algorithms = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => vec![RS256, RS384, RS512, PS256, PS384, PS512],
            AlgorithmParameters::EllipticCurve(key) => match key.curve {
                EllipticCurve::P256 => vec![ES256],
                EllipticCurve::P384 => vec![ES384],
                _ => return None,
            },
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => vec![EdDSA],
            _ => return None,
        };
        if let Some(only) = jwk.common.key_algorithm {
            let only = only.to_string();
            algorithms.retain(|algorithm| format!("{algorithm:?}") == only);
        }
        let key = DecodingKey::from_jwk(jwk).ok()?;
        (!algorithms.is_empty()).then(|| Self { id: jwk.common.key_id.clone(), algorithms, key })
    }
}

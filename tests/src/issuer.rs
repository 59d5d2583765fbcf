//! An issuer of tokens: keys of every kind, made for one test.

use std::path::Path;
use std::process::Command;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// A key that signs, with its id.
pub struct SigningKey {
    pub id: String,
    pub algorithm: Algorithm,
    key: EncodingKey,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A new one, made in this folder.
    pub fn new(folder: &Path, id: &str, algorithm: Algorithm) -> Self {
        let file = format!("{id}.der");
        let openssl = |arguments: &str| {
            let output =
                Command::new("openssl").args(arguments.split_whitespace()).current_dir(folder).output();
            let output = output.unwrap();
            assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        };
        let made = |more: &str| openssl(&format!("genpkey {more} -outform DER -out {file}"));
        let read = || std::fs::read(folder.join(&file)).unwrap();
        let key = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => {
                made("-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
                openssl(&format!("rsa -inform DER -in {file} -traditional -outform DER -out {file}.1"));
                std::fs::rename(folder.join(format!("{file}.1")), folder.join(&file)).unwrap();
                EncodingKey::from_rsa_der(&read())
            }
            Algorithm::ES256 => {
                made("-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
                openssl(&format!("pkcs8 -topk8 -nocrypt -inform DER -in {file} -outform DER -out {file}.8"));
                std::fs::rename(folder.join(format!("{file}.8")), folder.join(&file)).unwrap();
                EncodingKey::from_ec_der(&read())
            }
            Algorithm::EdDSA => {
                made("-algorithm ED25519");
                EncodingKey::from_ed_der(&read())
            }
            other => panic!("no key of {other:?} can be made"),
        };
        Self { id: id.to_owned(), algorithm, key }
    }

    /// One that whoever verifies has too.
    pub fn shared(secret: &[u8]) -> Self {
        let key = EncodingKey::from_secret(secret).unwrap();
        Self { id: "shared".to_owned(), algorithm: Algorithm::HS256, key }
    }

    /// A token that says this.
    pub fn token(&self, claims: &Value) -> String {
        self.token_with(&Header { kid: Some(self.id.clone()), ..Header::new(self.algorithm) }, claims)
    }

    /// A token with this header.
    pub fn token_with(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key).unwrap()
    }

    fn public(&self) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.clone());
        jwk
    }
}

/// Writes the public keys of these as a key set.
pub fn write_key_set(file: &Path, keys: &[&SigningKey]) {
    let set = JwkSet { keys: keys.iter().map(|key| key.public()).collect() };
    std::fs::write(file, serde_json::to_vec(&set).unwrap()).unwrap();
}

/// What a good token of the issuer says.
pub fn claims(issuer: &str, audience: &str, subject: &str) -> Value {
    let now = jsonwebtoken::get_current_timestamp();
    json!({
        "iss": issuer, "aud": audience, "sub": subject, "name": "Ada L.", "scope": "notes orders",
        "iat": now, "nbf": now - 5, "exp": now + 600, "org": 7,
    })
}

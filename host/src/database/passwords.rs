//! Passwords that nobody has to keep, since whoever knows the secret that they are made of can make them
//! again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The password of a role, made of a secret. From it the secret cannot be had, nor that of another role.
pub(crate) fn derived(secret: &SecretString, purpose: &str, role: &str) -> SecretString {
    let mut mac = match Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) {
        Ok(mac) => mac,
        Err(error) => unreachable!("HMAC takes keys of any length: {error}"),
    };
    mac.update(purpose.as_bytes());
    mac.update(b"\n");
    mac.update(role.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()).into()
}

/// What the server keeps of a password. With it nobody can log in, and so the password itself is neither sent
/// nor in any log.
pub(crate) fn verifier(password: &SecretString) -> String {
    postgres_protocol::password::scram_sha_256(password.expose_secret().as_bytes())
}

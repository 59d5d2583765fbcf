//! Passwords: random ones, their argon2id hashes, and whether one matches.

use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};

/// Longer ones are refused: nobody types them, and hashing them costs the host.
const MAX_BYTES: usize = 1024;

/// Why a password could not be hashed or compared.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("the password has {bytes} bytes, and at least 8 and at most {MAX_BYTES} are needed")]
    Length { bytes: usize },
    #[error("the password could not be hashed: {reason}")]
    Hash { reason: String },
}

/// A password of 24 letters and digits in groups, over 120 bits, without those that look alike.
pub fn random() -> SecretString {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut text = String::new();
    for index in 0..24 {
        if index > 0 && index % 6 == 0 {
            text.push('-');
        }
        text.push(char::from(LETTERS[rand::random_range(0..LETTERS.len())]));
    }
    text.into()
}

/// Refuses a password that is too short or too long.
pub fn check(password: &SecretString) -> Result<(), PasswordError> {
    let bytes = password.expose_secret().len();
    if (8..=MAX_BYTES).contains(&bytes) { Ok(()) } else { Err(PasswordError::Length { bytes }) }
}

/// The argon2id hash with a random salt, as a PHC string.
pub(super) fn hash(password: &SecretString) -> Result<String, PasswordError> {
    check(password)?;
    let password = password.expose_secret();
    let hash = Argon2::default().hash_password(password.as_bytes());
    let hash: PasswordHash = hash.map_err(|error| PasswordError::Hash { reason: error.to_string() })?;
    Ok(hash.to_string())
}

/// Whether the password belongs to the hash. Takes some 20 milliseconds of a core.
pub(super) fn matches(hash: &str, password: &str) -> Result<bool, PasswordError> {
    if password.len() > MAX_BYTES {
        return Ok(false);
    }
    let hash = parse(hash)?;
    Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Whether the text is a hash that a password can be held against.
pub(super) fn parse(hash: &str) -> Result<PasswordHash, PasswordError> {
    PasswordHash::new(hash).map_err(|error| PasswordError::Hash { reason: error.to_string() })
}

/// The hash of a password nobody knows, compared with where there is no account of the name given.
pub(super) fn of_nobody() -> Result<String, PasswordError> {
    static HASH: OnceLock<String> = OnceLock::new();
    if let Some(hash) = HASH.get() {
        return Ok(hash.clone());
    }
    let made = hash(&uuid::Uuid::new_v4().to_string().into())?;
    Ok(HASH.get_or_init(|| made).clone())
}

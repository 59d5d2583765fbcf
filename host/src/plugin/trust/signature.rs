//! Signatures as minisign makes them, beside the file: `libinventory.so.minisig`.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::{Error, PublicKey, Signature};
use serde::Serialize;

use crate::plugin::problem::{Problem, ProblemCode};

/// A signature that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct VerifiedSignature {
    /// The id of the key, as minisign prints it: sixteen hexadecimal digits.
    pub key: String,
    /// The trusted comment, which is signed too.
    pub comment: String,
}

/// The signature of these bytes by one of the keys, or why there is none.
pub(super) fn judge(file: &Path, bytes: &[u8], keys: &[PublicKey]) -> Result<VerifiedSignature, Problem> {
    let beside = beside(file);
    let told = beside.display();
    let again = "install the file and its signature as they were published, or sign it: `minisign -Sm FILE`";
    let text = match std::fs::read_to_string(&beside) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Problem::new(ProblemCode::NotSigned, format!("there is no signature {told}"), again));
        }
        Err(error) => {
            return Err(Problem::new(
                ProblemCode::BadSignature,
                format!("{told} cannot be read: {error}"),
                again,
            ));
        }
    };
    let signature = match Signature::decode(&text) {
        Ok(signature) => signature,
        Err(error) => {
            return Err(Problem::new(
                ProblemCode::BadSignature,
                format!("{told} is no signature: {error}"),
                again,
            ));
        }
    };
    let mut theirs = None;
    for key in keys {
        match key.verify(bytes, &signature, false) {
            Ok(()) => {
                let comment = signature.trusted_comment().to_owned();
                return Ok(VerifiedSignature { key: key_id(&text), comment });
            }
            // By somebody else, it says.
            Err(Error::UnexpectedKeyId) => {}
            Err(error) => theirs = Some(error),
        }
    }
    Err(match theirs {
        Some(error) => Problem::new(
            ProblemCode::BadSignature,
            format!("{told} is not a signature of this file: {error}"),
            again,
        ),
        None => Problem::new(
            ProblemCode::UnknownKey,
            format!("{told} is by a key that is not trusted here"),
            "if you trust whoever signed it, add their public key to plugins.trusted_keys",
        ),
    })
}

/// The id of the key that made a signature: bytes 3 to 10 of its second line, a number in little-endian order
/// (minisign's "Signature format").
fn key_id(signature: &str) -> String {
    let line = signature.lines().nth(1).and_then(|line| STANDARD.decode(line.trim()).ok());
    let id = line.as_deref().and_then(|line| line.get(2..10)?.try_into().ok());
    id.map(|id| format!("{:016X}", u64::from_le_bytes(id))).unwrap_or_default()
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

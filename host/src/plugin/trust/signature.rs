//! Signatures as minisign makes them, beside the file: `libinventory.so.minisig`.

use std::io;
use std::path::{Path, PathBuf};

use minisign_verify::{Error, PublicKey, Signature};

use crate::plugin::problem::{Problem, ProblemCode};

/// Why these bytes are not signed by one of the keys.
pub(super) fn judge(file: &Path, bytes: &[u8], keys: &[PublicKey]) -> Option<Problem> {
    let beside = beside(file);
    let told = beside.display();
    let again = "install the file and its signature as they were published, or sign it: `minisign -Sm FILE`";
    let signature = match std::fs::read_to_string(&beside) {
        Ok(text) => Signature::decode(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Some(Problem::new(
                ProblemCode::NotSigned,
                format!("there is no signature {told}"),
                again,
            ));
        }
        Err(error) => {
            return Some(Problem::new(
                ProblemCode::BadSignature,
                format!("{told} cannot be read: {error}"),
                again,
            ));
        }
    };
    let signature = match signature {
        Ok(signature) => signature,
        Err(error) => {
            return Some(Problem::new(
                ProblemCode::BadSignature,
                format!("{told} is no signature: {error}"),
                again,
            ));
        }
    };
    let mut theirs = None;
    for key in keys {
        match key.verify(bytes, &signature, false) {
            Ok(()) => return None,
            // By somebody else, it says.
            Err(Error::UnexpectedKeyId) => {}
            Err(error) => theirs = Some(error),
        }
    }
    Some(match theirs {
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

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

//! Files that hold one secret.

use std::path::Path;

use secrecy::SecretString;

/// The secret in the file without the blanks around it, or what is wrong with the file.
pub(super) fn secret_in(file: &Path) -> Result<SecretString, String> {
    match std::fs::read_to_string(file) {
        Ok(text) if text.trim().is_empty() => Err(format!("{} is empty", file.display())),
        Ok(text) => Ok(text.trim().into()),
        Err(error) => Err(format!("cannot read {}: {error}", file.display())),
    }
}

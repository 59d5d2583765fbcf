//! The keys that seal the cookies: the one that all hosts of a database have, and this host's own, which
//! serves while the database is away. Both stand in files of the state directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use actix_web::cookie::{Cookie, CookieJar, Key};
use rand::TryRngCore;

use super::SessionKeyError;
use crate::support::errors::chain;
use crate::support::{file_access, state_dir};

/// The length of a key, which signs and encrypts.
pub(super) const KEY_BYTES: usize = 64;
/// What a sealed text is: none of one kind can be opened as one of the other.
#[derive(Debug, Clone, Copy)]
pub(super) enum SealedKind {
    Session,
    Token,
}

impl SealedKind {
    /// What it stands under while it is sealed.
    fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Token => "page-token",
        }
    }
}

/// The keys of this host.
#[derive(Clone)]
pub(super) struct SessionKeys(Arc<Kept>);

struct Kept {
    own: Key,
    /// The one of all hosts, as it was last known, and its file.
    shared: RwLock<Option<Key>>,
    shared_file: PathBuf,
}

impl std::fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionKeys").finish_non_exhaustive()
    }
}

impl SessionKeys {
    /// The keys in the state directory. The own one is made where there is none.
    pub(super) fn open(state_dir: &Path) -> Result<Self, SessionKeyError> {
        let own = key(&own_file(state_dir))?;
        let shared_file = state_dir.join("session-shared.key");
        let shared = fs::read(&shared_file).ok().filter(|bytes| bytes.len() == KEY_BYTES);
        let shared = RwLock::new(shared.map(|bytes| Key::from(&bytes)));
        Ok(Self(Arc::new(Kept { own, shared, shared_file })))
    }

    /// Forgets all keys, so that nobody is logged in any more, and begins with new ones.
    pub(super) fn anew(state_dir: &Path) -> Result<Self, SessionKeyError> {
        let (path, shared) = (own_file(state_dir), state_dir.join("session-shared.key"));
        match fs::remove_file(&shared) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(SessionKeyError::Write { path: shared, source });
            }
            _ => {}
        }
        make_key(&path).map_err(|source| SessionKeyError::Write { path, source })?;
        Self::open(state_dir)
    }

    /// The own key, of which the one of all hosts is made where there is none.
    pub(super) fn own(&self) -> &[u8] {
        self.0.own.master()
    }

    /// Whether the key of all hosts is known.
    pub(super) fn is_shared(&self) -> bool {
        self.shared().is_some()
    }

    fn shared(&self) -> Option<Key> {
        self.0.shared.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Takes the key of all hosts from now on, also while the database is away.
    pub(super) fn share(&self, bytes: &[u8]) {
        if bytes.len() != KEY_BYTES {
            tracing::warn!("the sessions' key in tenon.session_key is damaged: this host uses its own");
            return;
        }
        let key = Key::from(bytes);
        if self.shared().as_ref() == Some(&key) {
            return;
        }
        *self.0.shared.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(key);
        if let Err(error) = state_dir::replace(&self.0.shared_file, bytes) {
            let (file, error) = (self.0.shared_file.display(), chain(&error));
            tracing::warn!(%file, error, "the key of the sessions could not be written down: it is asked for again after a restart");
        }
    }

    /// Seals a session.
    pub(super) fn seal(&self, text: String) -> String {
        self.seal_as(SealedKind::Session, text)
    }

    /// Seals a text, so that nobody without a key reads or changes it.
    pub(super) fn seal_as(&self, kind: SealedKind, text: String) -> String {
        let key = self.shared().unwrap_or_else(|| self.0.own.clone());
        let mut jar = CookieJar::new();
        jar.private_mut(&key).add(Cookie::new(kind.name(), text));
        jar.get(kind.name()).map(|sealed| sealed.value().to_owned()).unwrap_or_default()
    }

    /// The text that was sealed with one of the keys, as one of this kind.
    pub(super) fn open_as(&self, kind: SealedKind, sealed: &str) -> Option<String> {
        let open = |key: &Key| {
            let sealed = Cookie::new(kind.name(), sealed.to_owned());
            Some(CookieJar::new().private(key).decrypt(sealed)?.value().to_owned())
        };
        self.shared().as_ref().and_then(open).or_else(|| open(&self.0.own))
    }
}

fn own_file(state_dir: &Path) -> PathBuf {
    state_dir.join("session.key")
}

/// Reads the key in the file, or makes one where there is none. One of the wrong length is replaced,
/// since all that is lost by it are sessions.
fn key(path: &Path) -> Result<Key, SessionKeyError> {
    match fs::read(path) {
        Ok(bytes) if bytes.len() == KEY_BYTES => {
            if fs::metadata(path).is_ok_and(|data| file_access::beyond_owner(&data).is_some()) {
                tracing::warn!(file = %path.display(), "the session key can be read by other users of this machine: run chmod 600 on it");
            }
            return Ok(Key::from(&bytes));
        }
        Ok(_) => {
            let file = path.display();
            tracing::warn!(%file, "the session key is damaged and is made anew: everybody has to log in again");
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(SessionKeyError::Read { path: path.to_owned(), source }),
    }
    make_key(path).map_err(|source| SessionKeyError::Write { path: path.to_owned(), source })
}

fn make_key(path: &Path) -> io::Result<Key> {
    let mut bytes = [0; KEY_BYTES];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
    state_dir::replace(path, &bytes)?;
    Ok(Key::from(&bytes))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_own_key_survives_a_restart_and_nobody_else_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/session.key");
        let first = key(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(key(&path).unwrap() == first);
        fs::write(&path, "short").unwrap();
        let next = key(&path).unwrap();
        assert!(next != first);
        assert!(key(&path).unwrap() == next);
    }

    #[test]
    fn what_either_key_has_sealed_can_be_opened_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let keys = SessionKeys::open(folder.path()).unwrap();
        let before = keys.seal("ada".to_owned());
        keys.share(&[7; KEY_BYTES]);
        let after = keys.seal("ada".to_owned());
        for keys in [&keys, &SessionKeys::open(folder.path()).unwrap()] {
            for sealed in [&before, &after] {
                assert_eq!(keys.open_as(SealedKind::Session, sealed).as_deref(), Some("ada"));
            }
        }
        let elsewhere = tempfile::tempdir().unwrap();
        let other = SessionKeys::open(elsewhere.path()).unwrap();
        other.share(&[7; KEY_BYTES]);
        assert_eq!(
            (other.open_as(SealedKind::Session, &before), other.open_as(SealedKind::Session, &after)),
            (None, Some("ada".to_owned()))
        );
        assert_eq!(keys.open_as(SealedKind::Session, "ada"), None);
        let token = keys.seal_as(SealedKind::Token, "ada".to_owned());
        assert_eq!(keys.open_as(SealedKind::Session, &token), None, "a token is no session");
        assert_eq!(keys.open_as(SealedKind::Token, &after), None, "and a session no token");
        assert_eq!(SessionKeys::anew(folder.path()).unwrap().open_as(SealedKind::Session, &after), None);
    }
}

//! The sealed cookies: what a session remembers stands in the browser alone.

use std::sync::Arc;

use actix_session::SessionMiddleware;
use actix_session::config::{CookieContentSecurity, PersistentSession};
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::{Key, SameSite, time};
use anyhow::Error;

use super::key::SealedKind;
use super::{HOURS, Sessions, Transport};
use crate::host::Tenon;

type State = std::collections::HashMap<String, String>;

/// Seals and opens cookies with the keys that there are at the time.
pub(crate) struct SealedCookies {
    sessions: Sessions,
    host: Arc<Tenon>,
}

/// The middleware that reads and writes the cookie.
pub(crate) fn middleware(
    sessions: Sessions,
    host: Arc<Tenon>,
    transport: Transport,
) -> SessionMiddleware<SealedCookies> {
    // Its own key cannot be changed while it runs, so it is none: the cookie is sealed before it comes there.
    let none = Key::from(&[0; super::key::KEY_BYTES]);
    SessionMiddleware::builder(SealedCookies { sessions, host }, none)
        .cookie_name(transport.cookie_name().to_owned())
        .cookie_secure(transport == Transport::Secure)
        .cookie_http_only(true)
        // Not Strict: a link to the console, in a chat for instance, should not ask for the password.
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(PersistentSession::default().session_ttl(time::Duration::hours(HOURS)))
        .build()
}

impl SessionStore for SealedCookies {
    async fn load(&self, sealed: &SessionKey) -> Result<Option<State>, LoadError> {
        // One that another host has sealed, or nobody: it is as if there were none.
        let Some(text) = self.sessions.open(SealedKind::Session, sealed.as_ref(), &self.host).await else {
            return Ok(None);
        };
        serde_json::from_str(&text).map(Some).map_err(|error| LoadError::Deserialization(error.into()))
    }

    async fn save(&self, state: State, _: &time::Duration) -> Result<SessionKey, SaveError> {
        let text = serde_json::to_string(&state).map_err(|error| SaveError::Serialization(error.into()))?;
        let sealed = self.sessions.keys.seal(text);
        sealed.try_into().map_err(|error| SaveError::Other(Error::new(error)))
    }

    async fn update(
        &self,
        _: SessionKey,
        state: State,
        ttl: &time::Duration,
    ) -> Result<SessionKey, UpdateError> {
        self.save(state, ttl).await.map_err(|error| match error {
            SaveError::Serialization(error) => UpdateError::Serialization(error),
            SaveError::Other(error) => UpdateError::Other(error),
        })
    }

    async fn update_ttl(&self, _: &SessionKey, _: &time::Duration) -> Result<(), Error> {
        Ok(())
    }

    async fn delete(&self, _: &SessionKey) -> Result<(), Error> {
        Ok(())
    }
}

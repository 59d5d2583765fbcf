//! What callers are known by, as it is configured now: a reload puts another in its place.

mod jwt;
mod verified;

use std::sync::{Arc, PoisonError, RwLock};

pub(crate) use self::jwt::TokenFault;

use self::jwt::Issuers;
use crate::config::CallersConfig;

/// What callers are known by, as long as the configuration stays the same.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) config: CallersConfig,
    pub(super) issuers: Issuers,
}

/// What callers are known by.
#[derive(Debug)]
pub(crate) struct Callers(RwLock<Arc<Rules>>);

impl Callers {
    pub(crate) fn new(config: &CallersConfig) -> Self {
        Self(RwLock::new(Arc::new(Rules::new(config))))
    }

    /// Goes by this configuration from now on, with the keys as they are in their files.
    pub(crate) fn reload(&self, config: &CallersConfig) {
        let rules = Arc::new(Rules::new(config));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    pub(super) fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Rules {
    fn new(config: &CallersConfig) -> Self {
        Self { config: config.clone(), issuers: Issuers::new(&config.jwt) }
    }
}

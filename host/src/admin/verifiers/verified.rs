//! Tokens that were verified lately: a caller sends the same one again and again, and a signature costs more
//! than all else that a host does for a call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

use crate::plugin::caller::KnownCaller;
use crate::support::lock::LockExt;

/// The most tokens that are remembered.
const MOST: usize = 4096;

/// A token's hash: the token itself is kept nowhere.
pub(super) type TokenHash = [u8; 32];

/// Callers by the hashes of their tokens.
#[derive(Debug, Default)]
pub(super) struct VerifiedTokens(Mutex<HashMap<TokenHash, Verified>>);

#[derive(Debug)]
struct Verified {
    caller: Arc<KnownCaller>,
    /// The last second in which the token counts, since 1970.
    until: u64,
}

impl VerifiedTokens {
    pub(super) fn hash(token: &str) -> TokenHash {
        Sha256::digest(token.as_bytes()).into()
    }

    /// The caller whom a token names that was verified, while it counts.
    pub(super) fn get(&self, token: &TokenHash, now: u64) -> Option<Arc<KnownCaller>> {
        let verified = self.0.lock_unpoisoned();
        verified.get(token).filter(|known| now <= known.until).map(|known| Arc::clone(&known.caller))
    }

    /// Remembers a token that was verified now.
    pub(super) fn insert(&self, token: TokenHash, caller: &Arc<KnownCaller>, until: u64, now: u64) {
        let mut verified = self.0.lock_unpoisoned();
        if verified.len() >= MOST {
            verified.retain(|_, known| now <= known.until);
        }
        if verified.len() >= MOST {
            // All of them are verified again, which costs each caller once.
            verified.clear();
        }
        verified.insert(token, Verified { caller: Arc::clone(caller), until });
    }

    /// Forgets all: the keys are others now.
    pub(super) fn clear(&self) {
        self.0.lock_unpoisoned().clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::plugin::caller::{CallerFacts, Verifier};

    #[test]
    fn a_token_is_remembered_to_its_end_and_no_longer_and_not_too_many_are() {
        let (subject, claims) = ("ada".to_owned(), Map::new());
        let facts =
            CallerFacts { subject, name: None, scopes: vec![], claims, how: Verifier::Jwt, admin: false };
        let (ada, tokens) = (Arc::new(KnownCaller::from(facts)), VerifiedTokens::default());
        let hash = VerifiedTokens::hash("a");
        tokens.insert(hash, &ada, 10, 1);
        assert!(tokens.get(&hash, 10).is_some() && tokens.get(&hash, 11).is_none());
        for number in 0..MOST * 2 {
            tokens.insert(VerifiedTokens::hash(&number.to_string()), &ada, 10, 1);
        }
        assert!(tokens.0.lock_unpoisoned().len() <= MOST);
        tokens.clear();
        assert!(tokens.get(&hash, 1).is_none());
    }
}

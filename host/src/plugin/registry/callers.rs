//! The plugins whose SQL is told who calls.

use super::{Registered, Registry};

impl Registry {
    /// Has SQL told who calls of those too that require a plugin whose SQL asks: they meet its policies.
    pub(super) fn tell_dependents_who_calls(&self) {
        let tells = |plugin: &Registered| Some(plugin.library.as_ref()?.routes.tells_caller().clone());
        let asking =
            self.plugins.iter().filter(|(_, plugin)| tells(plugin).is_some_and(|told| told.is_set()));
        let told = self.with_dependents(&asking.map(|(id, _)| id.clone()).collect());
        for told in told.iter().filter_map(|id| tells(self.plugins.get(id)?)) {
            told.set(true);
        }
    }
}

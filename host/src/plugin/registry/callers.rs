//! The plugins whose SQL is told who calls.

use super::{Registered, Registry};
use crate::plugin::routes::SharedFlag;

impl Registry {
    /// Has SQL told who calls of those too that require a plugin whose SQL asks: they meet its policies.
    pub(super) fn tell_dependents_who_calls(&self) {
        let asks = |plugin: &Registered| caller_unsaid(plugin).is_some_and(|unsaid| !unsaid.is_set());
        let asking = self.plugins.iter().filter(|(_, plugin)| asks(plugin)).map(|(id, _)| id.clone());
        for told in self.with_dependents(&asking.collect()) {
            if let Some(unsaid) = self.plugins.get(&told).and_then(caller_unsaid) {
                unsaid.set(false);
            }
        }
    }
}

/// Whether the plugin's SQL is not told who calls.
fn caller_unsaid(plugin: &Registered) -> Option<&SharedFlag> {
    Some(plugin.library.as_ref()?.routes.caller_unsaid())
}

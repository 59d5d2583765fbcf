//! One order over all migrations of all plugins, the same on every machine.
//!
//! A migration comes after its predecessor in its plugin (by file name), after the files it names, and after
//! all of core's. Among those that could come next the smallest id comes first, so the order follows from
//! the set of migrations alone. All problems are found at once, and each says which plugins it is about:
//! the host leaves those out and orders the rest.

mod cycles;
mod kahn;
mod migrations;
mod plugins;
mod problem;

pub use migrations::{Ordered, order, order_what_can_be};
pub use plugins::{PluginResolution, resolve};
pub use problem::{GraphProblem, PluginProblem, RegistryProblem};

/// `a -> b -> a`, where each requires the next.
pub(crate) fn path<T: std::fmt::Display>(steps: &[T]) -> String {
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" -> ")
}

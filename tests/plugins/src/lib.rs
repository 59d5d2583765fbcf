//! The plugins that the tests load, good and bad: each an example beside this folder, built as a library.
//! Here is what they share.
//!
//! A package of its own, so that no change of the host builds them anew.

use tenon_plugin_api::prelude::*;

/// A plugin that brings something, and answers nothing.
#[derive(Debug)]
pub struct Silent;

impl Plugin for Silent {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Err(PluginError::not_found("there are no routes"))
    }
}

//! The events of a plugin: `emits: { "orders.placed": Placed }`, and `events: { "orders.placed": on_placed
//! }`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use serde_json::json;
use syn::spanned::Spanned;
use syn::{Error, ExprPath, LitStr, Result, Type};
use tenon_schema::names::event_plugin;

use super::Declaration;

/// The events as members of the manifest; nothing where there are none.
pub(super) fn json(plugin: &Declaration) -> Result<String> {
    for (name, _) in &plugin.emits {
        let id = plugin.id.value();
        if event_plugin(&name.value()) != Some(&id) {
            let rule = format!(
                "an event's name is the id of the plugin that emits it, a dot and a lower-case word: \"{id}.changed\""
            );
            return Err(Error::new(name.span(), rule));
        }
    }
    for (name, _) in &plugin.events {
        check_heard(plugin, name)?;
    }
    let emits = member("emits", plugin.emits.iter().map(|(name, _)| name))?;
    Ok(emits + &member("events", plugin.events.iter().map(|(name, _)| name))?)
}

fn check_heard(plugin: &Declaration, name: &LitStr) -> Result<()> {
    let text = name.value();
    let fault = match event_plugin(&text) {
        None => format!("{text:?} is no event's name, such as \"orders.placed\""),
        Some(id) if id == plugin.id.value() && plugin.emits.iter().any(|(own, _)| own.value() == text) => {
            return Ok(());
        }
        Some(id) if id == plugin.id.value() => {
            format!("this plugin does not emit it: emits: {{ {text:?}: Payload }}")
        }
        Some(id) if plugin.requires.iter().any(|(required, _)| required.value() == id) => return Ok(()),
        Some(id) => format!("a plugin that hears events of {id} requires it: requires: {{ {id}: \"^1\" }}"),
    };
    Err(Error::new(name.span(), fault))
}

fn member<'a>(key: &str, names: impl Iterator<Item = &'a LitStr>) -> Result<String> {
    let mut all = Vec::<String>::new();
    for name in names {
        if all.contains(&name.value()) {
            return Err(Error::new(name.span(), format!("{:?} stands in {key} twice", name.value())));
        }
        all.push(name.value());
    }
    Ok(if all.is_empty() { String::new() } else { format!(",\"{key}\":{}", json!(all)) })
}

/// The method that gives the schemas of the payloads.
pub(super) fn schemas(emits: &[(LitStr, Type)]) -> Option<TokenStream> {
    if emits.is_empty() {
        return None;
    }
    let schemas = emits.iter().map(
        |(name, ty)| quote_spanned!(ty.span()=> (#name, ::tenon_plugin_api::entry::event_schema::<#ty>())),
    );
    Some(quote! {
        fn emits() -> ::std::vec::Vec<(&'static str, ::tenon_plugin_api::serde_json::Value)> {
            ::std::vec![#(#schemas),*]
        }
    })
}

/// The method that hears them.
pub(super) fn function(events: &[(LitStr, ExprPath)]) -> Option<TokenStream> {
    if events.is_empty() {
        return None;
    }
    let arms = events.iter().map(|(name, function)| {
        quote_spanned! {function.span()=>
            #name => ::tenon_plugin_api::entry::hear((#name, call), host, db, #function),
        }
    });
    Some(quote! {
        fn event(
            name: &str,
            call: &::tenon_plugin_api::EventCall,
            host: &::tenon_plugin_api::Host<'_>,
            db: &::tenon_plugin_api::Connection<'_>,
        ) -> ::std::result::Result<(), ::tenon_plugin_api::PluginError> {
            match name {
                #(#arms)*
                name => ::std::result::Result::Err(::tenon_plugin_api::PluginError::not_found(
                    ::std::format!("nothing here hears {name}"),
                )),
            }
        }
    })
}

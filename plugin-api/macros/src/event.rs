//! `#[event]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Result};

pub(crate) fn expand(arguments: &TokenStream, item: &DeriveInput) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "this attribute takes nothing"));
    }
    if matches!(item.data, Data::Union(_)) {
        return Err(Error::new_spanned(&item.ident, "the payload of an event is a struct or an enum"));
    }
    Ok(quote! {
        #[derive(
            ::std::clone::Clone,
            ::std::fmt::Debug,
            ::tenon_plugin_api::serde::Serialize,
            ::tenon_plugin_api::serde::Deserialize,
            ::tenon_plugin_api::schemars::JsonSchema,
        )]
        #[serde(crate = "::tenon_plugin_api::serde")]
        #[schemars(crate = "::tenon_plugin_api::schemars")]
        #item
    })
}

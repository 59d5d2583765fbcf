//! `#[settings]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataStruct, DeriveInput, Error, Fields, Result};

pub(crate) fn expand(arguments: &TokenStream, item: &DeriveInput) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "this attribute takes nothing"));
    }
    // An enum or a newtype may be a part of settings; the whole is a table.
    let unknown = match &item.data {
        Data::Struct(DataStruct { fields: Fields::Named(_), .. }) => Some(quote!(, deny_unknown_fields)),
        Data::Enum(_) => None,
        _ => return Err(Error::new_spanned(&item.ident, "settings are a struct with named fields")),
    };
    Ok(quote! {
        #[derive(
            ::std::clone::Clone,
            ::std::fmt::Debug,
            ::tenon_plugin_api::serde::Deserialize,
            ::tenon_plugin_api::schemars::JsonSchema,
        )]
        #[serde(crate = "::tenon_plugin_api::serde" #unknown)]
        #[schemars(crate = "::tenon_plugin_api::schemars")]
        #item
    })
}

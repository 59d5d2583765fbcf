//! The functions that a plugin offers to those that require it: `offers: [reserve, stock::price]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use serde_json::json;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, ExprPath, Result};
use tenon_schema::jobs::is_job_name;

/// The name by which others call it: the last one of its path.
fn name(function: &ExprPath) -> String {
    function.path.segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default()
}

/// The functions as a member of the manifest; nothing where there are none.
pub(super) fn json(offers: &[ExprPath]) -> Result<String> {
    let mut all = Vec::<String>::new();
    for function in offers {
        let name = name(function);
        if !is_job_name(&name) {
            let fault = format!("{name:?} is no name of a function that others call: a lower-case word");
            return Err(Error::new(function.span(), fault));
        }
        if all.contains(&name) {
            return Err(Error::new(function.span(), format!("{name} is offered twice")));
        }
        all.push(name);
    }
    Ok(if all.is_empty() { String::new() } else { format!(",\"offers\":{}", json!(all)) })
}

/// The method that has them called.
pub(super) fn function(offers: &[ExprPath]) -> Option<TokenStream> {
    if offers.is_empty() {
        return None;
    }
    let arms = offers.iter().map(|function| {
        let name = name(function);
        quote_spanned! {function.span()=>
            #name => ::tenon_plugin_api::entry::offer(request, db, #function),
        }
    });
    Some(quote! {
        fn offered(
            name: &str,
            request: &::tenon_plugin_api::Request<'_>,
            db: &::tenon_plugin_api::Connection<'_>,
        ) -> ::std::result::Result<::tenon_plugin_api::Response, ::tenon_plugin_api::PluginError> {
            match name {
                #(#arms)*
                name => ::std::result::Result::Err(::tenon_plugin_api::PluginError::not_found(
                    ::std::format!("there is no function {name}"),
                )),
            }
        }
    })
}

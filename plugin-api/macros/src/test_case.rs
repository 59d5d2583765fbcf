//! `#[tenon_plugin_test::test]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, Result};

pub(crate) fn expand(arguments: &TokenStream, function: &ItemFn) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "this attribute takes nothing"));
    }
    let ItemFn { attrs, vis, sig, block } = function;
    let (name, inputs, output) = (&sig.ident, &sig.inputs, &sig.output);
    if let Some(word) = &sig.asyncness {
        return Err(Error::new_spanned(
            word,
            "a test of a plugin is not async: what it asks is answered when it goes on",
        ));
    }
    if inputs.len() != 1 {
        return Err(Error::new_spanned(sig, "a test of a plugin takes an app: fn it_answers(app: App)"));
    }
    Ok(quote! {
        #(#attrs)*
        #[::core::prelude::v1::test]
        #vis fn #name() #output {
            fn body(#inputs) #output #block
            body(::tenon_plugin_test::private::open(::core::env!("CARGO_MANIFEST_DIR")))
        }
    })
}

//! `#[tenon_plugin_test::test]`

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Ident, ItemFn, LitStr, Path, Result, Token};

/// What stands behind the attribute's name.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    /// The module with the plugin's `export_plugin!`, where its code runs in the test's own process.
    in_process: Option<Path>,
    /// The SQL that puts rows there, a file relative to the crate.
    seed: Option<LitStr>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut arguments = Self::default();
        let given = Punctuated::<Argument, Token![,]>::parse_terminated(input)?;
        for Argument { word, value } in given {
            let twice = match value {
                Value::InProcess(of) => arguments.in_process.replace(of).is_some(),
                Value::Seed(file) => arguments.seed.replace(file).is_some(),
            };
            if twice {
                return Err(Error::new(word.span(), format!("{word} is given twice")));
            }
        }
        Ok(arguments)
    }
}

struct Argument {
    word: Ident,
    value: Value,
}

enum Value {
    InProcess(Path),
    Seed(LitStr),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let word: Ident = input.parse()?;
        let known = word == "in_process" || word == "seed";
        if !known {
            let known =
                "write in_process = crate, the module of export_plugin!, or seed = \"tests/seed.sql\"";
            return Err(Error::new(word.span(), known));
        }
        input.parse::<Token![=]>()?;
        let value = if word == "seed" {
            Value::Seed(input.parse()?)
        } else {
            Value::InProcess(Path::parse_mod_style(input)?)
        };
        Ok(Self { word, value })
    }
}

pub(crate) fn expand(arguments: &Arguments, function: &ItemFn) -> Result<TokenStream> {
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
    let seed = arguments.seed.as_ref().map(|file| {
        let path = format!("/{}", file.value());
        quote_spanned! {file.span()=>
            .seed(::core::include_str!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #path)))
        }
    });
    let in_process = arguments.in_process.as_ref().map(|of| {
        quote_spanned! {of.span()=>
            .in_process(#of::tenon_plugin_module())
        }
    });
    Ok(quote! {
        #(#attrs)*
        #[::core::prelude::v1::test]
        #vis fn #name() #output {
            fn body(#inputs) #output #block
            let opening = ::tenon_plugin_test::private::Opening::new(::core::env!("CARGO_MANIFEST_DIR"));
            body(opening #seed #in_process .open())
        }
    })
}

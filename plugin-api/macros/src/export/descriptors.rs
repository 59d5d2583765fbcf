//! The descriptors, put together from what stands beside `entities:`.

use std::env;
use std::fs;
use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Result};

use super::Declaration;
use super::declaration::{List, Owner, Source};
use super::file;
use super::function::function;
use crate::entity::object_name_tokens;

/// The body of `Export::schema`.
pub(super) fn expand(plugin: &Declaration) -> Result<TokenStream> {
    if let Some(expression) = &plugin.schema {
        return Ok(quote!(::std::result::Result::Ok(#expression)));
    }
    let (entities, enums) = (&plugin.entities, &plugin.enums);
    let views = queries(&plugin.views, &quote!(View))?;
    let materialized = queries(&plugin.materialized_views, &quote!(MaterializedView))?;
    let functions = plugin.functions.iter().map(|(signature, body)| function(signature, &text(body)?));
    let functions = functions.collect::<Result<Vec<_>>>()?;
    let undeclared = plugin.undeclared.iter().map(|(object, reason)| {
        quote! {
            ::tenon_plugin_api::schema::Undeclared {
                object: ::std::string::String::from(#object),
                reason: ::std::string::String::from(#reason),
            }
        }
    });
    let lists = plugin.lists.iter().map(|(key, List(items))| {
        let items = items.iter().map(|item| element(key, item));
        quote_spanned!(key.span()=> descriptors.#key.extend([#(#items),*]);)
    });
    let file = plugin.descriptors.as_ref().map(file::read).transpose()?;
    let file =
        file.map(|text| quote!(descriptors = ::tenon_plugin_api::entry::with_file(#text, descriptors)?;));
    let triggers = attached(plugin, &plugin.triggers, &quote!(add_triggers))?;
    let policies = attached(plugin, &plugin.policies, &quote!(add_policies))?;
    Ok(quote! {
        #[allow(unused_mut)]
        let mut descriptors = ::tenon_plugin_api::schema::Descriptors {
            format: ::tenon_plugin_api::schema::FORMAT,
            tables: ::std::vec![#(<#entities as ::tenon_plugin_api::Entity>::table()),*],
            enums: ::std::vec![#(<#enums as ::tenon_plugin_api::PgEnum>::enum_type()),*],
            views: ::std::vec![#(#views),*],
            materialized_views: ::std::vec![#(#materialized),*],
            functions: ::std::vec![#(#functions),*],
            undeclared: ::std::vec![#(#undeclared),*],
            ..::std::default::Default::default()
        };
        #(#lists)*
        #file
        #triggers
        #policies
        ::std::result::Result::Ok(descriptors)
    })
}

/// An element of a list: an expression, or a name where a name says it all.
fn element(key: &Ident, item: &Expr) -> TokenStream {
    let name = match item {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => name,
        _ => return item.to_token_stream(),
    };
    let ty = match key.to_string().as_str() {
        "extensions" => quote!(Extension),
        "schemas" => quote!(Schema),
        _ => return item.to_token_stream(),
    };
    quote! {
        ::tenon_plugin_api::schema::#ty {
            name: ::tenon_plugin_api::schema::Ident::new(#name),
            ..::std::default::Default::default()
        }
    }
}

/// Views and the like, by name and query.
fn queries(declared: &[(LitStr, Source)], ty: &TokenStream) -> Result<Vec<TokenStream>> {
    let view = |(name, query): &(LitStr, Source)| {
        let (name, query) = (object_name_tokens(name)?, text(query)?);
        Ok(quote! {
            ::tenon_plugin_api::schema::#ty {
                name: #name,
                query: ::tenon_plugin_api::entry::query(&::std::string::String::from(#query)),
                ..::std::default::Default::default()
            }
        })
    };
    declared.iter().map(view).collect()
}

/// The text of SQL as an expression.
fn text(source: &Source) -> Result<Expr> {
    let path = match source {
        Source::Expression(expression) => return Ok(expression.clone()),
        Source::File(path) => path,
    };
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    if let Err(error) = fs::read_to_string(root.join(path.value())) {
        let fault = format!("{:?} cannot be read: {error}; the path begins at the crate", path.value());
        return Err(Error::new(path.span(), fault));
    }
    Ok(syn::parse_quote! {
        ::core::include_str!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #path))
    })
}

/// What is hung on a table or view by its name.
fn attached(plugin: &Declaration, declared: &[(Owner, List)], add: &TokenStream) -> Result<TokenStream> {
    let mut all = TokenStream::new();
    for (owner, List(items)) in declared {
        let name = match owner {
            Owner::Named(name) => object_name_tokens(name)?,
            Owner::Entity(entity) => {
                let tokens = entity.to_token_stream().to_string();
                if !plugin.entities.iter().any(|one| one.to_token_stream().to_string() == tokens) {
                    let fault =
                        format!("{} is not among the entities of this plugin", tokens.replace(' ', ""));
                    return Err(Error::new(entity.span(), fault));
                }
                quote!(<#entity as ::tenon_plugin_api::Entity>::table().name)
            }
        };
        all.extend(quote! {
            ::tenon_plugin_api::entry::#add(&mut descriptors, &#name, ::std::vec![#(#items),*])?;
        });
    }
    Ok(all)
}

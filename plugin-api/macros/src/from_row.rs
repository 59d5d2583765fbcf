//! `#[derive(FromRow)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, DeriveInput, Error, Ident, Result};

use crate::args::Args;
use crate::entity::named_fields;
use crate::sql::declared_field;

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let fields = named_fields(input, "FromRow")?;
    let (mut idents, mut names, mut declared) = (Vec::new(), Vec::new(), Vec::new());
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let name = column_name(&field.attrs, ident)?;
        declared.push(declared_field(&name, &field.ty));
        names.push(name);
        idents.push(ident);
    }
    if idents.is_empty() {
        return Err(Error::new(input.ident.span(), "a struct without fields has nothing to read"));
    }
    let quoted: Vec<_> = names.iter().map(|name| tenon_schema::Ident::new(name).quoted()).collect();
    let columns = quoted.join(", ");
    let ident = &input.ident;
    Ok(quote! {
        impl ::tenon_plugin_api::FromRow for #ident {
            const COLUMN_NAMES: &'static [&'static str] = &[#(#quoted),*];
            const COLUMNS: &'static str = #columns;

            fn from_row(
                row: &::tenon_plugin_api::Row,
            ) -> ::std::result::Result<Self, ::tenon_plugin_api::PluginError> {
                ::std::result::Result::Ok(Self { #(#idents: row.get(#names)?),* })
            }

            fn declared() -> ::tenon_plugin_api::schema::DeclaredRow {
                ::tenon_plugin_api::schema::DeclaredRow::Name(::std::vec![#(#declared),*])
            }
        }
    })
}

/// What stands for the row where it is wrong: whoever uses it is not told of that once more.
pub(crate) fn empty(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (generics, of, bounds) = input.generics.split_for_impl();
    quote! {
        impl #generics ::tenon_plugin_api::FromRow for #ident #of #bounds {
            const COLUMN_NAMES: &'static [&'static str] = &["*"];
            const COLUMNS: &'static str = "*";

            fn from_row(
                _: &::tenon_plugin_api::Row,
            ) -> ::std::result::Result<Self, ::tenon_plugin_api::PluginError> {
                ::std::result::Result::Err(::tenon_plugin_api::PluginError::internal(""))
            }
        }
    }
}

/// The field's own name or `#[column(name = "…")]`; the rest of that attribute is the entity's.
fn column_name(attributes: &[Attribute], ident: &Ident) -> Result<String> {
    let name = Args::of(attributes, "column", ident.span())?.text("name")?;
    Ok(name.map_or_else(|| ident.unraw().to_string(), |name| name.value()))
}

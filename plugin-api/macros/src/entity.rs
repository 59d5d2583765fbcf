//! `#[derive(Entity)]`

mod table;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Data, DeriveInput, Error, Field, Fields, LitStr, Result, Token, Type};

use crate::args::Args;
use crate::names::object_name;
use crate::vocabulary;

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let span = input.ident.span();
    let mut args = Args::of(&input.attrs, "entity", span)?;
    let table = args
        .text("table")?
        .ok_or_else(|| Error::new(span, "say which table it is: #[entity(table = \"schema.name\")]"))?;
    let name = object_name_tokens(&table)?;

    let mut columns = Vec::new();
    let mut column_names = Vec::new();
    let mut constraints = Vec::new();
    for field in named_fields(input, "Entity")? {
        let column = column(field)?;
        if column_names.contains(&column.name) {
            let fault = format!("the column {:?} is there twice", column.name);
            return Err(Error::new_spanned(field, fault));
        }
        columns.push(column.tokens);
        column_names.push(column.name);
        constraints.extend(column.constraints);
    }
    let rest = table::read(&mut args, &column_names)?;
    let forced = args.flag("force_row_security")?;
    args.finish(&vocabulary::ENTITY)?;
    constraints.extend(rest.constraints);
    let indexes = rest.indexes;

    let ident = &input.ident;
    let fields: Vec<_> =
        named_fields(input, "Entity")?.iter().filter_map(|field| field.ident.as_ref()).collect();
    Ok(quote! {
        // A struct may be there for its description alone: that is no dead code.
        const _: () = {
            #[allow(dead_code)]
            fn described(entity: #ident) -> #ident {
                let #ident { #(#fields),* } = entity;
                #ident { #(#fields),* }
            }
        };

        impl ::tenon_plugin_api::Entity for #ident {
            fn table() -> ::tenon_plugin_api::schema::Table {
                ::tenon_plugin_api::schema::Table {
                    name: #name,
                    columns: ::std::vec![#(#columns),*],
                    constraints: ::std::vec![#(#constraints),*],
                    indexes: ::std::vec![#(#indexes),*],
                    force_row_security: #forced,
                    ..::std::default::Default::default()
                }
            }
        }
    })
}

/// What stands for the entity where it is wrong: whoever uses it is not told of that once more.
pub(crate) fn empty(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (generics, of, bounds) = input.generics.split_for_impl();
    quote! {
        impl #generics ::tenon_plugin_api::Entity for #ident #of #bounds {
            fn table() -> ::tenon_plugin_api::schema::Table {
                ::std::default::Default::default()
            }
        }
    }
}

/// The fields of a struct that has names for them.
pub(crate) fn named_fields<'a>(
    input: &'a DeriveInput,
    derive: &str,
) -> Result<&'a Punctuated<Field, Token![,]>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(&fields.named),
            _ => Err(Error::new(input.ident.span(), format!("{derive} needs a struct with named fields"))),
        },
        _ => Err(Error::new(input.ident.span(), format!("{derive} can only be derived for a struct"))),
    }
}

struct Column {
    name: String,
    tokens: TokenStream,
    constraints: Vec<TokenStream>,
}

fn column(field: &Field) -> Result<Column> {
    let span = field.ident.as_ref().map_or_else(Span::call_site, syn::Ident::span);
    let mut args = Args::of(&field.attrs, "column", span)?;
    let name = match (args.text("name")?, &field.ident) {
        (Some(name), _) => name.value(),
        (None, Some(ident)) => ident.unraw().to_string(),
        (None, None) => String::new(),
    };
    let constraints = table::read_column(&mut args, &name)?;
    let rust_type = &field.ty;
    let data_type = match args.text("type")? {
        Some(sql) => quote!(::std::string::String::from(#sql)),
        None => quote!(<#rust_type as ::tenon_plugin_api::ColumnType>::sql_type()),
    };
    let not_null = !is_option(rust_type);
    let identity = match args.text("identity")? {
        None => quote!(::std::option::Option::None),
        Some(text) => {
            let kind = match text.value().as_str() {
                "always" => quote!(Always),
                "by_default" => quote!(ByDefault),
                _ => return Err(Error::new(text.span(), "identity is \"always\" or \"by_default\"")),
            };
            quote!(::std::option::Option::Some(::tenon_plugin_api::schema::Identity::#kind))
        }
    };
    let default = optional_string(args.text("default")?.as_ref());
    let generated = optional_string(args.text("generated")?.as_ref());
    let collation = optional_string(args.text("collation")?.as_ref());
    args.finish(&vocabulary::COLUMN)?;
    let tokens = quote! {
        ::tenon_plugin_api::schema::Column {
            name: ::tenon_plugin_api::schema::Ident::new(#name),
            data_type: #data_type,
            not_null: #not_null,
            default: #default,
            identity: #identity,
            generated: #generated,
            collation: #collation,
            ..::std::default::Default::default()
        }
    };
    Ok(Column { name, tokens, constraints })
}

/// Whether the type is written as `Option<…>`.
fn is_option(rust_type: &Type) -> bool {
    match rust_type {
        Type::Path(path) => path.path.segments.last().is_some_and(|segment| segment.ident == "Option"),
        Type::Group(group) => is_option(&group.elem),
        Type::Paren(paren) => is_option(&paren.elem),
        _ => false,
    }
}

fn optional_string(text: Option<&LitStr>) -> TokenStream {
    match text {
        Some(text) => quote!(::std::option::Option::Some(::std::string::String::from(#text))),
        None => quote!(::std::option::Option::None),
    }
}

pub(crate) fn object_name_tokens(text: &LitStr) -> Result<TokenStream> {
    let value = text.value();
    let Some((schema, name)) = object_name(&value) else {
        return Err(Error::new(text.span(), "write the name as schema.name, without quotes"));
    };
    Ok(quote!(::tenon_plugin_api::schema::ObjectName::new(#schema, #name)))
}

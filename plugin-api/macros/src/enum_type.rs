//! `#[derive(EnumType)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result};

use crate::args::Args;
use crate::names::object_name;
use crate::vocabulary;

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new(input.ident.span(), "EnumType can only be derived for an enum"));
    };
    let mut args = Args::of(&input.attrs, "pg_enum", input.ident.span())?;
    let name = args.text("name")?.ok_or_else(|| {
        Error::new(input.ident.span(), "say which type it is: #[pg_enum(name = \"schema.name\")]")
    })?;
    args.finish(&vocabulary::ENUM_TYPE)?;
    let full_name = name.value();
    let Some((schema, bare)) = object_name(&full_name) else {
        return Err(Error::new(name.span(), "write the name as schema.name"));
    };

    let mut variants = Vec::new();
    let mut labels: Vec<String> = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new(variant.ident.span(), "a PostgreSQL enum's value carries nothing"));
        }
        let mut args = Args::of(&variant.attrs, "pg_enum", variant.ident.span())?;
        let rename = args.text("rename")?;
        args.finish(&vocabulary::ENUM_VALUE)?;
        let label = rename.map_or_else(|| snake_case(&variant.ident.to_string()), |rename| rename.value());
        if labels.contains(&label) {
            return Err(Error::new(variant.ident.span(), format!("the label {label:?} is there twice")));
        }
        if label.is_empty() || label.len() > 63 {
            return Err(Error::new(variant.ident.span(), "a label has 1 to 63 bytes"));
        }
        labels.push(label);
        variants.push(&variant.ident);
    }

    Ok(impls(&input.ident, &Described { full_name: &full_name, schema, bare, variants, labels }))
}

/// What an enum is, as its attributes say.
struct Described<'a> {
    full_name: &'a str,
    schema: &'a str,
    bare: &'a str,
    variants: Vec<&'a syn::Ident>,
    labels: Vec<String>,
}

/// What stands for the enum where it is wrong: whoever uses it is not told of that once more.
pub(crate) fn empty(input: &DeriveInput) -> TokenStream {
    let plain = match &input.data {
        Data::Enum(data) => data.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit)),
        _ => false,
    };
    if !plain {
        return TokenStream::new();
    }
    impls(
        &input.ident,
        &Described { full_name: "", schema: "", bare: "", variants: Vec::new(), labels: Vec::new() },
    )
}

fn impls(ident: &syn::Ident, described: &Described<'_>) -> TokenStream {
    let Described { full_name, schema, bare, variants, labels } = described;
    let label = match variants.is_empty() {
        true => quote!(""),
        false => quote!(match self { #(Self::#variants => #labels),* }),
    };
    quote! {
        impl ::tenon_plugin_api::PgEnum for #ident {
            const NAME: &'static str = #full_name;
            const ALL: &'static [Self] = &[#(Self::#variants),*];

            fn label(self) -> &'static str {
                #label
            }

            fn enum_type() -> ::tenon_plugin_api::schema::EnumType {
                ::tenon_plugin_api::schema::EnumType {
                    name: ::tenon_plugin_api::schema::ObjectName::new(#schema, #bare),
                    labels: ::std::vec![#(::std::string::String::from(#labels)),*],
                    ..::std::default::Default::default()
                }
            }
        }

        impl ::tenon_plugin_api::ColumnType for #ident {
            fn sql_type() -> ::std::string::String {
                <Self as ::tenon_plugin_api::PgEnum>::enum_type().name.to_string()
            }
        }

        impl ::tenon_plugin_api::ParamValue for #ident {
            const OID: u32 = 0;
            const ARRAY_OID: u32 = 0;
            const FORMAT: ::tenon_plugin_api::Format = ::tenon_plugin_api::Format::Text;

            fn write(
                &self,
                out: &mut ::tenon_plugin_api::private::BytesMut,
            ) -> ::std::result::Result<
                ::tenon_plugin_api::private::IsNull,
                ::tenon_plugin_api::private::BoxError,
            > {
                out.extend_from_slice(::tenon_plugin_api::PgEnum::label(*self).as_bytes());
                ::std::result::Result::Ok(::tenon_plugin_api::private::IsNull::No)
            }
        }

        impl ::tenon_plugin_api::Element for #ident {}

        impl ::tenon_plugin_api::ParamType for #ident {
            type Of<'a> = Self;
        }

        impl ::tenon_plugin_api::FromRow for #ident {
            fn from_row(
                row: &::tenon_plugin_api::Row,
            ) -> ::std::result::Result<Self, ::tenon_plugin_api::PluginError> {
                ::tenon_plugin_api::private::single(row)
            }

            fn declared() -> ::tenon_plugin_api::schema::DeclaredRow {
                let field = ::tenon_plugin_api::private::declared_field::<Self>(
                    "",
                    ::std::option::Option::Some(#full_name),
                );
                ::tenon_plugin_api::schema::DeclaredRow::Position(::std::vec![field])
            }
        }

        impl<'r> ::tenon_plugin_api::private::FromSql<'r> for #ident {
            fn from_sql(
                ty: &::tenon_plugin_api::private::Type,
                raw: &'r [u8],
            ) -> ::std::result::Result<Self, ::tenon_plugin_api::private::BoxError> {
                let label = <&str as ::tenon_plugin_api::private::FromSql<'r>>::from_sql(ty, raw)?;
                <Self as ::tenon_plugin_api::PgEnum>::from_label(label)
                    .ok_or_else(|| ::std::format!("{label:?} is no label of {}", #full_name).into())
            }

            fn accepts(ty: &::tenon_plugin_api::private::Type) -> bool {
                *ty == ::tenon_plugin_api::private::Type::TEXT
            }
        }
    }
}

/// `OnHold` -> `on_hold`
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (index, c) in name.char_indices() {
        if c.is_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

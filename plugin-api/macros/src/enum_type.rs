//! `#[derive(EnumType)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result};

use crate::args::Args;
use crate::names::object_name;

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new(input.ident.span(), "EnumType can only be derived for an enum"));
    };
    let mut args = Args::of(&input.attrs, "pg_enum", input.ident.span())?;
    let name = args.text("name")?.ok_or_else(|| {
        Error::new(input.ident.span(), "say which type it is: #[pg_enum(name = \"schema.name\")]")
    })?;
    args.finish()?;
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
        args.finish()?;
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

    let ident = &input.ident;
    Ok(quote! {
        impl ::tenon_plugin_api::PgEnum for #ident {
            const NAME: &'static str = #full_name;
            const ALL: &'static [Self] = &[#(Self::#variants),*];

            fn label(self) -> &'static str {
                match self { #(Self::#variants => #labels),* }
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
    })
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

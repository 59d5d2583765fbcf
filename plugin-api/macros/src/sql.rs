//! `sql!`

mod scan;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Error, Ident, Lifetime, LitStr, Path, Result, Token, Type, TypeReference, parenthesized};

use scan::Piece;

/// `"text"`, `"text", (types)` or `"text", (types) -> Row`
#[derive(Debug)]
pub(crate) struct Statement {
    text: LitStr,
    types: Option<Types>,
}

/// The types on both sides of a statement.
#[derive(Debug)]
struct Types {
    params: Vec<Type>,
    row: Option<Type>,
}

impl Parse for Statement {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let text = input.parse()?;
        let types = match input.parse::<Option<Token![,]>>()? {
            Some(_) if !input.is_empty() => Some(types(input)?),
            _ => None,
        };
        input.parse::<Option<Token![,]>>()?;
        if input.is_empty() {
            return Ok(Self { text, types });
        }
        Err(input.error("write it as sql!(\"SELECT …\"), or sql!(\"SELECT …\", (i64, &str) -> Row)"))
    }
}

fn types(input: ParseStream<'_>) -> Result<Types> {
    if !input.peek(syn::token::Paren) {
        return Err(
            input.error("the types of the parameters stand in parentheses, such as (i64, &str) or ()")
        );
    }
    let content;
    parenthesized!(content in input);
    let params = Punctuated::<Type, Token![,]>::parse_terminated(&content)?.into_iter().collect();
    let row = match input.parse::<Option<Token![->]>>()? {
        Some(_) => Some(input.parse()?),
        None => None,
    };
    Ok(Types { params, row })
}

pub(crate) fn expand(statement: &Statement) -> Result<TokenStream> {
    let Statement { text, types } = statement;
    let value = text.value();
    let scanned = scan::scan(&value).map_err(|fault| Error::new(text.span(), fault))?;
    let sql = sql_text(text, &scanned.pieces)?;
    let register = |params: &TokenStream, row: &TokenStream| {
        quote! {
            const TENON_SQL: &str = #sql;

            #[allow(unsafe_code)]
            const _: () = {
                #[::tenon_plugin_api::private::linkme::distributed_slice(::tenon_plugin_api::private::STATEMENTS)]
                #[linkme(crate = ::tenon_plugin_api::private::linkme)]
                static TENON_STATEMENT: ::tenon_plugin_api::private::RegisteredSql =
                    ::tenon_plugin_api::private::RegisteredSql {
                        sql: TENON_SQL,
                        file: ::core::file!(),
                        line: ::core::line!(),
                        column: ::core::column!(),
                        params: || #params,
                        row: || #row,
                    };
            };
        }
    };
    let Some(Types { params, row }) = types else {
        let unknown = quote!(::tenon_plugin_api::schema::DeclaredRow::Unknown);
        let register = register(&quote!(::std::option::Option::None), &unknown);
        return Ok(quote!({ #register TENON_SQL }));
    };
    check_count(text, &scanned.params, params)?;
    let params: Vec<Type> = params.iter().cloned().map(of_any_lifetime).collect();
    let row = row.clone().map(of_any_lifetime);
    let declared = params.iter().map(|param| {
        let name = enum_name(param);
        quote_spanned!(param.span()=> ::tenon_plugin_api::private::declared_param::<#param>(#name))
    });
    let declared = quote!(::std::option::Option::Some(::std::vec![#(#declared),*]));
    let register = register(&declared, &declared_row(row.as_ref()));
    let row = row.unwrap_or_else(|| syn::parse_quote!(()));
    Ok(quote!({ #register ::tenon_plugin_api::Sql::<(#(#params,)*), #row>::new(TENON_SQL) }))
}

/// The text with the columns of the types that are named in it.
fn sql_text(text: &LitStr, pieces: &[Piece]) -> Result<TokenStream> {
    if let [Piece::Text(whole)] = pieces {
        return Ok(quote!(#whole));
    }
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Text(part) => Ok(quote!(#part)),
        Piece::Columns { ty, alias } => columns(text, ty, alias.as_deref()),
    });
    let pieces = pieces.collect::<Result<Vec<_>>>()?;
    Ok(quote! {{
        const TENON_PARTS: &[&str] = &[#(#pieces),*];
        const TENON_BYTES: [u8; ::tenon_plugin_api::entry::total_len(TENON_PARTS)] =
            ::tenon_plugin_api::entry::concat(TENON_PARTS);
        ::tenon_plugin_api::private::text(&TENON_BYTES)
    }})
}

/// `{Note.*}` or `{Note.* as n}`
fn columns(text: &LitStr, ty: &str, alias: Option<&str>) -> Result<TokenStream> {
    let path: Path = LitStr::new(ty, text.span()).parse().map_err(|_| {
        Error::new(text.span(), format!("{ty:?} is no type: write {{Note.*}}, or {{Note.* as n}}"))
    })?;
    let of = quote_spanned!(text.span()=> <#path as ::tenon_plugin_api::FromRow>);
    let Some(alias) = alias else {
        return Ok(quote!(::tenon_plugin_api::private::own_columns(#of::COLUMNS)));
    };
    let prefix = format!("{}.", tenon_schema::Ident::new(alias).quoted());
    Ok(quote! {{
        const TENON_NAMES: &[&str] = #of::COLUMN_NAMES;
        const TENON_LIST: [u8; ::tenon_plugin_api::private::column_list_len(TENON_NAMES, #prefix)] =
            ::tenon_plugin_api::private::column_list(TENON_NAMES, #prefix);
        ::tenon_plugin_api::private::text(&TENON_LIST)
    }})
}

/// Whether as many types are declared as there are parameters in the text.
fn check_count(text: &LitStr, params: &[usize], types: &[Type]) -> Result<()> {
    let most = params.last().copied().unwrap_or_default();
    if let Some(missing) = (1..=most).find(|number| !params.contains(number)) {
        let fault = format!("${missing} is not in the statement, and ${most} is");
        return Err(Error::new(text.span(), fault));
    }
    if most == types.len() {
        return Ok(());
    }
    let there = match most {
        0 => "no parameter".to_owned(),
        1 => "one parameter, $1".to_owned(),
        _ => format!("{most} parameters, $1 to ${most}"),
    };
    let declared = match types.len() {
        0 => "no type is declared".to_owned(),
        1 => "one type is declared".to_owned(),
        many => format!("{many} types are declared"),
    };
    let span = types.get(most).map_or(text.span(), Spanned::span);
    Err(Error::new(span, format!("the statement has {there}, and {declared}")))
}

/// What the row of a statement is told to be.
fn declared_row(row: Option<&Type>) -> TokenStream {
    match row {
        None => quote!(::tenon_plugin_api::schema::DeclaredRow::None),
        // Here the types are known, so that it can be seen which of them are enums.
        Some(Type::Tuple(tuple)) if !tuple.elems.is_empty() => {
            let fields = tuple.elems.iter().map(|ty| declared_field("", ty));
            quote!(::tenon_plugin_api::schema::DeclaredRow::Position(::std::vec![#(#fields),*]))
        }
        Some(ty) => quote_spanned!(ty.span()=> <#ty as ::tenon_plugin_api::FromRow>::declared()),
    }
}

/// What is told of a value of this type, read from the column of this name.
pub(crate) fn declared_field(column: &str, ty: &Type) -> TokenStream {
    let name = enum_name(ty);
    quote_spanned!(ty.span()=> ::tenon_plugin_api::private::declared_field::<#ty>(#column, #name))
}

/// The name of the PostgreSQL enum that the type stands for, if it is one.
fn enum_name(ty: &Type) -> TokenStream {
    let ty = match ty {
        Type::Reference(reference) => &*reference.elem,
        ty => ty,
    };
    quote_spanned! {ty.span()=> {
        #[allow(unused_imports)]
        use ::tenon_plugin_api::private::{IsEnum as _, IsNoEnum as _};
        (&::tenon_plugin_api::private::EnumProbe::<#ty>::NEW).enum_name()
    }}
}

/// The type with `'static` where a lifetime is left out: what is declared is a kind of value, which a call
/// gives for as long as it lasts.
fn of_any_lifetime(mut ty: Type) -> Type {
    struct Declare;

    impl VisitMut for Declare {
        fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
            let span = reference.and_token.span();
            reference.lifetime.get_or_insert_with(|| Lifetime::new("'static", span));
            visit_mut::visit_type_reference_mut(self, reference);
        }

        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime.ident == "_" {
                lifetime.ident = Ident::new("static", lifetime.ident.span());
            }
        }
    }

    Declare.visit_type_mut(&mut ty);
    ty
}

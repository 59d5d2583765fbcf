//! Constraints and indexes, on the struct and on its fields.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, LitStr, Result};

use super::{object_name_tokens, optional_string};
use crate::args::Args;
use crate::vocabulary::{self, Vocabulary};

/// What `#[entity(…)]` says besides the table's name.
pub(super) struct Parts {
    pub(super) constraints: Vec<TokenStream>,
    pub(super) indexes: Vec<TokenStream>,
}

pub(super) fn read(args: &mut Args, columns: &[String]) -> Result<Parts> {
    let mut constraints = Vec::new();
    for mut group in args.groups("primary_key") {
        let keys = known(&mut group, "columns", columns)?;
        let include = known(&mut group, "include", columns)?;
        let rule = quote!(PrimaryKey { columns: #keys, include: #include });
        constraints.push(constraint(group, &rule, &vocabulary::PRIMARY_KEY)?);
    }
    for mut group in args.groups("unique") {
        let keys = known(&mut group, "columns", columns)?;
        let include = known(&mut group, "include", columns)?;
        let nulls = group.flag("nulls_not_distinct")?;
        let rule = quote!(Unique { columns: #keys, include: #include, nulls_not_distinct: #nulls });
        constraints.push(constraint(group, &rule, &vocabulary::UNIQUE)?);
    }
    for mut group in args.groups("foreign_key") {
        let keys = known(&mut group, "columns", columns)?;
        let references = required(&mut group, "references")?;
        let referenced = group.list("referenced")?.unwrap_or_default();
        let rule = foreign_key(&keys, &object_name_tokens(&references)?, &idents(&referenced), &mut group)?;
        constraints.push(constraint(group, &rule, &vocabulary::FOREIGN_KEY)?);
    }
    for mut group in args.groups("check") {
        let rule = check(&mut group)?;
        constraints.push(constraint(group, &rule, &vocabulary::CHECK)?);
    }
    for mut group in args.groups("exclude") {
        let definition = positional(&mut group, "write it as exclude(\"USING gist (…)\")")?;
        let rule = quote!(Exclude { definition: ::std::string::String::from(#definition) });
        constraints.push(constraint(group, &rule, &vocabulary::EXCLUDE)?);
    }
    let indexes =
        args.groups("index").into_iter().map(|group| index(group, columns)).collect::<Result<_>>()?;
    Ok(Parts { constraints, indexes })
}

/// The constraints that `#[column(…)]` makes.
pub(super) fn read_column(args: &mut Args, column: &str) -> Result<Vec<TokenStream>> {
    let mut constraints = Vec::new();
    let this = quote!(::std::vec![::tenon_plugin_api::schema::Ident::new(#column)]);
    if let Some(group) = args.group("primary_key")? {
        let rule = quote!(PrimaryKey { columns: #this, include: ::std::vec![] });
        constraints.push(constraint(group, &rule, &vocabulary::COLUMN_PRIMARY_KEY)?);
    }
    if let Some(mut group) = args.group("unique")? {
        let nulls = group.flag("nulls_not_distinct")?;
        let rule = quote!(Unique { columns: #this, include: ::std::vec![], nulls_not_distinct: #nulls });
        constraints.push(constraint(group, &rule, &vocabulary::COLUMN_UNIQUE)?);
    }
    for mut group in args.groups("check") {
        let rule = check(&mut group)?;
        constraints.push(constraint(group, &rule, &vocabulary::CHECK)?);
    }
    if let Some(mut group) = args.group("references")? {
        let target = positional(&mut group, "write it as references = \"schema.table(column)\"")?;
        let (table, referenced) = split_target(&target);
        // The actions may stand beside `references` as well as inside it.
        let inside = foreign_key_actions(&mut group)?;
        let beside = foreign_key_actions(args)?;
        let deferrable = group.text("deferrable")?.or(args.text("deferrable")?);
        let rule = foreign_key_rule(
            &this,
            &object_name_tokens(&table)?,
            &idents(&referenced),
            [&[&inside[0], &beside[0]], &[&inside[1], &beside[1]]],
            &idents(&[]),
            group.flag("match_full")?,
        )?;
        constraints.push(constraint_with(group, &rule, deferrable, &vocabulary::COLUMN_REFERENCES)?);
    }
    Ok(constraints)
}

/// `identity.account(id)` -> `identity.account` and `id`
fn split_target(target: &LitStr) -> (LitStr, Vec<LitStr>) {
    let text = target.value();
    let literal = |part: &str| LitStr::new(part.trim(), target.span());
    match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        Some((table, columns)) => (literal(table), columns.split(',').map(literal).collect()),
        None => (literal(&text), Vec::new()),
    }
}

fn check(group: &mut Args) -> Result<TokenStream> {
    let expression = positional(group, "write it as check(\"qty >= 0\")")?;
    let no_inherit = group.flag("no_inherit")?;
    Ok(quote!(Check { expression: ::std::string::String::from(#expression), no_inherit: #no_inherit }))
}

fn foreign_key(
    columns: &TokenStream,
    references: &TokenStream,
    referenced: &TokenStream,
    group: &mut Args,
) -> Result<TokenStream> {
    let [on_delete, on_update] = foreign_key_actions(group)?;
    let match_full = group.flag("match_full")?;
    let of_delete = idents(&group.list("on_delete_columns")?.unwrap_or_default());
    foreign_key_rule(columns, references, referenced, [&[&on_delete], &[&on_update]], &of_delete, match_full)
}

fn foreign_key_actions(args: &mut Args) -> Result<[Option<LitStr>; 2]> {
    Ok([args.text("on_delete")?, args.text("on_update")?])
}

fn foreign_key_rule(
    columns: &TokenStream,
    references: &TokenStream,
    referenced: &TokenStream,
    [on_delete, on_update]: [&[&Option<LitStr>]; 2],
    on_delete_columns: &TokenStream,
    match_full: bool,
) -> Result<TokenStream> {
    let on_delete = action(on_delete)?;
    let on_update = action(on_update)?;
    Ok(quote! {
        ForeignKey {
            columns: #columns,
            references: #references,
            referenced_columns: #referenced,
            on_delete: #on_delete,
            on_delete_columns: #on_delete_columns,
            on_update: #on_update,
            match_full: #match_full,
        }
    })
}

/// The first of them that is given.
fn action(given: &[&Option<LitStr>]) -> Result<TokenStream> {
    let Some(text) = given.iter().find_map(|text| text.as_ref()) else {
        return Ok(quote!(::tenon_plugin_api::schema::ReferentialAction::NoAction));
    };
    let variant = match text.value().as_str() {
        "no_action" => quote!(NoAction),
        "restrict" => quote!(Restrict),
        "cascade" => quote!(Cascade),
        "set_null" => quote!(SetNull),
        "set_default" => quote!(SetDefault),
        _ => {
            let known = "this is \"no_action\", \"restrict\", \"cascade\", \"set_null\" or \"set_default\"";
            return Err(Error::new(text.span(), known));
        }
    };
    Ok(quote!(::tenon_plugin_api::schema::ReferentialAction::#variant))
}

fn constraint(mut group: Args, rule: &TokenStream, words: &Vocabulary) -> Result<TokenStream> {
    let deferrable = group.text("deferrable")?;
    constraint_with(group, rule, deferrable, words)
}

fn constraint_with(
    mut group: Args,
    rule: &TokenStream,
    deferrable: Option<LitStr>,
    words: &Vocabulary,
) -> Result<TokenStream> {
    let name = optional_ident(group.text("name")?.as_ref());
    let deferrability = match deferrable {
        None => quote!(NotDeferrable),
        Some(text) => match text.value().as_str() {
            "immediate" => quote!(InitiallyImmediate),
            "deferred" => quote!(InitiallyDeferred),
            _ => return Err(Error::new(text.span(), "deferrable is \"immediate\" or \"deferred\"")),
        },
    };
    group.finish(words)?;
    Ok(quote! {
        ::tenon_plugin_api::schema::Constraint {
            name: #name,
            deferrability: ::tenon_plugin_api::schema::Deferrability::#deferrability,
            ..::tenon_plugin_api::schema::Constraint::new(::tenon_plugin_api::schema::ConstraintRule::#rule)
        }
    })
}

fn index(mut group: Args, columns: &[String]) -> Result<TokenStream> {
    let span = group.span;
    let keys = group.list("keys")?.unwrap_or_default();
    if keys.is_empty() {
        return Err(Error::new(span, "say what it indexes: keys(\"lower(name)\", sku)"));
    }
    let name = optional_ident(group.text("name")?.as_ref());
    let unique = group.flag("unique")?;
    let method = group.text("method")?.map_or_else(|| "btree".to_owned(), |method| method.value());
    let include = known(&mut group, "include", columns)?;
    let nulls = group.flag("nulls_not_distinct")?;
    let predicate = optional_string(group.text("where")?.as_ref());
    group.finish(&vocabulary::INDEX)?;
    Ok(quote! {
        ::tenon_plugin_api::schema::Index {
            name: #name,
            unique: #unique,
            method: ::std::string::String::from(#method),
            keys: ::std::vec![#(::std::string::String::from(#keys)),*],
            include: #include,
            nulls_not_distinct: #nulls,
            predicate: #predicate,
            ..::std::default::Default::default()
        }
    })
}

/// A list of columns, each of which has to be one of the struct's. Only `columns` itself must be there.
fn known(group: &mut Args, list: &'static str, columns: &[String]) -> Result<TokenStream> {
    let span = group.span;
    let names = group.list(list)?.unwrap_or_default();
    if names.is_empty() && list == "columns" {
        return Err(Error::new(span, "say which columns: columns(a, b)"));
    }
    for name in &names {
        if !columns.contains(&name.value()) {
            let fault = format!("there is no column {:?}; there are {}", name.value(), columns.join(", "));
            return Err(Error::new(name.span(), fault));
        }
    }
    Ok(idents(&names))
}

fn idents(names: &[LitStr]) -> TokenStream {
    quote!(::std::vec![#(::tenon_plugin_api::schema::Ident::new(#names)),*])
}

fn optional_ident(name: Option<&LitStr>) -> TokenStream {
    match name {
        Some(name) => quote!(::std::option::Option::Some(::tenon_plugin_api::schema::Ident::new(#name))),
        None => quote!(::std::option::Option::None),
    }
}

fn required(group: &mut Args, name: &'static str) -> Result<LitStr> {
    let span = group.span;
    group.text(name)?.ok_or_else(|| Error::new(span, format!("{name} = \"…\" is missing")))
}

fn positional(group: &mut Args, usage: &str) -> Result<LitStr> {
    let span = group.span;
    group.positional().ok_or_else(|| Error::new(span, usage))
}

//! The signature of a function whose body is a file: `notes.slug(title text) RETURNS text LANGUAGE sql`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Expr, LitStr, Result};

use crate::names::object_name;

/// The words that end what stands before them.
const KEYWORDS: [&str; 12] = [
    "RETURNS",
    "LANGUAGE",
    "IMMUTABLE",
    "STABLE",
    "VOLATILE",
    "STRICT",
    "SECURITY",
    "PARALLEL",
    "LEAKPROOF",
    "COST",
    "ROWS",
    "SET",
];

const USAGE: &str = "write it as \"schema.name(argument type, …) RETURNS type LANGUAGE language\"";

/// An expression of type `schema::Function`.
pub(super) fn function(signature: &LitStr, body: &Expr) -> Result<TokenStream> {
    let text = signature.value();
    let fail = |fault: String| Error::new(signature.span(), fault);
    let (name, rest) = text.split_once('(').ok_or_else(|| fail(USAGE.to_owned()))?;
    let (schema, bare) = object_name(name.trim()).ok_or_else(|| fail(USAGE.to_owned()))?;
    let end = closing(rest).ok_or_else(|| fail(USAGE.to_owned()))?;
    let arguments = split(&rest[..end]).into_iter().map(argument).collect::<std::result::Result<Vec<_>, _>>();
    let arguments = arguments.map_err(fail)?;
    let clauses = clauses(&rest[end + 1..]).map_err(fail)?;
    if !clauses.iter().any(|(keyword, _)| *keyword == "LANGUAGE") {
        return Err(fail(format!("the function has no LANGUAGE: {USAGE}")));
    }
    let fields = clauses
        .iter()
        .map(|(keyword, value)| field(keyword, value))
        .collect::<std::result::Result<Vec<_>, _>>();
    let fields = fields.map_err(fail)?;
    Ok(quote! {{
        let mut function = ::tenon_plugin_api::schema::Function {
            name: ::tenon_plugin_api::schema::ObjectName::new(#schema, #bare),
            arguments: ::std::vec![#(#arguments),*],
            body: ::tenon_plugin_api::schema::Body::Text(::std::string::String::from(#body)),
            ..::std::default::Default::default()
        };
        #(#fields)*
        function
    }})
}

/// Where the parenthesis that is open is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

/// What stands between commas that are in no parentheses.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// `[mode] name type [DEFAULT expression]`
fn argument(text: &str) -> std::result::Result<TokenStream, String> {
    let default = text.to_ascii_uppercase().find(" DEFAULT ").map(|at| (at, at + " DEFAULT ".len()));
    let (declared, default) = match default.or_else(|| text.find('=').map(|at| (at, at + 1))) {
        Some((at, behind)) => (text[..at].trim(), Some(text[behind..].trim())),
        None => (text, None),
    };
    let (mode, declared) = match declared.split_once(char::is_whitespace) {
        Some((word, rest)) => match word.to_ascii_uppercase().as_str() {
            "IN" => (quote!(In), rest.trim()),
            "OUT" => (quote!(Out), rest.trim()),
            "INOUT" => (quote!(InOut), rest.trim()),
            "VARIADIC" => (quote!(Variadic), rest.trim()),
            _ => (quote!(In), declared),
        },
        None => (quote!(In), declared),
    };
    let (name, data_type) = declared
        .split_once(char::is_whitespace)
        .ok_or_else(|| format!("the argument {text:?} needs a name and a type, such as title text"))?;
    let data_type = data_type.trim();
    let default = match default {
        Some(sql) => quote!(::std::option::Option::Some(::std::string::String::from(#sql))),
        None => quote!(::std::option::Option::None),
    };
    Ok(quote! {
        ::tenon_plugin_api::schema::Argument {
            mode: ::tenon_plugin_api::schema::ArgumentMode::#mode,
            name: ::std::option::Option::Some(::tenon_plugin_api::schema::Ident::new(#name)),
            data_type: ::std::string::String::from(#data_type),
            default: #default,
        }
    })
}

/// What stands behind the arguments: keywords, each with what follows it.
fn clauses(text: &str) -> std::result::Result<Vec<(&'static str, String)>, String> {
    let mut clauses: Vec<(&'static str, String)> = Vec::new();
    for word in text.split_whitespace() {
        let keyword = KEYWORDS.into_iter().find(|keyword| keyword.eq_ignore_ascii_case(word));
        match (keyword, clauses.last_mut()) {
            (Some(keyword), _) => clauses.push((keyword, String::new())),
            (None, Some((_, value))) => {
                if !value.is_empty() {
                    value.push(' ');
                }
                value.push_str(word);
            }
            (None, None) => return Err(format!("{word:?} is not known here: {USAGE}")),
        }
    }
    Ok(clauses)
}

/// The statement that sets what a clause says.
fn field(keyword: &str, value: &str) -> std::result::Result<TokenStream, String> {
    let bad = || Err(format!("{keyword} {value} is not known here"));
    let upper = value.to_ascii_uppercase();
    let some = quote!(::std::option::Option::Some(::std::string::String::from(#value)));
    Ok(match (keyword, upper.as_str()) {
        ("RETURNS" | "LANGUAGE" | "COST" | "ROWS", "") => return bad(),
        ("RETURNS", _) => quote!(function.returns = #some;),
        ("LANGUAGE", _) => quote!(function.language = ::tenon_plugin_api::schema::Ident::new(#value);),
        ("COST", _) => quote!(function.cost = #some;),
        ("ROWS", _) => quote!(function.rows = #some;),
        ("IMMUTABLE", "") => quote!(function.volatility = ::tenon_plugin_api::schema::Volatility::Immutable;),
        ("STABLE", "") => quote!(function.volatility = ::tenon_plugin_api::schema::Volatility::Stable;),
        ("VOLATILE", "") => quote!(function.volatility = ::tenon_plugin_api::schema::Volatility::Volatile;),
        ("STRICT", "") => quote!(function.strict = true;),
        ("LEAKPROOF", "") => quote!(function.leakproof = true;),
        ("SECURITY", "DEFINER") => quote!(function.security_definer = true;),
        ("SECURITY", "INVOKER") => quote!(),
        ("PARALLEL", "SAFE") => quote!(function.parallel = ::tenon_plugin_api::schema::Parallel::Safe;),
        ("PARALLEL", "RESTRICTED") => {
            quote!(function.parallel = ::tenon_plugin_api::schema::Parallel::Restricted;)
        }
        ("PARALLEL", "UNSAFE") => quote!(),
        ("SET", _) => {
            let by_word = value.split_once(" TO ").or_else(|| value.split_once(" to "));
            let Some((name, value)) = value.split_once('=').or(by_word) else { return bad() };
            let (name, value) = (name.trim(), value.trim());
            quote!(function.settings.insert(
                ::std::string::String::from(#name),
                ::std::string::String::from(#value),
            );)
        }
        _ => return bad(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Span;

    fn told(signature: &str) -> std::result::Result<String, String> {
        let body: Expr = syn::parse_quote!("SELECT 1");
        let made = function(&LitStr::new(signature, Span::call_site()), &body);
        made.map(|tokens| tokens.to_string().replace(' ', "")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_signature_is_a_function_without_its_body() {
        let made = told(
            "notes.slug(title text, INOUT most numeric(6,2) DEFAULT 1.5) RETURNS TABLE (a int) LANGUAGE plpgsql STABLE \
             STRICT SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp COST 5",
        )
        .unwrap();
        for part in [
            "ObjectName::new(\"notes\",\"slug\")",
            "Ident::new(\"title\")",
            "String::from(\"numeric(6,2)\")",
            "ArgumentMode::InOut",
            "String::from(\"1.5\")",
            "function.returns=::std::option::Option::Some(::std::string::String::from(\"TABLE(aint)\"))",
            "Volatility::Stable",
            "function.strict=true",
            "function.security_definer=true",
            "Parallel::Safe",
            "String::from(\"pg_catalog,pg_temp\")",
            "function.cost=",
        ] {
            assert!(made.contains(part), "{part}: {made}");
        }
        assert!(told("a.f() RETURNS trigger LANGUAGE plpgsql").is_ok());
    }

    #[test]
    fn what_is_no_signature_says_how_one_is_written() {
        for (signature, fault) in [
            ("f() LANGUAGE sql", USAGE),
            ("a.f", USAGE),
            ("a.f(x int", USAGE),
            ("a.f(text) LANGUAGE sql", "needs a name and a type"),
            ("a.f() RETURNS int", "has no LANGUAGE"),
            ("a.f() AS LANGUAGE sql", "\"AS\" is not known here"),
            ("a.f() LANGUAGE sql SECURITY guard", "SECURITY guard is not known here"),
        ] {
            let said = told(signature).unwrap_err();
            assert!(said.contains(fault), "{signature}: {said}");
        }
    }
}

//! What stands between the braces of `export_plugin!`.

use std::env;

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, LitStr, Result, Token, Type, braced, bracketed, parenthesized};

/// A plugin as its author declares it.
#[derive(Debug)]
pub(crate) struct Declaration {
    pub(crate) ty: Type,
    pub(crate) value: Option<Expr>,
    pub(crate) id: LitStr,
    pub(crate) name: LitStr,
    pub(crate) version: LitStr,
    pub(crate) requires: Vec<(LitStr, LitStr)>,
    pub(crate) routes: Vec<Route>,
    pub(crate) entities: Vec<Type>,
    pub(crate) enums: Vec<Type>,
    pub(crate) views: Vec<(LitStr, Expr)>,
    pub(crate) sequences: Vec<Expr>,
    pub(crate) schema: Option<Expr>,
    pub(crate) migrations: Option<Migrations>,
    pub(crate) lock: Option<LitStr>,
    pub(crate) memory: Option<Expr>,
    pub(crate) settings: Option<Type>,
}

/// `"POST /items"`, `read_only("POST /search")`, `autocommit("POST /sales")` or `ddl("POST /fields")`.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) text: LitStr,
    pub(crate) access: Access,
}

/// What the calls of a route do, as its author declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Undeclared,
    ReadOnly,
    Autocommit,
    Ddl,
}

impl Parse for Route {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitStr) {
            return Ok(Self { text: input.parse()?, access: Access::Undeclared });
        }
        let word = Ident::parse_any(input)?;
        let access = match word.to_string().as_str() {
            "read_only" => Access::ReadOnly,
            "autocommit" => Access::Autocommit,
            "ddl" => Access::Ddl,
            _ => {
                let known = "write a route as \"GET /path\", read_only(\"POST /path\"), autocommit(\"POST /path\") \
                             or ddl(\"POST /path\")";
                return Err(Error::new(word.span(), known));
            }
        };
        let content;
        parenthesized!(content in input);
        Ok(Self { text: content.parse()?, access })
    }
}

/// Where a plugin's migrations come from.
#[derive(Debug)]
pub(crate) enum Migrations {
    Directory(LitStr),
    Expression(Expr),
}

impl Parse for Declaration {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let start = input.span();
        let ty: Type = input.parse()?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Some(input.parse()?)
        } else {
            None
        };
        let crate_version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
        let empty = || LitStr::new("", start);
        let mut plugin = Self {
            ty,
            value,
            id: empty(),
            name: empty(),
            version: LitStr::new(&crate_version, start),
            requires: Vec::new(),
            routes: Vec::new(),
            entities: Vec::new(),
            enums: Vec::new(),
            views: Vec::new(),
            sequences: Vec::new(),
            schema: None,
            migrations: None,
            lock: None,
            memory: None,
            settings: None,
        };
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let key = Ident::parse_any(input)?;
            if seen.contains(&key) {
                return Err(Error::new(key.span(), format!("{key} is given twice")));
            }
            input.parse::<Token![:]>()?;
            plugin.set(&key, input)?;
            seen.push(key);
        }
        for needed in ["id", "name"] {
            if !seen.iter().any(|key| key == needed) {
                return Err(Error::new(start, format!("{needed}: \"…\" is missing")));
            }
        }
        let parts = ["entities", "enums", "views", "sequences"];
        match seen.iter().find(|key| parts.iter().any(|part| *key == part)) {
            Some(part) if plugin.schema.is_some() => {
                Err(Error::new(part.span(), format!("either schema or {part}, not both")))
            }
            _ => Ok(plugin),
        }
    }
}

impl Declaration {
    fn set(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        match key.to_string().as_str() {
            "id" => self.id = input.parse()?,
            "name" => self.name = input.parse()?,
            "version" => self.version = input.parse()?,
            "requires" => self.requires = map(input)?,
            "routes" => self.routes = list(input)?,
            "entities" => self.entities = list(input)?,
            "enums" => self.enums = list(input)?,
            "views" => self.views = map(input)?,
            "sequences" => self.sequences = list(input)?,
            "schema" => self.schema = Some(input.parse()?),
            "migrations" if input.peek(LitStr) => {
                self.migrations = Some(Migrations::Directory(input.parse()?));
            }
            "migrations" => self.migrations = Some(Migrations::Expression(input.parse()?)),
            "lock" => self.lock = Some(input.parse()?),
            "memory" => self.memory = Some(input.parse()?),
            "settings" => self.settings = Some(input.parse()?),
            _ => {
                let known = "id, name, version, requires, routes, entities, enums, views, sequences, schema, \
                             migrations, lock, memory, settings";
                return Err(Error::new(
                    key.span(),
                    format!("{key} is not known here; what is known: {known}"),
                ));
            }
        }
        Ok(())
    }
}

/// `[a, b]`
fn list<T: Parse>(input: ParseStream<'_>) -> Result<Vec<T>> {
    let content;
    bracketed!(content in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

/// `{ a: b, "c": d }`
fn map<T: Parse>(input: ParseStream<'_>) -> Result<Vec<(LitStr, T)>> {
    let content;
    braced!(content in input);
    let entry = |input: ParseStream<'_>| -> Result<(LitStr, T)> {
        let key = if input.peek(LitStr) {
            input.parse()?
        } else {
            let ident = Ident::parse_any(input)?;
            LitStr::new(&ident.to_string(), ident.span())
        };
        input.parse::<Token![:]>()?;
        Ok((key, input.parse()?))
    };
    Ok(content.parse_terminated(entry, Token![,])?.into_iter().collect())
}

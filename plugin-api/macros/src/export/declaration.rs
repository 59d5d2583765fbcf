//! What stands between the braces of `export_plugin!`.

use std::env;

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprPath, Ident, LitStr, Result, Token, Type, TypePath, parenthesized};

use super::credential::Credential;
use super::jobs::DeclaredJob;
use super::pages::{DeclaredCard, DeclaredPage};
use super::parts::{list, map, name, text};
use crate::vocabulary::{EXPORT_PLUGIN, ROUTE};

/// A plugin as its author declares it.
#[derive(Debug)]
pub(crate) struct Declaration {
    pub(crate) ty: Type,
    pub(crate) value: Option<Expr>,
    pub(crate) id: LitStr,
    pub(crate) name: LitStr,
    pub(crate) version: LitStr,
    pub(crate) requires: Vec<(LitStr, LitStr)>,
    /// Where nothing is said, `routes!` may have said it.
    pub(crate) routes: Option<(Ident, Vec<Route>)>,
    /// The audience of the routes of which nothing else is said.
    pub(crate) access: Option<Audience>,
    pub(crate) credentials: Vec<Credential>,
    /// The services of the host that the plugin cannot do without.
    pub(crate) needs: Vec<Ident>,
    /// The functions that other plugins may call.
    pub(crate) offers: Vec<ExprPath>,
    pub(crate) entities: Vec<Type>,
    pub(crate) enums: Vec<Type>,
    pub(crate) views: Vec<(LitStr, Source)>,
    pub(crate) materialized_views: Vec<(LitStr, Source)>,
    pub(crate) functions: Vec<(LitStr, Source)>,
    pub(crate) triggers: Vec<(Owner, List)>,
    pub(crate) policies: Vec<(Owner, List)>,
    pub(crate) undeclared: Vec<(LitStr, LitStr)>,
    /// Further lists of the descriptors, by the names that they have there.
    pub(crate) lists: Vec<(Ident, List)>,
    /// A file of descriptors, to which all of this is added.
    pub(crate) descriptors: Option<LitStr>,
    pub(crate) schema: Option<Expr>,
    pub(crate) migrations: Option<Migrations>,
    pub(crate) lock: Option<LitStr>,
    pub(crate) memory: Option<Expr>,
    pub(crate) settings: Option<Type>,
    pub(crate) jobs: Vec<DeclaredJob>,
    pub(crate) emits: Vec<(LitStr, Type)>,
    pub(crate) events: Vec<(LitStr, ExprPath)>,
    /// The folder of the files of its pages.
    pub(crate) assets: Option<LitStr>,
    pub(crate) pages: Vec<DeclaredPage>,
    pub(crate) cards: Vec<DeclaredCard>,
}

/// Lists of the descriptors whose elements are expressions, or names where a name says it all.
const LISTS: [&str; 19] = [
    "extensions",
    "schemas",
    "sequences",
    "tables",
    "domains",
    "composites",
    "ranges",
    "collations",
    "aggregates",
    "operators",
    "operator_families",
    "operator_classes",
    "casts",
    "text_search_dictionaries",
    "text_search_configurations",
    "default_privileges",
    "foreign_servers",
    "event_triggers",
    "publications",
];

/// Keys that do not describe a part of the schema, and can stand beside `schema`.
const BESIDE_SCHEMA: [&str; 20] = [
    "id",
    "name",
    "version",
    "requires",
    "routes",
    "access",
    "credentials",
    "needs",
    "offers",
    "jobs",
    "emits",
    "events",
    "assets",
    "pages",
    "cards",
    "schema",
    "migrations",
    "lock",
    "memory",
    "settings",
];

/// `"POST /items"`, `read_only("POST /search")`, `autocommit("POST /sales")` or `ddl("POST /fields")`; each
/// with `public`, `user` or `admin` before it, or none of them.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) text: LitStr,
    pub(crate) access: Access,
    /// Where nothing is said, `access:` in `export_plugin!` says it.
    pub(crate) audience: Option<Audience>,
}

/// The callers whom a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    Public,
    User,
    Admin,
}

impl Audience {
    const ALL: [Self; 3] = [Self::Public, Self::User, Self::Admin];

    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::User => "user",
            Self::Admin => "admin",
        }
    }

    /// What a word stands for.
    fn of(word: &Ident) -> Option<Self> {
        Self::ALL.into_iter().find(|audience| word == audience.word())
    }
}

impl Parse for Audience {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let word = Ident::parse_any(input)?;
        Self::of(&word)
            .ok_or_else(|| Error::new(word.span(), "whom do the routes answer: public, user or admin"))
    }
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
        // A word before it says for whom it is, one around it what its calls do.
        let fork = input.fork();
        let audience = Ident::parse_any(&fork).ok().and_then(|word| Audience::of(&word));
        if audience.is_some() {
            Ident::parse_any(input)?;
        }
        if input.peek(LitStr) {
            return Ok(Self { text: input.parse()?, access: Access::Undeclared, audience });
        }
        let word = input.call(Ident::parse_any).map_err(|error| Error::new(error.span(), known_routes()))?;
        let access = match word.to_string().as_str() {
            "read_only" => Access::ReadOnly,
            "autocommit" => Access::Autocommit,
            "ddl" => Access::Ddl,
            _ => return Err(Error::new(word.span(), known_routes())),
        };
        let content;
        parenthesized!(content in input);
        Ok(Self { text: content.parse()?, access, audience })
    }
}

fn known_routes() -> String {
    let around: Vec<_> = ROUTE.words.iter().map(|word| word.shape).collect();
    format!("write a route as \"GET /path\", or as one of {}", around.join(", "))
}

/// A text of SQL: written there, or the content of a file.
#[derive(Debug)]
pub(crate) enum Source {
    Expression(Expr),
    File(LitStr),
}

impl Parse for Source {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let fork = input.fork();
        let is_file = fork.parse::<Ident>().is_ok_and(|word| word == "file") && fork.peek(syn::token::Paren);
        if !is_file {
            return input.parse().map(Self::Expression);
        }
        input.parse::<Ident>()?;
        let content;
        parenthesized!(content in input);
        content.parse().map(Self::File)
    }
}

/// What something is declared for: an entity, or a relation by its name.
#[derive(Debug)]
pub(crate) enum Owner {
    Entity(TypePath),
    Named(LitStr),
}

impl Parse for Owner {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitStr) { input.parse().map(Self::Named) } else { input.parse().map(Self::Entity) }
    }
}

/// `[a, b]`
#[derive(Debug)]
pub(crate) struct List(pub(crate) Vec<Expr>);

impl Parse for List {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        list(input).map(Self)
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
            routes: None,
            access: None,
            credentials: Vec::new(),
            needs: Vec::new(),
            offers: Vec::new(),
            entities: Vec::new(),
            enums: Vec::new(),
            views: Vec::new(),
            materialized_views: Vec::new(),
            functions: Vec::new(),
            triggers: Vec::new(),
            policies: Vec::new(),
            undeclared: Vec::new(),
            lists: Vec::new(),
            descriptors: None,
            schema: None,
            migrations: None,
            lock: None,
            memory: None,
            settings: None,
            jobs: Vec::new(),
            emits: Vec::new(),
            events: Vec::new(),
            assets: None,
            pages: Vec::new(),
            cards: Vec::new(),
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
        match seen.iter().find(|key| BESIDE_SCHEMA.iter().all(|other| *key != other)) {
            Some(part) if plugin.schema.is_some() => {
                Err(Error::new(part.span(), format!("either schema or {part}, not both")))
            }
            _ => Ok(plugin),
        }
    }
}

impl Declaration {
    fn set(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        let in_brackets = input.peek(syn::token::Bracket);
        match key.to_string().as_str() {
            "id" => self.id = input.parse()?,
            "name" => self.name = input.parse()?,
            "version" => self.version = input.parse()?,
            "requires" => self.requires = map(input, name)?,
            "routes" => self.routes = Some((key.clone(), list(input)?)),
            "access" => self.access = Some(input.parse()?),
            "credentials" => self.credentials = list(input)?,
            "needs" => self.needs = list(input)?,
            "offers" => self.offers = list(input)?,
            "entities" => self.entities = list(input)?,
            "enums" => self.enums = list(input)?,
            "views" => self.views = map(input, text)?,
            "materialized_views" | "functions" if in_brackets => {
                self.lists.push((key.clone(), input.parse()?));
            }
            "materialized_views" => self.materialized_views = map(input, text)?,
            "functions" => self.functions = map(input, text)?,
            "triggers" => self.triggers = map(input, Owner::parse)?,
            "policies" => self.policies = map(input, Owner::parse)?,
            "undeclared" => self.undeclared = map(input, text)?,
            "descriptors" => self.descriptors = Some(input.parse()?),
            "schema" => self.schema = Some(input.parse()?),
            "migrations" if input.peek(LitStr) => {
                self.migrations = Some(Migrations::Directory(input.parse()?));
            }
            "migrations" => self.migrations = Some(Migrations::Expression(input.parse()?)),
            "lock" => self.lock = Some(input.parse()?),
            "memory" => self.memory = Some(input.parse()?),
            "settings" => self.settings = Some(input.parse()?),
            "jobs" => self.jobs = list(input)?,
            "emits" => self.emits = map(input, text)?,
            "events" => self.events = map(input, text)?,
            "assets" => self.assets = Some(input.parse()?),
            "pages" => self.pages = list(input)?,
            "cards" => self.cards = list(input)?,
            list if LISTS.contains(&list) => self.lists.push((key.clone(), input.parse()?)),
            other => return Err(Error::new(key.span(), EXPORT_PLUGIN.refuse(other))),
        }
        Ok(())
    }
}

//! A plugin's routes: read from its manifest, put into one order, and matched.
//!
//! Where several routes fit a path, a literal segment goes before a `{name}`, from the left. So which route
//! answers depends neither on the order in which they are declared nor on chance, and two of them are in
//! conflict only where nothing but the names of their parameters differs.
//!
//! What is wrong with routes is reported when the file is inspected.

mod learned;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use tenon_plugin_api::Manifest;
use tenon_plugin_api::contract::Audience as DeclaredAudience;
use tenon_schema::Ident;
use tenon_schema::names::{RouteParts, RouteSegment};

pub use self::learned::{ReadPredictor, SharedFlag};
use crate::database::guard::SchemaChanges;
use crate::plugin::problem::{Problem, ProblemCode};

/// The routes of one plugin, each before those that it goes before.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    ordered: Vec<Route>,
    declared: Vec<String>,
    credentials: AskedCredentials,
    caller_unsaid: SharedFlag,
}

/// A route of a plugin.
#[derive(Debug, Clone)]
pub struct Route {
    /// The route as the manifest spells it: `GET /items/{sku}`.
    pub text: Arc<str>,
    /// The route's place among those that the manifest declares.
    pub number: u32,
    pub access: Access,
    pub method: &'static str,
    pub audience: RouteAudience,
    /// What its calls are like.
    pub habit: ReadPredictor,
    /// Whether SQL is not told who calls, since none asks, neither the plugin's nor that of one that it
    /// requires.
    pub caller_unsaid: SharedFlag,
    /// Whether a statement of its calls has asked `tenon.caller()` who calls: that is said in transactions
    /// alone.
    pub asks_caller: SharedFlag,
    /// Whether its calls may change the schema.
    pub changes: SchemaChanges,
    segments: Vec<Segment>,
}

/// The callers whom a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteAudience {
    /// Everybody, and the plugin is told of nobody: its SDK knew of no callers.
    Unaware,
    /// Everybody.
    Public,
    /// Callers whom the host has verified.
    User,
    /// Administrators among them.
    Admin,
}

impl RouteAudience {
    /// Whether there has to be a caller.
    pub fn needs_caller(self) -> bool {
        matches!(self, Self::User | Self::Admin)
    }
}

/// What of a request's credentials a plugin asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AskedCredentials {
    /// The `Authorization` header, unless it is meant for the console.
    pub authorization: bool,
    /// The cookies of others than the console and the plugins.
    pub cookies: bool,
}

impl AskedCredentials {
    fn of(manifest: &Manifest) -> Self {
        let asks = |word: &str| manifest.credentials.iter().any(|asked| asked == word);
        Self { authorization: asks("authorization"), cookies: asks("cookies") }
    }
}

/// What a route's transaction may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    ReadOnly,
    ReadWrite,
    /// Write, by one statement that is committed with its end.
    Autocommit,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Name(Arc<str>),
}

/// Why no route matched.
#[derive(Debug, PartialEq, Eq)]
pub enum Missed {
    Path,
    /// The path answers to these methods, and not to this one.
    Method {
        allow: String,
    },
}

/// The route that a request matched, and the values of its `{names}`.
#[derive(Debug)]
pub struct Matched<'a> {
    pub route: &'a Route,
    pub params: Vec<(Arc<str>, String)>,
}

impl Routes {
    /// The routes of a manifest, or all that is wrong with them.
    pub fn of(manifest: &Manifest) -> Result<Self, Vec<Problem>> {
        let (mut routes, mut problems) = (Vec::<Route>::new(), Vec::new());
        let Manifest { read_only, autocommit, ddl, public, user, admin, .. } = manifest;
        for (number, text) in (0..).zip(&manifest.routes) {
            let declared = (read_only.contains(text), autocommit.contains(text), ddl.contains(text));
            let (access, changes) = match declared {
                (false, false, false) => (Access::ReadWrite, SchemaChanges::Undeclared),
                (true, false, false) => (Access::ReadOnly, SchemaChanges::Undeclared),
                (false, true, false) => (Access::Autocommit, SchemaChanges::Undeclared),
                (false, false, true) => (Access::ReadWrite, SchemaChanges::NotAllowed),
                _ => {
                    problems.push(malformed(text, "it is declared as two of read_only, autocommit and ddl"));
                    continue;
                }
            };
            let Ok(audience) = audience(manifest, text) else {
                problems.push(malformed(text, "it is declared as two of public, user and admin"));
                continue;
            };
            match Route::parse(text, access, changes) {
                Ok(route) => match routes.iter().find(|other| other.order(&route).is_eq()) {
                    Some(other) => problems.push(conflict(other, &route)),
                    None => routes.push(Route { number, audience, ..route }),
                },
                Err(fault) => problems.push(malformed(text, fault)),
            }
        }
        for (declared, fault) in [
            (read_only, "it is declared read_only and is none of its routes"),
            (autocommit, "it is declared autocommit and is none of its routes"),
            (ddl, "it is declared ddl and is none of its routes"),
            (public, "it is declared public and is none of its routes"),
            (user, "it is declared user and is none of its routes"),
            (admin, "it is declared admin and is none of its routes"),
        ] {
            let unknown = declared.iter().filter(|text| !manifest.routes.contains(text));
            problems.extend(unknown.map(|text| malformed(text, fault)));
        }
        routes.sort_by(Route::order);
        if !problems.is_empty() {
            return Err(problems);
        }
        let (declared, credentials) = (manifest.routes.clone(), AskedCredentials::of(manifest));
        let caller_unsaid = SharedFlag::default();
        routes.iter_mut().for_each(|route| route.caller_unsaid = caller_unsaid.clone());
        Ok(Self { ordered: routes, declared, credentials, caller_unsaid })
    }

    /// The routes that are declared to change the schema may change what stands in these.
    pub fn allow_ddl(&mut self, schemas: BTreeSet<Ident>) {
        let schemas = Arc::new(schemas);
        let declared = self.ordered.iter_mut().filter(|route| route.changes != SchemaChanges::Undeclared);
        declared.for_each(|route| route.changes = SchemaChanges::In(Arc::clone(&schemas)));
    }

    /// The schemas that a route may change, if one may.
    pub fn changed(&self) -> Option<&BTreeSet<Ident>> {
        self.ordered.iter().find_map(|route| match &route.changes {
            SchemaChanges::In(schemas) => Some(schemas.as_ref()),
            _ => None,
        })
    }

    /// Whether the plugin's SDK knew of callers.
    pub fn know_callers(&self) -> bool {
        self.ordered.iter().any(|route| route.audience != RouteAudience::Unaware)
    }

    /// Whether SQL of their calls is not told who calls.
    pub fn caller_unsaid(&self) -> &SharedFlag {
        &self.caller_unsaid
    }

    /// What the plugin asks for of a request's credentials.
    pub fn credentials(&self) -> AskedCredentials {
        self.credentials
    }

    /// The routes that answer nobody whom the host does not know, as the manifest spells them.
    pub fn closed(&self) -> impl Iterator<Item = &str> {
        let closed = self.ordered.iter().filter(|route| route.audience.needs_caller());
        closed.map(|route| &*route.text)
    }

    /// The routes as the manifest spells them, in its order.
    pub fn declared(&self) -> &[String] {
        &self.declared
    }

    /// Finds the route, or says whether the path or only the method is wrong. `HEAD` is answered by a `GET`.
    pub fn find(&self, method: &str, path: &str) -> Result<Matched<'_>, Missed> {
        let decoded =
            path.strip_prefix('/').and_then(|path| path.split('/').map(decoded).collect::<Option<Vec<_>>>());
        let given = decoded.unwrap_or_default();
        let fitting = || self.ordered.iter().filter(|route| route.fits(&given));
        let of_method = |method: &str| fitting().find(|route| route.method == method);
        let found = of_method(method).or_else(|| (method == "HEAD").then(|| of_method("GET")).flatten());
        if let Some(route) = found {
            return Ok(Matched { route, params: route.params(given) });
        }
        let mut allow: Vec<_> = fitting().map(|route| route.method).collect();
        allow.extend(allow.contains(&"GET").then_some("HEAD"));
        allow.sort_unstable();
        allow.dedup();
        Err(if allow.is_empty() { Missed::Path } else { Missed::Method { allow: allow.join(", ") } })
    }
}

/// The audience of a route by the manifest, unless that says two things.
fn audience(manifest: &Manifest, text: &String) -> Result<RouteAudience, ()> {
    let Manifest { access, public, user, admin, .. } = manifest;
    let word = match (public.contains(text), user.contains(text), admin.contains(text)) {
        (false, false, false) => *access,
        (true, false, false) => Some(DeclaredAudience::Public),
        (false, true, false) => Some(DeclaredAudience::User),
        (false, false, true) => Some(DeclaredAudience::Admin),
        _ => return Err(()),
    };
    Ok(match word {
        None => RouteAudience::Unaware,
        Some(DeclaredAudience::Public) => RouteAudience::Public,
        Some(DeclaredAudience::Admin) => RouteAudience::Admin,
        Some(_) => RouteAudience::User,
    })
}

impl Route {
    fn parse(text: &str, access: Access, changes: SchemaChanges) -> Result<Self, &'static str> {
        let parts = RouteParts::parse(text)?;
        let access = match (parts.only_reads(), access) {
            (true, Access::Autocommit) => return Err("it only reads, and is declared autocommit"),
            (true, _) if changes != SchemaChanges::Undeclared => {
                return Err("it only reads, and is declared ddl");
            }
            (true, _) => Access::ReadOnly,
            (false, access) => access,
        };
        Ok(Self {
            text: text.into(),
            number: 0,
            access,
            audience: RouteAudience::Unaware,
            method: parts.method,
            habit: ReadPredictor::default(),
            caller_unsaid: SharedFlag::default(),
            asks_caller: SharedFlag::default(),
            changes,
            segments: parts.segments.into_iter().map(Segment::from).collect(),
        })
    }

    /// What the calls are like that the host makes by itself, such as those of a job. They have no path, and
    /// are none of the [`Routes`] that requests reach.
    pub fn without_path(method: &'static str, name: &str, number: u32) -> Self {
        Self {
            text: format!("{method} {name}").into(),
            number,
            access: Access::ReadWrite,
            audience: RouteAudience::Admin,
            method,
            habit: ReadPredictor::default(),
            caller_unsaid: SharedFlag::default(),
            asks_caller: SharedFlag::default(),
            changes: SchemaChanges::Undeclared,
            segments: Vec::new(),
        }
    }

    /// The route with a transaction that only reads.
    pub fn that_reads(self) -> Self {
        Self { access: Access::ReadOnly, ..self }
    }

    /// Whether it answers this path.
    fn fits(&self, given: &[Cow<'_, str>]) -> bool {
        let fits = |(segment, given): (&Segment, &Cow<'_, str>)| match segment {
            Segment::Literal(literal) => literal == given,
            Segment::Name(_) => !given.is_empty(),
        };
        self.segments.len() == given.len() && self.segments.iter().zip(given).all(fits)
    }

    fn params(&self, given: Vec<Cow<'_, str>>) -> Vec<(Arc<str>, String)> {
        let pairs = self.segments.iter().zip(given);
        pairs
            .filter_map(|(segment, given)| match segment {
                Segment::Name(name) => Some((Arc::clone(name), given.into_owned())),
                Segment::Literal(_) => None,
            })
            .collect()
    }

    /// The order in which two routes are tried; equal if both answer just the same requests.
    fn order(&self, other: &Self) -> Ordering {
        let of_segments = || {
            let both = self.segments.iter().zip(&other.segments);
            both.map(|(one, other)| one.order(other)).find(|order| order.is_ne())
        };
        let lengths = self.segments.len().cmp(&other.segments.len());
        lengths
            .then_with(|| of_segments().unwrap_or(Ordering::Equal))
            .then_with(|| self.method.cmp(other.method))
    }
}

impl From<RouteSegment<'_>> for Segment {
    fn from(segment: RouteSegment<'_>) -> Self {
        match segment {
            RouteSegment::Literal(text) => Self::Literal(text.to_owned()),
            RouteSegment::Name(name) => Self::Name(name.into()),
        }
    }
}

impl Segment {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Literal(one), Self::Literal(other)) => one.cmp(other),
            (Self::Literal(_), Self::Name(_)) => Ordering::Less,
            (Self::Name(_), Self::Literal(_)) => Ordering::Greater,
            (Self::Name(_), Self::Name(_)) => Ordering::Equal,
        }
    }
}

const REMEDY: &str = "report it to the plugin's author: export_plugin! does not build such routes";

fn conflict(one: &Route, other: &Route) -> Problem {
    let reason = format!("its routes {:?} and {:?} answer the same requests", one.text, other.text);
    Problem::new(ProblemCode::RouteConflict, reason, REMEDY)
}

fn malformed(text: &str, fault: &str) -> Problem {
    Problem::new(ProblemCode::BadRoute, format!("its route {text:?} is none: {fault}"), REMEDY)
}

/// Percent-decodes one path segment. `None` when it is not UTF-8.
fn decoded(segment: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(segment).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(routes: &[&str], read_only: &[&str], autocommit: &[&str]) -> Result<Routes, Vec<String>> {
        with_ddl(routes, read_only, autocommit, &[])
    }

    fn with_ddl(
        routes: &[&str],
        read_only: &[&str],
        autocommit: &[&str],
        ddl: &[&str],
    ) -> Result<Routes, Vec<String>> {
        let manifest = serde_json::json!({
            "id": "shop", "name": "Shop", "version": "1.0.0", "contract": [1],
            "routes": routes, "read_only": read_only, "autocommit": autocommit, "ddl": ddl,
        });
        let manifest = serde_json::from_value(manifest).unwrap();
        Routes::of(&manifest)
            .map_err(|problems| problems.iter().map(|one| format!("{}: {one}", one.code)).collect())
    }

    type Params = Vec<(Arc<str>, String)>;

    fn found(all: &[&str], method: &str, path: &str) -> Result<(String, Params), Missed> {
        let routes = routes(all, &[], &[]).unwrap();
        let matched = routes.find(method, path)?;
        Ok((matched.route.text.to_string(), matched.params))
    }

    const ITEMS: &[&str] = &["GET /items", "POST /items", "GET /items/{sku}"];

    #[test]
    fn a_route_gives_its_values_decoded() {
        let (route, params) = found(ITEMS, "GET", "/items/a%2Fb%20c").unwrap();
        assert_eq!(route, "GET /items/{sku}");
        assert_eq!(params, [("sku".into(), "a/b c".to_owned())]);
    }

    #[test]
    fn a_wrong_path_is_not_a_wrong_method() {
        for path in ["/nothing", "/items/", "/items/a/b", "/items/%ff", "/", ""] {
            assert_eq!(found(ITEMS, "GET", path), Err(Missed::Path), "{path}");
        }
        let allow = "GET, HEAD, POST".to_owned();
        assert_eq!(found(ITEMS, "DELETE", "/items"), Err(Missed::Method { allow }));
    }

    #[test]
    fn a_literal_goes_before_a_name_from_the_left_however_they_are_declared() {
        let all = ["GET /{a}/{b}", "GET /{a}/new", "GET /items/{b}", "GET /items/new", "GET /"];
        let mut backwards = all;
        backwards.reverse();
        for all in [all, backwards] {
            for (path, route) in [
                ("/items/new", "GET /items/new"),
                ("/items/%6eew", "GET /items/new"),
                ("/items/old", "GET /items/{b}"),
                ("/parts/new", "GET /{a}/new"),
                ("/parts/old", "GET /{a}/{b}"),
                ("/", "GET /"),
            ] {
                assert_eq!(found(&all, "GET", path).unwrap().0, route, "{path}");
            }
        }
    }

    #[test]
    fn head_is_answered_by_a_route_of_its_own_or_by_get() {
        assert_eq!(found(ITEMS, "HEAD", "/items").unwrap().0, "GET /items");
        assert_eq!(found(&["GET /a", "HEAD /a"], "HEAD", "/a").unwrap().0, "HEAD /a");
    }

    #[test]
    fn what_only_reads_is_what_gets_and_what_is_declared_so() {
        let all = ["GET /a", "POST /a", "POST /search", "POST /sales"];
        let routes = routes(&all, &["POST /search"], &["POST /sales"]).unwrap();
        let access = |method, path| routes.find(method, path).unwrap().route.access;
        assert_eq!(access("GET", "/a"), Access::ReadOnly);
        assert_eq!(access("POST", "/a"), Access::ReadWrite);
        assert_eq!(access("POST", "/search"), Access::ReadOnly);
        assert_eq!(access("POST", "/sales"), Access::Autocommit);
    }

    #[test]
    fn a_route_answers_whom_a_word_says_else_whom_all_answer_else_everybody() {
        let of = |members: serde_json::Value| {
            let mut manifest = serde_json::json!({
                "id": "shop", "name": "Shop", "version": "1.0.0", "contract": [1],
                "routes": ["GET /a", "GET /b", "GET /c"],
            });
            manifest.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            Routes::of(&serde_json::from_value(manifest).unwrap())
        };
        let audiences = |members| {
            let routes = of(members).unwrap();
            ["/a", "/b", "/c"].map(|path| routes.find("GET", path).unwrap().route.audience)
        };
        use RouteAudience::{Admin, Public, Unaware, User};
        assert_eq!(audiences(serde_json::json!({})), [Unaware; 3]);
        let words = serde_json::json!({ "access": "user", "public": ["GET /a"], "admin": ["GET /c"] });
        assert_eq!(audiences(words), [Public, User, Admin]);
        assert_eq!(
            audiences(serde_json::json!({ "access": "public", "user": ["GET /b"] })),
            [Public, User, Public]
        );
        let wrong =
            of(serde_json::json!({ "access": "user", "public": ["GET /a"], "admin": ["GET /a", "GET /d"] }));
        let told: Vec<_> = wrong.unwrap_err().iter().map(ToString::to_string).collect();
        assert!(told.join("\n").contains("declared as two of public, user and admin"), "{told:?}");
        assert!(told.join("\n").contains("declared admin and is none of its routes"), "{told:?}");
    }

    #[test]
    fn all_that_is_wrong_with_routes_is_told_at_once() {
        let wrong = [
            "GET /items/{a}",
            "GET /items/{b}",
            "/items",
            "get /items",
            "GET items",
            "GET /a//b",
            "GET /{A}",
            "GET /{a}/{a}",
            "GET /ä",
            "GET /c",
            "POST /d",
        ];
        let [read_only, autocommit] = [["POST /nowhere", "POST /d"], ["GET /c", "POST /d"]];
        let told = routes(&wrong, &read_only, &[&autocommit[..], &["PUT /nowhere"]].concat()).unwrap_err();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn only_routes_that_are_declared_so_may_be_allowed_to_change_the_schema() {
        let mut routes = with_ddl(&["POST /a", "POST /b"], &[], &[], &["POST /b"]).unwrap();
        routes.allow_ddl(BTreeSet::from([Ident::from("shop")]));
        let changes = |path: &str| routes.find("POST", path).unwrap().route.changes.clone();
        assert_eq!(changes("/a"), SchemaChanges::Undeclared);
        assert!(matches!(changes("/b"), SchemaChanges::In(_)));
        let wrong = with_ddl(&["GET /a", "POST /b"], &["POST /b"], &[], &["GET /a", "POST /b", "POST /c"]);
        let wrong = wrong.unwrap_err().join("\n");
        for told in [
            "GET /a: it only reads, and is declared ddl",
            "POST /b: it is declared as two of",
            "POST /c: it is declared ddl and is none of its routes",
        ] {
            let (route, fault) = told.split_once(": ").unwrap();
            assert!(
                wrong.lines().any(|line| line.contains(route) && line.contains(fault)),
                "{told}: {wrong}"
            );
        }
    }
}

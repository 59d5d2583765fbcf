//! The manifest's JSON, checked where that can be done.

use semver::{Version, VersionReq};
use serde_json::{Map, json};
use syn::{Error, Ident, LitStr, Result};
use tenon_schema::names::{RouteParts, SERVICES, is_plugin_id};
use tenon_schema::{FORMAT, MINOR};

use super::Declaration;
use super::credential::Credential;
use super::declaration::{Access, Audience, Route};

/// The manifest's object without its routes and its closing brace: what else is in it is known to the
/// plugin's own build only.
pub(super) fn json(plugin: &Declaration) -> Result<String> {
    check_id(&plugin.id)?;
    if plugin.name.value().trim().is_empty() {
        return Err(Error::new(plugin.name.span(), "the name is empty; write it like \"Inventory Plugin\""));
    }
    if let Err(error) = Version::parse(&plugin.version.value()) {
        return Err(Error::new(plugin.version.span(), format!("this is no semver version: {error}")));
    }
    let mut requires = Map::new();
    for (id, range) in &plugin.requires {
        check_id(id)?;
        if id.value() == plugin.id.value() {
            return Err(Error::new(id.span(), "a plugin cannot require itself"));
        }
        if let Err(error) = VersionReq::parse(&range.value()) {
            return Err(Error::new(range.span(), format!("this is no semver range: {error}")));
        }
        if requires.insert(id.value(), range.value().into()).is_some() {
            return Err(Error::new(id.span(), format!("{:?} is required twice", id.value())));
        }
    }
    let needs = needs(&plugin.needs)?;
    let mut manifest = json!({
        "id": plugin.id.value(),
        "name": plugin.name.value(),
        "version": plugin.version.value(),
        "requires": requires,
        "access": plugin.access.unwrap_or(Audience::User).word(),
        "credentials": plugin.credentials.iter().copied().map(Credential::word).collect::<Vec<_>>(),
        "contract": if needs.is_empty() { vec![1, 2] } else { vec![2] },
        "descriptors": { "format": FORMAT, "minor": MINOR },
    });
    if !needs.is_empty() {
        manifest["needs"] = json!(needs);
    }
    let mut text = manifest.to_string();
    text.truncate(text.len() - 1);
    Ok(text)
}

/// The services of the host that the plugin cannot do without.
fn needs(named: &[Ident]) -> Result<Vec<String>> {
    let mut needs: Vec<String> = Vec::new();
    for service in named {
        let name = service.to_string();
        if !SERVICES.contains(&&*name) {
            let known = SERVICES.join(", ");
            return Err(Error::new(service.span(), format!("the host has no such service; it has {known}")));
        }
        if needs.contains(&name) {
            return Err(Error::new(service.span(), format!("{name} is needed twice")));
        }
        needs.push(name);
    }
    Ok(needs)
}

/// The routes as members of the manifest, behind others.
pub(crate) fn routes_json(routes: &[&Route]) -> String {
    let texts = |declared: &[Access]| {
        let routes = routes.iter().filter(|route| declared.contains(&route.access));
        json!(routes.map(|route| route.text.value()).collect::<Vec<_>>())
    };
    let of = |audience: Audience| {
        let routes = routes.iter().filter(|route| route.audience == Some(audience));
        json!(routes.map(|route| route.text.value()).collect::<Vec<_>>())
    };
    format!(
        ",\"routes\":{},\"read_only\":{},\"autocommit\":{},\"ddl\":{},\"public\":{},\"user\":{},\"admin\":{}",
        texts(&[Access::Undeclared, Access::ReadOnly, Access::Autocommit, Access::Ddl]),
        texts(&[Access::ReadOnly]),
        texts(&[Access::Autocommit]),
        texts(&[Access::Ddl]),
        of(Audience::Public),
        of(Audience::User),
        of(Audience::Admin),
    )
}

fn check_id(id: &LitStr) -> Result<()> {
    if is_plugin_id(&id.value()) {
        return Ok(());
    }
    let rule = "a plugin's id has lower-case letters, digits and _, a letter first, 41 characters at most";
    Err(Error::new(id.span(), rule))
}

/// Whether all of them are routes, and no two answer the same requests.
pub(crate) fn check_routes(routes: &[&Route]) -> Result<()> {
    let texts: Vec<_> = routes.iter().map(|route| route.text.value()).collect();
    let mut former: Vec<RouteParts<'_>> = Vec::new();
    for (Route { text: route, access, .. }, text) in routes.iter().zip(&texts) {
        let parts = RouteParts::parse(text)
            .map_err(|fault| Error::new(route.span(), format!("this is no route: {fault}")))?;
        if *access == Access::Autocommit && parts.only_reads() {
            return Err(Error::new(route.span(), "a GET or HEAD only reads, and has nothing to commit"));
        }
        if *access == Access::Ddl && parts.only_reads() {
            return Err(Error::new(route.span(), "a GET or HEAD only reads, and changes no schema"));
        }
        if former.iter().any(|other| other.answers_the_same(&parts)) {
            return Err(Error::new(route.span(), "a route before this one answers the same requests"));
        }
        former.push(parts);
    }
    Ok(())
}

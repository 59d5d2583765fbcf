//! What of a file is shown to people: the manifest's texts, and the names of symbols and libraries.

use tenon_plugin_api::Manifest;

use super::library::LibraryInfo;
use crate::plugin::problem::{Problem, ProblemCode};
use crate::support::legible;

/// How many characters a text of the manifest may have.
const MOST: usize = 100;

/// A name of a symbol may be as long as compilers make them.
const ANY: usize = usize::MAX;

/// All that is not legible, in one problem.
pub(super) fn problem(look: &LibraryInfo, manifest: Option<&Manifest>) -> Option<Problem> {
    let texts = manifest.into_iter().flat_map(texts).map(|(what, text)| (what, text, MOST));
    let symbols = look.exports.iter().chain(&look.imports).map(|name| ("a symbol", name.clone(), ANY));
    let needed = look.needed.iter().map(|name| ("a library it needs", name.clone(), ANY));
    let paths = look.run_path.iter().filter(|path| !path.is_empty());
    let paths = paths.map(|path| ("a place of libraries", path.clone(), ANY));
    let faults = texts.chain(symbols).chain(needed).chain(paths).filter_map(|(what, text, most)| {
        let fault = legible::fault(&text, most)?;
        Some(format!("{what}, \"{}\": {fault}", legible::shown(&text, MOST)))
    });
    // A file that was made for it has thousands.
    let found: Vec<_> = faults.take(8).collect();
    (!found.is_empty()).then(|| {
        let reason = format!("people would not see what stands in it: {}", found.join("; "));
        let remedy = "use letters, digits, signs and spaces that show, and of names up to 100 characters";
        Problem::new(ProblemCode::IllegibleName, reason, remedy)
    })
}

/// Has those spelled out that would not show: the file is refused, and told of by them.
pub(super) fn spell_out(look: &mut LibraryInfo, manifest: Option<&mut Manifest>) {
    for list in [&mut look.exports, &mut look.imports, &mut look.needed, &mut look.run_path] {
        list.iter_mut().for_each(|text| *text = legible::shown(text, ANY));
    }
    let Some(manifest) = manifest else { return };
    let Manifest { id, name, requires, routes, read_only, autocommit, ddl, sdk, build, .. } = manifest;
    let lists =
        [routes, read_only, autocommit, ddl, &mut manifest.public, &mut manifest.user, &mut manifest.admin];
    for text in [id, name, sdk, &mut build.rustc, &mut build.target, &mut build.panic]
        .into_iter()
        .chain(lists.into_iter().flatten())
        .chain(&mut manifest.credentials)
    {
        *text = legible::shown(text, MOST);
    }
    *requires =
        std::mem::take(requires).into_iter().map(|(id, range)| (legible::shown(&id, MOST), range)).collect();
}

/// The manifest's texts, with what they are. Those that may be empty and are are none.
fn texts(manifest: &Manifest) -> Vec<(&'static str, String)> {
    let Manifest { id, name, version, requires, routes, read_only, autocommit, ddl, sdk, build, .. } =
        manifest;
    let mut texts =
        vec![("its id", id.clone()), ("its name", name.clone()), ("its version", version.to_string())];
    for (plugin, range) in requires {
        texts.extend([("a plugin it requires", plugin.clone()), ("a range it requires", range.to_string())]);
    }
    let Manifest { public, user, admin, credentials, .. } = manifest;
    let routes = [routes, read_only, autocommit, ddl, public, user, admin].into_iter().flatten();
    texts.extend(credentials.iter().map(|asked| ("a credential it asks for", asked.clone())));
    texts.extend(routes.map(|route| ("a route", route.clone())));
    let built = [sdk, &build.rustc, &build.target, &build.panic].into_iter().filter(|text| !text.is_empty());
    texts.extend(built.map(|text| ("how it was built", text.clone())));
    texts
}

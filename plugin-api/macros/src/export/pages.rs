//! The pages of a plugin: `assets: "web"`, `pages: [page("board", "Board", "index.html")]`, and `cards:
//! [number("open", "Open orders", open)]`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use serde_json::{Value, json};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, ExprPath, Ident, LitStr, Result, Token, parenthesized};
use tenon_schema::assets::{MOST_ASSET_BYTES, MOST_ASSETS, MOST_ASSETS_BYTES, check_asset_path, is_document};
use tenon_schema::jobs::is_job_name;

use super::Declaration;

/// A page as its author declares it: `page("board", "Board", "index.html")`.
#[derive(Debug)]
pub(crate) struct DeclaredPage {
    name: LitStr,
    title: LitStr,
    asset: LitStr,
}

impl Parse for DeclaredPage {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let known = "write a page as page(\"board\", \"Board\", \"index.html\")";
        let word = input.call(Ident::parse_any).map_err(|error| Error::new(error.span(), known))?;
        if word != "page" {
            return Err(Error::new(word.span(), known));
        }
        let content;
        parenthesized!(content in input);
        let (name, title) = named(&content, "page")?;
        let asset = content.parse()?;
        content.parse::<Option<Token![,]>>()?;
        if !content.is_empty() {
            return Err(content.error("a page has a name, a title and a file"));
        }
        Ok(Self { name, title, asset })
    }
}

/// A card as its author declares it: `number("open", "Open orders", open)`.
#[derive(Debug)]
pub(crate) struct DeclaredCard {
    kind: &'static str,
    name: LitStr,
    title: LitStr,
    function: ExprPath,
}

impl Parse for DeclaredCard {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let known =
            "write a card as number(\"open\", \"Open orders\", open), or with table or text for number";
        let word = input.call(Ident::parse_any).map_err(|error| Error::new(error.span(), known))?;
        let kind = ["number", "table", "text"].into_iter().find(|kind| word == kind);
        let kind = kind.ok_or_else(|| Error::new(word.span(), known))?;
        let content;
        parenthesized!(content in input);
        let (name, title) = named(&content, "card")?;
        let function = content.parse()?;
        content.parse::<Option<Token![,]>>()?;
        if !content.is_empty() {
            return Err(content.error("a card has a name, a title and a function"));
        }
        Ok(Self { kind, name, title, function })
    }
}

/// A name and a title, each with the comma behind it.
fn named(content: ParseStream<'_>, what: &str) -> Result<(LitStr, LitStr)> {
    let name: LitStr = content.parse()?;
    if !is_job_name(&name.value()) {
        let rule = format!(
            "a {what}'s name has lower-case letters, digits and _, a letter first, 41 characters at most"
        );
        return Err(Error::new(name.span(), rule));
    }
    content.parse::<Token![,]>()?;
    let title: LitStr = content.parse()?;
    if title.value().trim().is_empty() || title.value().chars().count() > 60 {
        return Err(Error::new(title.span(), "a title has a character at least, and 60 at most"));
    }
    content.parse::<Token![,]>()?;
    Ok((name, title))
}

/// What the plugin has for the console.
pub(super) struct Pages {
    /// Members of the manifest, behind others.
    pub(super) json: String,
    /// Methods of `Export`.
    pub(super) methods: TokenStream,
}

/// Reads the folder, and holds the pages against it.
pub(super) fn expand(plugin: &Declaration) -> Result<Pages> {
    let files = plugin.assets.as_ref().map(files).transpose()?.unwrap_or_default();
    for page in &plugin.pages {
        let (path, at) = (page.asset.value(), page.asset.span());
        if !files.iter().any(|file| file.path == path) {
            let fault = match &plugin.assets {
                Some(folder) => format!("{} has no file {path}", folder.value()),
                None => "the file of a page stands in the folder of assets: assets: \"web\"".to_owned(),
            };
            return Err(Error::new(at, fault));
        }
        if !is_document(&path) {
            return Err(Error::new(at, "the file of a page is an HTML document"));
        }
    }
    twice(plugin.pages.iter().map(|page| &page.name), "pages")?;
    twice(plugin.cards.iter().map(|card| &card.name), "cards")?;
    let assets = files.iter().map(|file| json!({ "path": file.path, "bytes": file.bytes }));
    let pages = plugin.pages.iter().map(
        |page| json!({ "name": page.name.value(), "title": page.title.value(), "asset": page.asset.value() }),
    );
    let cards = plugin
        .cards
        .iter()
        .map(|card| json!({ "name": card.name.value(), "title": card.title.value(), "kind": card.kind }));
    let json = member("assets", assets) + &member("pages", pages) + &member("cards", cards);
    let (assets, cards) = (embedded(&files), asked(&plugin.cards));
    Ok(Pages { json, methods: quote!(#assets #cards) })
}

fn member(key: &str, values: impl Iterator<Item = Value>) -> String {
    let all: Vec<_> = values.collect();
    if all.is_empty() { String::new() } else { format!(",\"{key}\":{}", json!(all)) }
}

fn twice<'a>(names: impl Iterator<Item = &'a LitStr>, key: &str) -> Result<()> {
    let mut former = Vec::new();
    for name in names {
        if former.contains(&name.value()) {
            return Err(Error::new(name.span(), format!("{:?} stands in {key} twice", name.value())));
        }
        former.push(name.value());
    }
    Ok(())
}

/// A file of the folder.
#[derive(Debug)]
struct File {
    path: String,
    bytes: u64,
    absolute: String,
}

/// All files of the folder, or what is wrong with them.
fn files(folder: &LitStr) -> Result<Vec<File>> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(folder.value());
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    gather(&root, "", &mut files, &mut faults);
    files.sort_by(|one: &File, other| one.path.cmp(&other.path));
    let all: u64 = files.iter().map(|file| file.bytes).sum();
    if files.len() > MOST_ASSETS {
        faults.push(format!("there are {} files, and {MOST_ASSETS} at most are served", files.len()));
    }
    if all > MOST_ASSETS_BYTES {
        faults
            .push(format!("the files have {all} bytes together, and {MOST_ASSETS_BYTES} at most are served"));
    }
    if files.is_empty() && faults.is_empty() {
        faults.push("there is no file here; the first could be index.html".to_owned());
    }
    faults.sort();
    if faults.is_empty() {
        Ok(files)
    } else {
        Err(Error::new(folder.span(), format!("{}: {}", folder.value(), faults.join("\n"))))
    }
}

fn gather(folder: &Path, above: &str, files: &mut Vec<File>, faults: &mut Vec<String>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return faults.push(format!("{above} cannot be read: {error}")),
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if above.is_empty() { name } else { format!("{above}/{name}") };
        // A link is not followed: it may lead out of the folder, or back into it.
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && !path.rsplit('/').next().unwrap_or_default().starts_with('.') {
            gather(&entry.path(), &path, files, faults);
            continue;
        }
        let bytes = entry.metadata().map(|of| of.len()).unwrap_or_default();
        let absolute = entry.path().to_string_lossy().into_owned();
        match check_asset_path(&path) {
            _ if !kind.is_file() => faults.push(format!("{path}: it is no file")),
            Err(fault) => faults.push(format!("{path}: {fault}")),
            Ok(()) if bytes > MOST_ASSET_BYTES => {
                faults
                    .push(format!("{path}: it has {bytes} bytes, and {MOST_ASSET_BYTES} at most are served"));
            }
            Ok(()) => files.push(File { path, bytes, absolute }),
        }
    }
}

/// The method that gives the files.
fn embedded(files: &[File]) -> Option<TokenStream> {
    if files.is_empty() {
        return None;
    }
    let files = files.iter().map(|File { path, absolute, .. }| {
        quote! {
            ::tenon_plugin_api::EmbeddedAsset { path: #path, bytes: ::core::include_bytes!(#absolute) }
        }
    });
    Some(quote! {
        fn assets() -> &'static [::tenon_plugin_api::EmbeddedAsset] {
            const ASSETS: &[::tenon_plugin_api::EmbeddedAsset] = &[#(#files),*];
            ASSETS
        }
    })
}

/// The method that asks for what a card shows.
fn asked(cards: &[DeclaredCard]) -> Option<TokenStream> {
    if cards.is_empty() {
        return None;
    }
    let arms = cards.iter().map(|DeclaredCard { kind, name, function, .. }| {
        let ask = Ident::new(&format!("{kind}_card"), function.span());
        quote_spanned!(function.span()=> #name => ::tenon_plugin_api::entry::#ask(db, card, #function),)
    });
    Some(quote! {
        fn card(
            card: &::tenon_plugin_api::Card<'_>,
            db: &::tenon_plugin_api::Connection<'_>,
        ) -> ::std::result::Result<::tenon_plugin_api::CardContent, ::tenon_plugin_api::PluginError> {
            match card.name() {
                #(#arms)*
                name => ::std::result::Result::Err(::tenon_plugin_api::PluginError::not_found(
                    ::std::format!("there is no card {name}"),
                )),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    #[test]
    fn every_file_that_cannot_be_served_is_named() {
        let place = env::temp_dir().join(format!("tenon-assets-{}", std::process::id()));
        fs::create_dir_all(place.join("css")).unwrap();
        let folder = LitStr::new(place.to_str().unwrap(), Span::call_site());
        let empty = files(&folder).unwrap_err().to_string();
        fs::write(place.join("index.html"), "<!doctype html>").unwrap();
        fs::write(place.join("css/a.css"), "").unwrap();
        let good: Vec<_> = files(&folder).unwrap().into_iter().map(|file| (file.path, file.bytes)).collect();
        for bad in [".env", "tenon.js", "x.php"] {
            fs::write(place.join(bad), "").unwrap();
        }
        let wrong = files(&folder).unwrap_err().to_string();
        fs::remove_dir_all(&place).unwrap();
        assert!(empty.contains("there is no file here"), "{empty}");
        assert_eq!(good, [("css/a.css".to_owned(), 0), ("index.html".to_owned(), 15)]);
        for told in [".env: it is hidden", "tenon.js: the host has", "x.php: files with this extension"] {
            assert!(wrong.contains(told), "{wrong}");
        }
    }
}

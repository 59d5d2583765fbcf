//! A plugin's pages in the console, and the files that they have: read from its manifest, with all that is
//! wrong with them.
//!
//! A file is asked for by a call like any other, of a route that no request can name: `ASSET file`. The SDK
//! answers it, and no code of the plugin's author. It is kept for as long as the plugin is loaded, since the
//! files are a part of its library.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::Serialize;
use tenon_plugin_api::Manifest;
use tenon_plugin_api::contract::{ASSET_METHOD, DeclaredPage};
use tenon_schema::assets::{
    MOST_ASSET_BYTES, MOST_ASSETS, MOST_ASSETS_BYTES, asset_type, check_asset_path, is_document,
};
use tenon_schema::jobs::is_job_name;

use crate::plugin::problem::{Problem, ProblemCode};
use crate::plugin::routes::Route;

/// The pages of one plugin and their files.
#[derive(Debug)]
pub struct PluginPages {
    pages: Vec<PluginPage>,
    files: BTreeMap<String, PageFile>,
    /// What the calls for files are like.
    pub route: Route,
}

/// A page that a plugin has in the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PluginPage {
    pub name: String,
    /// The title, for people.
    pub title: String,
    /// The file that is shown.
    pub file: String,
}

/// A file of a plugin's pages.
#[derive(Debug)]
pub struct PageFile {
    /// The content type.
    pub kind: &'static str,
    /// How many bytes the manifest says it has.
    pub bytes: u64,
    /// The bytes with their sha256, once they were asked for.
    pub content: OnceLock<Arc<FileContent>>,
}

/// The bytes of a file.
#[derive(Debug)]
pub struct FileContent {
    pub bytes: Bytes,
    pub sha256: String,
}

impl PluginPages {
    /// The pages of a manifest, or all that is wrong with them. Calls for files are of the entry of this
    /// number.
    pub fn of(manifest: &Manifest, number: u32) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut files = BTreeMap::new();
        for asset in &manifest.assets {
            let kind = asset_type(&asset.path).unwrap_or_default();
            let file = PageFile { kind, bytes: asset.bytes, content: OnceLock::new() };
            let fault = match check_asset_path(&asset.path) {
                Err(fault) => Some(fault),
                Ok(()) if asset.bytes > MOST_ASSET_BYTES => Some("it is too large"),
                Ok(()) => files.insert(asset.path.clone(), file).map(|_| "there are two of that name"),
            };
            problems.extend(fault.map(|fault| malformed(format!("its file {:?}: {fault}", asset.path))));
        }
        let all: u64 = files.values().map(|file| file.bytes).sum();
        if files.len() > MOST_ASSETS || all > MOST_ASSETS_BYTES {
            let count = files.len();
            problems.push(malformed(format!("its pages have {count} files with {all} bytes: too much")));
        }
        let mut pages = Vec::<PluginPage>::new();
        for DeclaredPage { name, title, asset, .. } in &manifest.pages {
            let fault = if !is_job_name(name) {
                Some("its name is none")
            } else if pages.iter().any(|page| page.name == *name) {
                Some("there is another one of that name")
            } else if !is_document(asset) || !files.contains_key(asset) {
                Some("its file is no HTML document among those that the plugin brings")
            } else {
                None
            };
            match fault {
                Some(fault) => problems.push(malformed(format!("its page {name:?}: {fault}"))),
                None => {
                    let (name, title, file) = (name.clone(), title.clone(), asset.clone());
                    pages.push(PluginPage { name, title, file });
                }
            }
        }
        let route = Route::without_path(ASSET_METHOD, "file", number).that_reads();
        if problems.is_empty() { Ok(Self { pages, files, route }) } else { Err(problems) }
    }

    /// The pages, in the order of the manifest.
    pub fn all(&self) -> &[PluginPage] {
        &self.pages
    }

    /// The page of this name.
    pub fn find(&self, name: &str) -> Option<&PluginPage> {
        self.pages.iter().find(|page| page.name == name)
    }

    /// Whether there are files, which are served below the plugin's path.
    pub fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// The file at this path.
    pub fn file(&self, path: &str) -> Option<&PageFile> {
        self.files.get(path)
    }
}

pub(super) fn malformed(fault: String) -> Problem {
    let remedy = "report it to the plugin's author: export_plugin! builds no such plugin";
    Problem::new(ProblemCode::BadPage, fault, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_a_document_that_the_plugin_brings() {
        let of = |assets: &[(&str, u64)], pages: &[(&str, &str)]| {
            let assets: Vec<_> = assets
                .iter()
                .map(|(path, bytes)| serde_json::json!({ "path": path, "bytes": bytes }))
                .collect();
            let pages: Vec<_> = pages
                .iter()
                .map(|(name, asset)| serde_json::json!({ "name": name, "title": "T", "asset": asset }))
                .collect();
            let manifest = serde_json::json!({
                "id": "shop", "name": "Shop", "version": "1.0.0", "contract": [1],
                "assets": assets, "pages": pages,
            });
            PluginPages::of(&serde_json::from_value(manifest).unwrap(), 0).map_err(|all| all.len())
        };
        let pages = of(&[("index.html", 9), ("a.css", 0)], &[("board", "index.html")]).unwrap();
        assert!(pages.find("board").is_some() && pages.file("a.css").is_some());
        let wrong = of(
            &[("../x.js", 1), ("tenon.js", 1), ("big.js", MOST_ASSET_BYTES + 1), ("a.css", 1), ("a.css", 1)],
            &[("Board", "a.css"), ("style", "a.css"), ("gone", "gone.html")],
        );
        assert_eq!(wrong.unwrap_err(), 7);
    }
}

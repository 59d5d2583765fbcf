//! The pages that plugins have in the console, and the files of these.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tenon_migrations_core::migration::PluginId;
use uuid::Uuid;

use super::Tenon;
use super::plugins::Question;
use crate::plugin::load::{CallFailure, Fault};
use crate::plugin::pages::{FileContent, PageFile, PluginPage};
use crate::plugin::registry::Library;
use crate::plugin::runtime::CallError;

impl Tenon {
    /// The pages of a plugin that is loaded.
    pub fn pages_of(&self, plugin: &PluginId) -> &[PluginPage] {
        let library = self.registry.plugins.get(plugin).and_then(|one| one.library.as_ref());
        library.map(|library| library.pages.all()).unwrap_or_default()
    }

    /// Whether a plugin has files of pages, which are served below its path.
    pub fn has_page_files(&self, plugin: &str) -> bool {
        self.library_of(plugin).is_some_and(|library| library.pages.has_files())
    }

    /// A file of a plugin's pages, with its type; nothing where there is none at this path.
    pub async fn page_file(
        &self,
        plugin: &str,
        path: &str,
    ) -> Result<Option<(&'static str, Arc<FileContent>)>, CallError> {
        let (_, library) = self.serving(plugin)?;
        let Some(file) = library.pages.file(path) else { return Ok(None) };
        let content = match file.content.get() {
            Some(content) => Arc::clone(content),
            None => Box::pin(self.ask_for_file(plugin, path, file)).await?,
        };
        Ok(Some((file.kind, content)))
    }

    fn library_of(&self, plugin: &str) -> Option<&Library> {
        self.registry.plugins.get(plugin)?.library.as_ref()
    }

    async fn ask_for_file(
        &self,
        plugin: &str,
        path: &str,
        file: &PageFile,
    ) -> Result<Arc<FileContent>, CallError> {
        let (registered, library) = self.serving(plugin)?;
        let (id, bounds) = (Uuid::now_v7().to_string(), self.config.plugins.bounds());
        let of = (registered, library);
        let question = Question::of_host(of, &library.pages.route, (path, &id), Bytes::new(), bounds);
        let answer = self.ask_for_host(question).await;
        let bytes = Bytes::from(answer?.body);
        if u64::try_from(bytes.len()) != Ok(file.bytes) {
            let told = format!("{path} has {} bytes, and the manifest says {}", bytes.len(), file.bytes);
            return Err(CallError::Plugin(CallFailure::new(Fault::TooMuch, 500, told)));
        }
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let content = file.content.get_or_init(|| Arc::new(FileContent { bytes, sha256 }));
        Ok(Arc::clone(content))
    }
}

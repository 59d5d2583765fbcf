//! The plugin's library, built by cargo before the first test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// What cargo has built.
#[derive(Debug)]
pub(crate) struct Library {
    /// The shared library.
    pub(crate) file: PathBuf,
    /// The plugin's id: the library's name.
    pub(crate) plugin: String,
    /// The folder of the crate.
    pub(crate) folder: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Library {
    /// The library of the crate in this folder, built once for each process.
    pub(crate) fn built(manifest_dir: &str) -> &'static Self {
        static BUILT: OnceLock<Result<Library, String>> = OnceLock::new();
        match BUILT.get_or_init(|| build(Path::new(manifest_dir))) {
            Ok(library) => library,
            Err(error) => panic!("the plugin's library could not be built: {error}"),
        }
    }
}

fn build(folder: &Path) -> Result<Library, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--lib", "--message-format", "json-render-diagnostics", "--manifest-path"]);
    command.arg(folder.join("Cargo.toml"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let built = command.stderr(Stdio::inherit()).output().map_err(|error| format!("cargo: {error}"))?;
    if !built.status.success() {
        return Err(format!("`cargo build --lib` ended with {}", built.status));
    }
    let text = String::from_utf8_lossy(&built.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let of_crate = |message: &Value| {
        let manifest = message["manifest_path"].as_str().map(Path::new);
        message["reason"] == "compiler-artifact" && manifest.is_some_and(|path| path.parent() == Some(folder))
    };
    let files = messages.filter(of_crate).flat_map(|message| {
        let files = message["filenames"].as_array().cloned().unwrap_or_default();
        files.into_iter().filter_map(|file| file.as_str().map(PathBuf::from))
    });
    let is_library =
        |file: &PathBuf| file.extension().is_some_and(|of| of == std::env::consts::DLL_EXTENSION);
    let file = files.into_iter().find(is_library);
    let file = file.ok_or("it is no shared library: its crate-type has to be [\"cdylib\"]")?;
    let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let plugin = name.strip_prefix(std::env::consts::DLL_PREFIX).unwrap_or(name).to_owned();
    // Two levels up from the profile's folder.
    let target = file.ancestors().nth(2).unwrap_or(folder).to_owned();
    Ok(Library { plugin, folder: folder.to_owned(), target, file })
}

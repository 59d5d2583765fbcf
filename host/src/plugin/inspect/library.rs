//! What a library's bytes say of it, whatever the format: the answers, without any verdict.

use serde::Serialize;
use tenon_plugin_api::contract::{SYMBOL_MANIFEST, SYMBOL_PREFIX};

pub use crate::plugin::load::Generation;

use super::glibc::Glibc;
use crate::plugin::problem::{Problem, ProblemCode};

/// A format of shared libraries, and so the system that it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LibraryFormat {
    Elf,
    Pe,
    MachO,
}

impl LibraryFormat {
    /// The format of the system this host was built for.
    pub const NATIVE: Self = if cfg!(windows) {
        Self::Pe
    } else if cfg!(target_vendor = "apple") {
        Self::MachO
    } else {
        Self::Elf
    };

    /// What a person calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Elf => "an ELF library",
            Self::Pe => "a Windows library (PE)",
            Self::MachO => "a macOS library (Mach-O)",
        }
    }
}

/// What a library's headers and tables say.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LibraryInfo {
    pub format: LibraryFormat,
    /// The architecture in the words of a target triple, such as `x86_64`.
    pub architecture: String,
    /// The contract generations it exports.
    pub generations: Vec<u32>,
    /// The symbols it offers, sorted.
    pub exports: Vec<String>,
    /// The symbols it takes from other libraries, sorted.
    pub imports: Vec<String>,
    /// The libraries that are loaded with it.
    pub needed: Vec<String>,
    /// Where these are looked for before the system's places.
    pub run_path: Vec<String>,
    /// The newest version of glibc whose symbols it takes.
    #[schema(value_type = Option<String>)]
    pub glibc: Option<Glibc>,
    /// How many functions run when it is opened.
    pub constructors: usize,
    /// How many functions are to run when the process ends.
    pub destructors: usize,
    /// Whether the library asks for a stack whose content can be run.
    pub executable_stack: bool,
    /// Whether the library's code is written to while it is loaded.
    pub text_relocations: bool,
    /// A part of it may be written to and run at once.
    pub writable_code: bool,
    /// What it wants made read-only once it is loaded lies in several parts of it, or outside.
    pub stray_relro: bool,
    /// Why the contract's symbol cannot be read as what it stands for.
    #[serde(skip)]
    pub entry_fault: Option<&'static str>,
    /// What stands at the symbol of the manifest, and maybe more behind it.
    #[serde(skip)]
    pub manifest: Option<Vec<u8>>,
}

impl LibraryInfo {
    pub(super) fn new(format: LibraryFormat, architecture: String) -> Self {
        Self {
            format,
            architecture,
            generations: Vec::new(),
            exports: Vec::new(),
            imports: Vec::new(),
            needed: Vec::new(),
            run_path: Vec::new(),
            glibc: None,
            constructors: 0,
            destructors: 0,
            executable_stack: false,
            text_relocations: false,
            writable_code: false,
            stray_relro: false,
            entry_fault: None,
            manifest: None,
        }
    }

    /// Takes note of an exported symbol. Says whether the manifest stands there.
    pub(super) fn export(&mut self, name: &str) -> bool {
        // The bounds of a section are the linker's: the SDK gathers statements in one.
        if !["__start_", "__stop_"].iter().any(|bound| name.starts_with(bound)) {
            self.exports.push(name.to_owned());
        }
        if let Some(generation) = name.strip_prefix(SYMBOL_PREFIX) {
            self.generations.extend(generation.parse::<u32>().ok());
        }
        name == SYMBOL_MANIFEST
    }

    /// Puts what has no order in one.
    pub(super) fn sorted(mut self) -> Self {
        for list in [&mut self.exports, &mut self.imports, &mut self.needed] {
            list.sort();
            list.dedup();
        }
        self.generations.sort_unstable();
        self.generations.dedup();
        self
    }
}

/// What to do about a file that is none.
pub(super) const REMEDY: &str = "put the plugin's shared library, built for this machine, in its place";

/// Headers that cannot be followed.
pub(super) fn damaged(error: impl std::fmt::Display) -> Problem {
    Problem::new(
        ProblemCode::Damaged,
        format!("its headers cannot be read, it may be truncated: {error}"),
        REMEDY,
    )
}

/// What is no library, but another file of the same format.
pub(super) fn not_shared(format: &str) -> Problem {
    Problem::new(ProblemCode::NotShared, format!("it is {format} file, but not a shared library"), REMEDY)
}

//! What is held against a library, or worth knowing, from what its headers and tables say.

use tenon_plugin_api::contract::SYMBOL_V1;

use super::library::{Generation, LibraryFormat, LibraryInfo, REMEDY};
use super::policy::Facts;
use super::{imports, libraries};
use crate::plugin::problem::{Problem, ProblemCode};

/// How many functions run when any Rust library is opened: the C runtime's `frame_dummy`, and the one by
/// which the standard library keeps the program's arguments.
const USUAL_CONSTRUCTORS: usize = 2;

/// How many any library has for the end of the process: the C runtime's `__do_global_dtors_aux`.
const USUAL_DESTRUCTORS: usize = 1;

/// All questions that need no manifest.
pub(super) fn problems(look: &LibraryInfo, facts: &Facts) -> Vec<Problem> {
    let all = [
        system(look),
        architecture(look, facts),
        glibc(look, facts),
        imports::problem(look.imports.iter().map(String::as_str)),
        libraries::forbidden(&look.needed),
        executable_stack(look),
        text_relocations(look),
        writable_code(look),
        stray_relro(look),
        entry(look),
        needed_by_path(look),
        relative_run_path(look),
        run_path(look),
        libraries::unusual(look),
        constructors(look),
        destructors(look),
    ];
    all.into_iter().flatten().collect()
}

fn system(look: &LibraryInfo) -> Option<Problem> {
    (look.format != LibraryFormat::NATIVE).then(|| {
        let reason = format!(
            "it is {} for {}, and this host loads {}",
            look.format.title(),
            look.architecture,
            LibraryFormat::NATIVE.title()
        );
        Problem::new(ProblemCode::WrongSystem, reason, REMEDY)
    })
}

fn architecture(look: &LibraryInfo, facts: &Facts) -> Option<Problem> {
    (look.architecture != facts.architecture()).then(|| {
        let reason =
            format!("it was built for {}, and this machine is {}", look.architecture, facts.architecture());
        Problem::new(ProblemCode::WrongArchitecture, reason, REMEDY)
    })
}

fn glibc(look: &LibraryInfo, facts: &Facts) -> Option<Problem> {
    let (needed, running) = (look.glibc?, facts.glibc?);
    (needed > running).then(|| {
        let reason = format!("it needs glibc {needed}, and here runs {running}");
        Problem::new(
            ProblemCode::GlibcTooOld,
            reason,
            format!("build it on a system with glibc {running} or older"),
        )
    })
}

fn executable_stack(look: &LibraryInfo) -> Option<Problem> {
    look.executable_stack.then(|| {
        let reason = "it asks for an executable stack, which all threads of the host would get with it";
        let remedy = "link it with `-z noexecstack`, or add a .note.GNU-stack section to its assembly";
        Problem::new(ProblemCode::ExecutableStack, reason, remedy)
    })
}

fn text_relocations(look: &LibraryInfo) -> Option<Problem> {
    look.text_relocations.then(|| {
        let reason = "its code would have to be made writable while it is loaded (text relocations)";
        Problem::new(
            ProblemCode::TextRelocations,
            reason,
            "compile all of it as position-independent code (-fPIC)",
        )
    })
}

fn writable_code(look: &LibraryInfo) -> Option<Problem> {
    look.writable_code.then(|| {
        let reason =
            "a part of it may be written to and run at once (a segment that is writable and executable)";
        let remedy =
            "link it with separate segments for code and data: without -N (--omagic) or a linker script";
        Problem::new(ProblemCode::WritableCode, reason, remedy)
    })
}

fn stray_relro(look: &LibraryInfo) -> Option<Problem> {
    look.stray_relro.then(|| {
        let reason = "what it wants made read-only once it is loaded (PT_GNU_RELRO) reaches beyond one of its parts \
                      for data";
        Problem::new(ProblemCode::StrayRelro, reason, "link it anew, or compare the file with where it came from")
    })
}

/// The symbol at which the library would be entered.
fn symbol(look: &LibraryInfo) -> &'static str {
    Generation::newest(&look.generations).map_or(SYMBOL_V1, Generation::symbol)
}

fn entry(look: &LibraryInfo) -> Option<Problem> {
    look.entry_fault.map(|fault| {
        let reason = format!("its symbol {} is not one of the contract: {fault}", symbol(look));
        Problem::new(
            ProblemCode::BadEntry,
            reason,
            "rebuild the plugin with tenon-plugin-api and its export_plugin! macro",
        )
    })
}

/// The loader does not look for these in the system's places, and replaces words such as `$ORIGIN` in them.
fn needed_by_path(look: &LibraryInfo) -> Option<Problem> {
    let is_path = |library: &&String| match look.format {
        LibraryFormat::Elf => library.contains(['/', '$']),
        LibraryFormat::Pe => library.contains(['/', '\\']),
        // All are.
        LibraryFormat::MachO => false,
    };
    let found: Vec<_> = look.needed.iter().filter(is_path).map(|path| format!("{path:?}")).collect();
    (!found.is_empty()).then(|| {
        let reason = format!("it needs libraries by their paths, not their names: {}", found.join(", "));
        let remedy =
            "give these libraries a name (`-soname`) when they are built, or link them into the plugin";
        Problem::new(ProblemCode::NeededByPath, reason, remedy)
    })
}

/// Libraries looked for in places that depend on where the host was started, or on where its copy in memory
/// calls itself to be.
fn relative_run_path(look: &LibraryInfo) -> Option<Problem> {
    let relative: Vec<_> = look.run_path.iter().filter(|path| !path.starts_with('/')).collect();
    (!relative.is_empty()).then(|| {
        let told: Vec<_> = relative.iter().map(|path| format!("{path:?}")).collect();
        let reason = format!(
            "it has libraries looked for in places that are not absolute (RPATH or RUNPATH): {}",
            told.join(", ")
        );
        Problem::new(ProblemCode::RelativeRunPath, reason, RUN_PATH_REMEDY)
    })
}

const RUN_PATH_REMEDY: &str = "link it without -rpath, or take it out with `patchelf --remove-rpath`";

fn run_path(look: &LibraryInfo) -> Option<Problem> {
    let absolute: Vec<_> =
        look.run_path.iter().filter(|path| path.starts_with('/')).map(String::as_str).collect();
    (!absolute.is_empty()).then(|| {
        let reason = format!(
            "it has libraries looked for in places of its own (RPATH or RUNPATH): {}",
            absolute.join(", ")
        );
        Problem::notice(ProblemCode::RunPath, reason, RUN_PATH_REMEDY)
    })
}

fn constructors(look: &LibraryInfo) -> Option<Problem> {
    let own = look.constructors.checked_sub(USUAL_CONSTRUCTORS).filter(|own| *own > 0)?;
    let reason = match own {
        1 => "it brings a function that runs as soon as it is opened (a constructor)".to_owned(),
        _ => format!("it brings {own} functions that run as soon as it is opened (constructors)"),
    };
    Some(Problem::notice(
        ProblemCode::Constructors,
        reason,
        "see which of its crates uses `ctor` or `inventory`",
    ))
}

fn destructors(look: &LibraryInfo) -> Option<Problem> {
    let own = look.destructors.checked_sub(USUAL_DESTRUCTORS).filter(|own| *own > 0)?;
    let reason = match own {
        1 => "it brings a function for the end of the process (a destructor), which the host does not call"
            .to_owned(),
        _ => format!(
            "it brings {own} functions for the end of the process (destructors), which the host does not call"
        ),
    };
    Some(Problem::notice(
        ProblemCode::Destructors,
        reason,
        "let it clean up in `shutdown`, which the host calls",
    ))
}

//! What `tenon plugin inspect` says of every kind of file, none of which it runs.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use serde_json::{Value, json};
use tenon_host::plugin::problem::ProblemCode;
use tenon_tests::artifacts::{library, program, root};
use tenon_tests::{World, c_library, c_plugin, c_plugin_of};

/// The problems that are told of one file, one a line.
fn told(world: &World, arguments: &[&str]) -> String {
    let run = world.tenon(&[&["plugin", "inspect"], arguments].concat());
    let problems =
        run.out.lines().filter(|line| line.starts_with("  refusal") || line.starts_with("  notice"));
    world.redact(&problems.map(str::trim_start).collect::<Vec<_>>().join("\n"))
}

/// Builds one into the plugin directory, and says what is told of it.
fn told_of_c(id: &str, source: &str, arguments: &[&str]) -> String {
    let world = World::with(&[]);
    let file = c_plugin(&world.plugin_dir(), id, source, arguments);
    told(&world, &[&file.display().to_string()])
}

#[test]
fn a_good_file_is_shown_with_all_that_is_known_of_it() {
    let world = World::with(&["identity", "inventory", "orders"]);
    let run = world.tenon(&["plugin", "inspect", "plugins/liborders.so"]).expect_code(0);
    let shown = world.redact(&run.out);
    for wanted in [
        "plugins/liborders.so: could be loaded",
        "plugin        orders 1.0.0, Orders Plugin",
        "requires      identity ^1.1, inventory ^1",
        "routes        GET /orders, POST /orders",
        "panic = unwind",
        "contract      1",
        "format        an ELF library",
        "libc.so.6",
        "constructors  2",
        "destructors   1",
        "exports       TENON_MANIFEST, tenon_plugin_v1, tenon_plugin_v2",
        "sha256        [sha256]",
        "could load 1 of 1 file",
    ] {
        assert!(shown.contains(wanted), "{wanted}:\n{shown}");
    }
    let json = world.tenon(&["plugin", "inspect", "--json"]).expect_code(0).json();
    let files = json["files"].as_array().unwrap();
    assert_eq!(files.len(), 3);
    let inventory = &files[1];
    assert_eq!(inventory["manifest"]["id"], "inventory");
    let bytes = fs::read(library("inventory")).unwrap();
    assert_eq!(inventory["size"], bytes.len());
    assert!(inventory["imports"].as_array().unwrap().contains(&"malloc".into()));
    assert_eq!(inventory["problems"], serde_json::json!([]));
}

#[test]
fn nothing_of_a_file_is_run_when_it_is_inspected() {
    let world = World::with(&[]);
    let touched = world.path().join("touched");
    let source = format!(
        "#include <stdio.h>\n__attribute__((constructor)) static void run(void) {{ fclose(fopen(\"{}\", \"w\")); }}",
        touched.display()
    );
    c_plugin(&world.plugin_dir(), "runs", &source, &[]);
    world.tenon(&["plugin", "inspect"]).expect_code(0);
    assert!(!touched.exists());
}

#[test]
fn a_path_for_libraries_is_told_and_refused_where_it_is_not_absolute() {
    insta::assert_snapshot!(told_of_c("paths", "", &["-Wl,-rpath,/opt/lib:/srv/lib"]), @"notice   run-path: it has libraries looked for in places of its own (RPATH or RUNPATH): /opt/lib, /srv/lib; link it without -rpath, or take it out with `patchelf --remove-rpath`");
    insta::assert_snapshot!(told_of_c("paths", "", &["-Wl,-rpath,$ORIGIN/../lib,--disable-new-dtags"]), @r#"refusal  relative-run-path: it has libraries looked for in places that are not absolute (RPATH or RUNPATH): "$ORIGIN/../lib"; link it without -rpath, or take it out with `patchelf --remove-rpath`"#);
}

#[test]
fn an_executable_stack_is_refused() {
    insta::assert_snapshot!(told_of_c("stack", "", &["-Wl,-z,execstack"]), @"refusal  executable-stack: it asks for an executable stack, which all threads of the host would get with it; link it with `-z noexecstack`, or add a .note.GNU-stack section to its assembly");
}

#[test]
fn code_that_is_written_to_while_it_is_loaded_is_refused() {
    let source = r#"__asm__(".text\n.globl there\nthere:\n.quad TENON_MANIFEST\n");"#;
    insta::assert_snapshot!(told_of_c("text", source, &["-Wl,-z,notext"]), @"refusal  text-relocations: its code would have to be made writable while it is loaded (text relocations); compile all of it as position-independent code (-fPIC)");
}

/// Builds a good one, and says what is told of it after its program headers were changed: the type, where the
/// fields are, and how. A header is of a type, flags, and six words of eight bytes (elf(5)).
fn told_with_headers(change: impl Fn(u32, &mut [u8])) -> String {
    let world = World::with(&[]);
    let file =
        c_plugin(&world.plugin_dir(), "changed", "static int data[4000] = {1}; int *there = data;", &[]);
    assert_eq!(told(&world, &[]), "");
    let mut bytes = fs::read(&file).unwrap();
    let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    let (table, count) = (word(32), usize::from(bytes[56]));
    for header in bytes[table..table + 56 * count].chunks_exact_mut(56) {
        change(u32::from_le_bytes(header[..4].try_into().unwrap()), header);
    }
    fs::write(&file, bytes).unwrap();
    told(&world, &[])
}

#[test]
fn a_segment_that_is_written_to_and_run_is_refused() {
    // PT_LOAD, with PF_X alone or not.
    let writable = |kind: u32, header: &mut [u8]| {
        if kind == 1 && header[4] & 1 != 0 {
            header[4] |= 2;
        }
    };
    insta::assert_snapshot!(told_with_headers(writable), @"refusal  writable-code: a part of it may be written to and run at once (a segment that is writable and executable); link it with separate segments for code and data: without -N (--omagic) or a linker script");
}

#[test]
fn what_is_to_be_read_only_has_to_be_of_one_segment_for_data() {
    const RELRO: u32 = 0x6474_e552;
    let changed = |at: usize, with: fn(u64) -> u64| {
        told_with_headers(|kind, header| {
            if kind == RELRO {
                let word = u64::from_le_bytes(header[at..at + 8].try_into().unwrap());
                header[at..at + 8].copy_from_slice(&with(word).to_le_bytes());
            }
        })
    };
    let (address, size) = (16, 40);
    insta::assert_snapshot!(changed(size, |size| size + (1 << 20)), @"refusal  stray-relro: what it wants made read-only once it is loaded (PT_GNU_RELRO) reaches beyond one of its parts for data; link it anew, or compare the file with where it came from");
    for told in [changed(address, |_| 0), changed(address, |_| u64::MAX - 8), changed(size, |_| u64::MAX)] {
        assert!(told.starts_with("refusal  stray-relro: ") && told.lines().count() == 1, "{told}");
    }
}

#[test]
fn what_is_at_the_contracts_symbol_has_to_be_what_the_host_reads_there() {
    let of = |source: &str, arguments: &[&str]| {
        let world = World::with(&[]);
        let manifest = json!({ "id": "entry", "name": "Entry", "version": "1.0.0", "contract": [1] });
        c_plugin_of(&world.plugin_dir(), "libentry.so", &manifest, source, arguments);
        told(&world, &[])
    };
    let function = of("void tenon_plugin_v1(void) {}", &[]);
    insta::assert_snapshot!(function, @"refusal  bad-entry: its symbol tenon_plugin_v1 is not one of the contract: it is not that of a static; rebuild the plugin with tenon-plugin-api and its export_plugin! macro");
    for (source, arguments, fault) in [
        ("unsigned long tenon_plugin_v1[4] = {1};", &[][..], "is smaller than the contract's header"),
        ("const unsigned long tenon_plugin_v1[64] = {1};", &[], "does not lie in memory for data"),
        ("char tenon_plugin_v1[512] __attribute__((section(\".text\"))) = {1};", &[], "memory for data"),
        (
            "__asm__(\".data\\n.balign 8\\n.byte 0\\n.globl tenon_plugin_v1\\n.type tenon_plugin_v1, @object\\n\
          tenon_plugin_v1: .zero 511\\n.size tenon_plugin_v1, 511\\n\");",
            &[],
            "it is not aligned",
        ),
        (
            "__asm__(\".globl tenon_plugin_v1\\n.type tenon_plugin_v1, @object\\n.set tenon_plugin_v1, 4096\\n\
          .size tenon_plugin_v1, 512\\n\");",
            &[],
            "in none of the library's sections",
        ),
        ("__thread unsigned long tenon_plugin_v1[64] = {1};", &[], "not that of a static"),
    ] {
        let told = of(source, arguments);
        assert!(told.starts_with("refusal  bad-entry: ") && told.contains(fault), "{source}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn a_library_that_is_needed_by_its_path_is_refused() {
    let world = World::with(&[]);
    let other = c_library(world.path(), "libother.so", "void other(void) {}", &[]);
    let source = "void other(void); void call(void) { other(); }";
    c_plugin(&world.plugin_dir(), "paths", source, &[&other.display().to_string()]);
    insta::assert_snapshot!(told(&world, &[]), @r###"
    refusal  needed-by-path: it needs libraries by their paths, not their names: "[place]/libother.so"; give these libraries a name (`-soname`) when they are built, or link them into the plugin
    notice   other-libraries: it comes with libraries that are not inspected: [place]/libother.so; install them on this system, from where you trust; or link them into the plugin
    "###);
}

#[test]
fn a_name_that_people_would_not_see_as_it_is_is_refused_and_spelled_out() {
    let entry = "unsigned long tenon_plugin_v1[64] = {1};";
    let of = |manifest: &Value| {
        let world = World::with(&[]);
        c_plugin_of(&world.plugin_dir(), "libnamed.so", manifest, entry, &[]);
        let run = world.tenon(&["plugin", "inspect"]);
        // Whatever is shown of it, nothing of that is shown as it stands.
        for shown in [&run.out, &world.tenon(&["plugin", "list"]).out, &world.tenon(&["check"]).out] {
            let hidden = |c: &char| matches!(c, '\u{1b}' | '\u{202e}' | '\u{2028}' | '\u{7f}');
            assert_eq!(shown.chars().find(hidden), None, "{shown:?}");
        }
        told(&world, &[])
    };
    let named = |name: &str| of(&json!({ "id": "named", "name": name, "version": "1.0.0", "contract": [1] }));
    assert_eq!(named("Lager (Süd), 在庫"), "");
    insta::assert_snapshot!(named("Inventory\u{202e}nigulP"), @r#"refusal  illegible-name: people would not see what stands in it: its name, "Inventory\u{202e}nigulP": it has the character U+202E; use letters, digits, signs and spaces that show, and of names up to 100 characters"#);
    for (name, fault) in [
        ("\u{1b}[2JPlugin", "U+001B"),
        ("A Plugin\u{2028}healthy", "U+2028"),
        ("\u{200b}", "U+200B"),
        (" ", "nothing to be seen"),
        ("\u{3164}\u{a0}", "nothing to be seen"),
        (&"x".repeat(101), "more than 100 characters"),
    ] {
        let told = named(name);
        assert!(told.contains("illegible-name") && told.contains(fault), "{name:?}: {told}");
    }
    let everywhere = of(&json!({
        "id": "na\u{7f}med", "name": "Named", "version": format!("1.0.0+{}", "a".repeat(100)), "contract": [1],
        "requires": { "oth\u{2028}er": "*" }, "routes": ["GET /a\u{1b}"], "sdk": "1\u{202e}",
        "build": { "rustc": "1\u{1b}", "target": "x\u{1b}" },
    }));
    for what in ["its id", "its version", "a plugin it requires", "a route", "how it was built"] {
        assert!(everywhere.contains(&format!("{what}, ")), "{what}: {everywhere}");
    }
}

#[test]
fn constructors_beyond_those_of_every_library_are_told() {
    let one = "__attribute__((constructor)) static void one(void) {}";
    assert_eq!(
        told_of_c("one", one, &[]),
        "",
        "with the C runtime's these are two, as in every Rust library"
    );
    let three = format!("{one}\n{}\n{}", one.replace("one", "two"), one.replace("one", "three"));
    insta::assert_snapshot!(told_of_c("three", &three, &[]), @"notice   constructors: it brings 2 functions that run as soon as it is opened (constructors); see which of its crates uses `ctor` or `inventory`");
}

#[test]
fn destructors_beyond_the_c_runtimes_are_told() {
    assert_eq!(told_of_c("none", "", &[]), "", "the C runtime's, and a last function that is empty");
    let one = "__attribute__((destructor)) static void one(void) {}";
    insta::assert_snapshot!(told_of_c("one", one, &[]), @"notice   destructors: it brings a function for the end of the process (a destructor), which the host does not call; let it clean up in `shutdown`, which the host calls");
    let last = "void last(void) { TENON_MANIFEST[0]; }";
    insta::assert_snapshot!(told_of_c("last", &format!("{one}\n{last}"), &["-Wl,-fini=last"]), @"notice   destructors: it brings 2 functions for the end of the process (destructors), which the host does not call; let it clean up in `shutdown`, which the host calls");
}

#[test]
fn what_opens_connections_or_runs_programs_is_named_with_what_brings_it() {
    let world = World::with(&[]);
    c_library(world.path(), "libpq.so", "void PQconnectdb(void) {}", &["-Wl,-soname,libpq.so.5"]);
    let at = format!("-L{}", world.path().display());
    let source = "void connect(void); void posix_spawn(void); void PQconnectdb(void);\n\
                  void call(void) { connect(); posix_spawn(); PQconnectdb(); }";
    let file = c_plugin(&world.plugin_dir(), "clients", source, &[&at, "-lpq", "-lm"]);
    insta::assert_snapshot!(told(&world, &[&file.display().to_string()]), @r###"
    refusal  forbidden-import: it imports what opens connections of its own or runs programs: PQconnectdb (probably from pq-sys, by way of diesel or a driver of libpq), connect (probably from std::net, or a database or HTTP client), posix_spawn (probably from std::process); take the dependency out of the plugin: the database is reached through the borrowed connection
    refusal  forbidden-library: it comes with libraries that open connections of their own: libpq.so.5 (probably from pq-sys, by way of diesel or a driver of libpq); take the dependency out of the plugin: the database is reached through the borrowed connection
    "###);
}

#[test]
fn a_newer_glibc_than_the_one_that_runs_is_refused() {
    let world = World::with(&[]);
    let script = world.path().join("versions");
    fs::write(&script, "GLIBC_2.999 { global: *; };").unwrap();
    let script = format!("-Wl,--version-script={}", script.display());
    c_library(
        world.path(),
        "libc.so.6",
        "void from_the_future(void) {}",
        &[&script, "-Wl,-soname,libc.so.6", "-nostdlib"],
    );
    let source = "void from_the_future(void); void call(void) { from_the_future(); }";
    let other = world.path().join("libc.so.6").display().to_string();
    let file = c_plugin(&world.plugin_dir(), "newer", source, &[&other]);
    let told = told(&world, &[&file.display().to_string()]);
    assert!(told.contains("refusal  glibc-too-old: it needs glibc 2.999, and here runs 2."), "{told}");
}

#[test]
fn libraries_of_other_systems_get_the_same_questions() {
    let world = World::with(&[]);
    let at = root().join("tests/tests/suites/inspect/foreign");
    let shown = |file: &str| {
        let out =
            world.tenon(&["plugin", "inspect", &at.join(file).display().to_string()]).expect_code(1).out;
        out.replace(&at.display().to_string(), "[place]").replace(std::env::consts::ARCH, "[here]")
    };
    insta::assert_snapshot!(world.redact(&shown("abroad.dylib")), @r###"
    [place]/abroad.dylib: would be refused for 4 problems
      plugin        abroad 1.0.0, Plugin of Another System
      built         SDK 1.0.0, rustc 1.95.0, for aarch64-apple-darwin, panic = unwind
      contract      1
      format        a macOS library (Mach-O), aarch64
      libraries     /usr/lib/libSystem.B.dylib
      exports       TENON_MANIFEST, call, tenon_plugin_v1
      imports       2 symbols
      size          50016 bytes
      sha256        [sha256]
      refusal  wrong-system: it is a macOS library (Mach-O) for aarch64, and this host loads an ELF library; put the plugin's shared library, built for this machine, in its place
      refusal  wrong-architecture: it was built for aarch64, and this machine is [here]; put the plugin's shared library, built for this machine, in its place
      refusal  forbidden-import: it imports what opens connections of its own or runs programs: connect (probably from std::net, or a database or HTTP client); take the dependency out of the plugin: the database is reached through the borrowed connection
      refusal  wrong-target: it was built for aarch64-apple-darwin, and this host for [here]-unknown-linux-gnu; rebuild it with `--target [here]-unknown-linux-gnu`

    Tenon 0.1.0 for [here]-unknown-linux-gnu could load 0 of 1 file
    "###);
    insta::assert_snapshot!(world.redact(&shown("abroad.dll")), @r###"
    [place]/abroad.dll: would be refused for 3 problems
      plugin        abroad 1.0.0, Plugin of Another System
      built         SDK 1.0.0, rustc 1.95.0, for [here]-pc-windows-msvc, panic = unwind
      contract      1
      format        a Windows library (PE), [here]
      libraries     ws2_32.dll
      exports       TENON_MANIFEST, call, tenon_plugin_v1
      imports       1 symbol
      size          2048 bytes
      sha256        [sha256]
      refusal  wrong-system: it is a Windows library (PE) for [here], and this host loads an ELF library; put the plugin's shared library, built for this machine, in its place
      refusal  forbidden-import: it imports what opens connections of its own or runs programs: connect (probably from std::net, or a database or HTTP client); take the dependency out of the plugin: the database is reached through the borrowed connection
      refusal  wrong-target: it was built for [here]-pc-windows-msvc, and this host for [here]-unknown-linux-gnu; rebuild it with `--target [here]-unknown-linux-gnu`

    Tenon 0.1.0 for [here]-unknown-linux-gnu could load 0 of 1 file
    "###);
}

#[test]
fn a_program_or_a_library_of_the_system_is_no_plugin() {
    let world = World::with(&[]);
    let tenon = program("tenon").display().to_string();
    assert!(told(&world, &[&tenon]).contains("refusal  not-shared"));
    let file = c_library(world.path(), "libplain.so", "int here;", &[]);
    assert!(told(&world, &[&file.display().to_string()]).contains("refusal  not-a-plugin"));
}

#[test]
fn what_others_can_write_is_a_notice_in_development_and_refused_in_production() {
    let world = World::with(&["inventory"]);
    fs::set_permissions(world.plugin_dir().join("libinventory.so"), Permissions::from_mode(0o666)).unwrap();
    insta::assert_snapshot!(told(&world, &[]), @"notice   writable-by-others: others than root and the host's user can write to [place]/plugins/libinventory.so; chmod go-w [place]/plugins/libinventory.so");
    let production = [("TENON_ENVIRONMENT", "production")];
    let run = world.tenon_with(&production, &["plugin", "inspect"]).expect_code(1);
    assert!(run.out.contains("refusal  writable-by-others"), "{run:#?}");
    let run = world.tenon_with(&production, &["plugin", "list"]).expect_code(1);
    assert!(run.out.contains("others than root and the host's user can write to"), "{run:#?}");
    // In development it is loaded, and told.
    let run = world.tenon(&["plugin", "list"]).expect_code(0);
    assert!(run.out.contains("chmod go-w"), "{run:#?}");
}

#[test]
fn links_and_directories_are_told() {
    let world = World::with(&["inventory"]);
    let (plugins, other) = (world.plugin_dir(), world.path().join("other"));
    fs::create_dir(&other).unwrap();
    fs::copy(library("identity"), other.join("libidentity.so")).unwrap();
    symlink("../other/libidentity.so", plugins.join("libidentity.so")).unwrap();
    symlink("libinventory.so", plugins.join("libinventory_again.so")).unwrap();
    symlink("nowhere.so", plugins.join("libgone.so")).unwrap();
    fs::write(plugins.join(".libhidden.so"), "not looked at").unwrap();
    fs::create_dir(plugins.join("libfolder.so")).unwrap();
    fs::copy(library("inventory_1_0"), other.join("libinventory.so")).unwrap();
    insta::assert_snapshot!(told(&world, &["--plugin-dir", "plugins:other"]), @r###"
    refusal  not-a-file: it is a directory, not a file; remove it from the plugin directory
    refusal  dangling-link: it is a link to nowhere.so, which cannot be followed: No such file or directory (os error 2); install what it names, or remove the link
    notice   link-leaves: it is a link out of the plugin directory: whoever can write [place]/other/libidentity.so decides what runs; copy the file into the plugin directory
    notice   same-file: [place]/other/libidentity.so is the same file, which is loaded once; leave one of the two in the plugin directories
    notice   same-file: [place]/plugins/libinventory_again.so is the same file, which is loaded once; leave one of the two in the plugin directories
    notice   hides-another: it comes before [place]/other/libinventory.so, which has the same name and is not loaded; remove the one that is not wanted
    "###);
    let list = world.tenon(&["plugin", "list", "--plugin-dir", "plugins", "--plugin-dir", "other", "--json"]);
    let usable = list.json()["plugins"].clone();
    let usable = usable.as_array().unwrap().iter().filter(|plugin| plugin["usable"] == true);
    let usable: Vec<_> = usable.map(|plugin| format!("{} {}", plugin["id"], plugin["version"])).collect();
    assert_eq!(usable, ["\"core\" \"0.1.0\"", "\"identity\" \"1.1.0\"", "\"inventory\" \"1.2.0\""]);
}

#[test]
fn of_a_whole_directory_it_is_told_what_the_plugins_lack_and_which_are_the_same() {
    let world = World::with(&["inventory", "orders"]);
    world.install_as("inventory_1_0", "libother.so");
    insta::assert_snapshot!(told(&world, &[]), @r###"
    refusal  same-id: the id inventory is claimed by [place]/plugins/libinventory.so and [place]/plugins/libother.so; leave only one of the files in the plugin directory
    refusal  unmet-requirement: it requires plugin identity (^1.1), which is not installed; install it, or remove this plugin; install what is required, or remove the plugin
    refusal  unmet-requirement: it requires plugin inventory, which cannot be used; see the problem of inventory; install what is required, or remove the plugin
    refusal  same-id: the id inventory is claimed by [place]/plugins/libinventory.so and [place]/plugins/libother.so; leave only one of the files in the plugin directory
    "###);
}

#[test]
fn what_is_kept_out_by_quarantine_is_told_as_such() {
    let world = World::with(&["dies_when_loaded"]);
    assert!(told(&world, &[]).starts_with("notice   constructors: "));
    world.try_tenon(&["plugin", "list"]);
    let told = told(&world, &[]);
    assert!(told.starts_with("refusal  quarantined: it is in quarantine since"), "{told}");
}

/// A program that says it is a host of the future.
fn host_of_the_future(place: &Path) -> String {
    let program = place.join("tenon-2");
    let facts = r#"{"format":1,"version":"2.0.0","contract":[3],"descriptors":1,"descriptors_minor":9,"target":"x86_64-unknown-linux-gnu","glibc":null}"#;
    let facts = facts.replace("x86_64", std::env::consts::ARCH);
    fs::write(&program, format!("#!/bin/sh\n[ \"$*\" = 'about --json' ] && echo '{facts}'\n")).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    program.display().to_string()
}

#[test]
fn before_an_upgrade_it_is_told_what_the_other_host_could_load() {
    let world = World::with(&["inventory", "contract_of_the_future"]);
    assert!(
        told(&world, &[]).contains("it speaks generation 3 of the plugin contract, and this host only 2")
    );
    let future = host_of_the_future(world.path());
    insta::assert_snapshot!(told(&world, &["--against", &future]), @"refusal  contract-too-old: it speaks generation 2 of the plugin contract, which this host no longer does; install a newer version of the plugin");
    let run = world.tenon(&["plugin", "inspect", "--against", &future]).expect_code(1);
    assert!(run.out.contains("Tenon 2.0.0 for"), "{run:#?}");
    assert!(run.out.ends_with("could load 1 of 2 files\n"), "{run:#?}");
    // Itself by its program, and by its version.
    let own = program("tenon").display().to_string();
    let version = world.tenon(&["about", "--json"]).json()["version"].as_str().unwrap().to_owned();
    for host in [own, version] {
        let run = world.tenon(&["plugin", "inspect", "--against", &host]).expect_code(1);
        assert!(run.out.ends_with("could load 1 of 2 files\n"), "{run:#?}");
    }
    let run = world.tenon(&["plugin", "inspect", "--against", "99.0.0"]).expect_code(5);
    assert!(run.err.contains("what Tenon 99.0.0 can load is not known"), "{run:#?}");
    let run = world.tenon(&["plugin", "inspect", "--against", "/bin/false"]).expect_code(5);
    assert!(run.err.contains("does not say what it is"), "{run:#?}");
}

#[test]
fn each_code_is_explained_at_length() {
    let world = World::with(&["dials"]);
    let run = world.tenon(&["plugin", "inspect", "--explain"]).expect_code(1);
    assert!(run.out.contains("\nforbidden-import\n  Refusal. "), "{run:#?}");
    // What only the loader knows is told by the command that loads.
    let world = World::with(&["other_layout"]);
    let run = world.tenon(&["plugin", "list", "--explain"]).expect_code(1);
    assert!(run.out.contains("\nlayout-mismatch\n  Refusal. "), "{run:#?}");
    assert!(run.out.contains("what the loader said\n"), "{run:#?}");
}

/// Holds that a source tells of each code; that each has its text is seen where the texts are.
#[test]
fn every_code_is_told_by_some_source() {
    let told = sources(&root().join("host/src")).concat();
    for code in ProblemCode::ALL {
        // A longer name may begin with it.
        let name = format!("ProblemCode::{code:?}");
        let mut after = told.split(&name).skip(1).filter_map(|rest| rest.chars().next());
        assert!(after.any(|next| !next.is_alphanumeric()), "{code}");
    }
}

fn sources(place: &Path) -> Vec<String> {
    if place.is_file() {
        let is_source = place.extension().is_some_and(|extension| extension == "rs");
        return if is_source { vec![fs::read_to_string(place).unwrap()] } else { Vec::new() };
    }
    fs::read_dir(place).unwrap().flat_map(|entry| sources(&entry.unwrap().path())).collect()
}

//! Files that are no plugins, or none for this host: each is named with its reason and remedy, before any of
//! its code runs, and the others serve.

mod corrupted;
mod report;

use std::fs;

use tenon_migrations_core::finding::{Cause, Finding};
use tenon_migrations_core::health::{Serving, Status};
use tenon_tests::artifacts::library;
use tenon_tests::{TestHost, World};

/// The one reason why the file beside the Inventory Plugin is out; the Inventory Plugin is not.
fn only_reason(world: &World) -> Finding {
    let host = world.heal_and_prove_some(&["inventory"]);
    let report = host.check();
    assert_eq!(report.status, Status::Degraded);
    assert_eq!(host.plugin("inventory").serving, Serving::Yes);
    let out: Vec<_> = report.plugins.iter().filter(|plugin| plugin.serving == Serving::Out).collect();
    assert_eq!(out.len(), 1, "{out:#?}");
    let [finding] = out[0].findings.as_slice() else { panic!("{out:#?}") };
    assert_eq!(finding.cause, Cause::Unloadable);
    assert!(finding.remedy.as_ref().is_some_and(|remedy| !remedy.is_empty()), "{finding:#?}");
    answers(&host);
    finding.clone()
}

fn answers(host: &TestHost) {
    assert_eq!(host.call("inventory", "GET /items", "").unwrap().status, 200);
}

fn reason_for(bytes: &[u8]) -> String {
    let world = World::with(&["inventory"]);
    world.write_library("libbroken.so", bytes);
    only_reason(&world).message
}

fn reason_for_plugin(name: &str) -> String {
    let world = World::with(&["inventory", name]);
    only_reason(&world).message
}

#[test]
fn a_text_file_named_so_is_out_with_the_reason() {
    insta::assert_snapshot!(reason_for(b"#!/bin/sh\necho I am no library\n"), @"libbroken.so: it is not an ELF shared library but a text file");
}

#[test]
fn an_empty_file_is_out_with_the_reason() {
    insta::assert_snapshot!(reason_for(b""), @"libbroken.so: the file is empty");
}

#[test]
fn a_truncated_library_is_out_with_the_reason() {
    let whole = fs::read(library("identity")).unwrap();
    for part in [whole.len() / 2, 1000, 63, 17] {
        let reason = reason_for(&whole[..part]);
        assert!(
            reason.contains("truncated") || reason.contains("shorter than its headers say"),
            "cut to {part} bytes: {reason}"
        );
    }
}

#[test]
fn a_library_for_another_architecture_is_out_with_the_reason() {
    let mut bytes = fs::read(library("identity")).unwrap();
    // e_machine, at byte 18 of the ELF header: 243 is RISC-V (elf(5)).
    bytes[18..20].copy_from_slice(&243_u16.to_le_bytes());
    let reason = reason_for(&bytes);
    assert!(reason.contains("it was built for riscv"), "{reason}");
}

#[test]
fn a_32_bit_library_is_out_with_the_reason() {
    let mut bytes = fs::read(library("identity")).unwrap();
    // EI_CLASS, at byte 4: 1 is 32-bit.
    bytes[4] = 1;
    insta::assert_snapshot!(reason_for(&bytes), @"libbroken.so: it is a 32-bit library");
}

#[test]
fn a_library_without_our_symbols_is_out_with_the_reason() {
    insta::assert_snapshot!(reason_for_plugin("not_a_plugin"), @"libnot_a_plugin.so: it is a shared library, but it does not export a Tenon plugin (no symbol tenon_plugin_v1)");
}

#[test]
fn a_contract_generation_of_the_future_is_named_as_such() {
    insta::assert_snapshot!(reason_for_plugin("contract_of_the_future"), @"libcontract_of_the_future.so: it speaks generation 3 of the plugin contract, and this host only 2");
}

#[test]
fn a_library_built_with_panic_abort_is_refused_before_it_is_loaded() {
    insta::assert_snapshot!(reason_for_plugin("built_with_abort"), @r#"libbuilt_with_abort.so: it was built with panic = "abort", so that any panic in it would end the host"#);
}

#[test]
fn a_directory_named_so_is_out_with_the_reason() {
    let world = World::with(&["inventory"]);
    fs::create_dir(world.plugin_dir().join("libdirectory.so")).unwrap();
    let reason = only_reason(&world).message;
    assert!(reason.ends_with("it is a directory, not a file"), "{reason}");
}

#[test]
fn every_bad_file_is_told_in_one_round() {
    let bad = ["not_a_plugin", "contract_of_the_future", "built_with_abort", "lies", "panics_in_schema"];
    let world = World::with(&bad);
    world.write_library("libtext.so", b"hello");
    world.write_library("libempty.so", b"");
    let report = world.host().check();
    let out = report.plugins.iter().filter(|plugin| plugin.serving == Serving::Out);
    let told: Vec<_> = out.map(|plugin| format!("{}: {}", plugin.id, plugin.line)).collect();
    insta::assert_snapshot!(told.join("\n"), @r###"
    aborts: Plugin That Aborts: 1 problem that keeps it from loading
    f_empty: libempty.so: 1 problem that keeps it from loading
    f_not_a_plugin: libnot_a_plugin.so: 1 problem that keeps it from loading
    f_text: libtext.so: 1 problem that keeps it from loading
    honest: Honest Plugin: 1 problem that keeps it from loading
    panics_in_schema: Plugin That Panics in schema: 1 problem that keeps it from loading
    tomorrow: Plugin of Tomorrow: 1 problem that keeps it from loading
    "###);
}

//! One order over all plugins; whoever has no place in it is out with the reason, and the others are not.

use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::health::{Serving, Status};
use tenon_tests::World;

/// The plugins that are out, with all reasons; the Inventory Plugin must not be, and heals.
fn out(world: &World) -> String {
    let host = world.heal_and_prove_some(&["inventory"]);
    let report = host.check();
    assert_eq!(report.status, Status::Degraded);
    out_of(&report)
}

fn out_of(report: &tenon_host::report::HealthReport) -> String {
    let out = report.plugins.iter().filter(|plugin| plugin.serving == Serving::Out);
    let told = out.flat_map(|plugin| {
        plugin.findings.iter().map(|finding| format!("{}: {}", plugin.id, finding.message))
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn all_plugins_together_have_one_order_whatever_their_files_are_called() {
    let world = World::with(&["reporting", "orders", "inventory"]);
    world.install_as("identity", "libzzz.so");
    let files = world.host().plan().files();
    insta::assert_snapshot!(files.join("\n"), @r###"
    core/0001_ledger.sql
    core/0002_reading.sql
    core/0003_audit.sql
    core/0004_administration.sql
    core/0005_shared.sql
    core/0006_hosts.sql
    core/0007_jobs.sql
    core/0008_caller.sql
    core/0009_events.sql
    core/0010_called.sql
    core/0011_settings.sql
    identity/0001_accounts.sql
    identity/0002_public_id.sql
    inventory/0001_items.sql
    inventory/0002_search.sql
    inventory/0003_reorder_level.sql
    orders/0001_orders.sql
    reporting/0001_order_summary.sql
    "###);
    let other = World::with(&["identity"]);
    other.install_as("reporting", "liba.so");
    other.install_as("inventory", "libb.so");
    other.install_as("orders", "libc.so");
    let (plan, other) = (world.host().plan(), other.host().plan());
    assert_eq!((plan.files(), plan.hash), (other.files(), other.hash));
}

#[test]
fn a_circle_of_files_is_told_as_a_path_one_can_follow() {
    insta::assert_snapshot!(out(&World::with(&["inventory", "billing", "accounts"])), @r###"
    accounts: migrations require each other in a circle: accounts/0002_b.sql -> billing/0002_b.sql -> accounts/0003_c.sql -> accounts/0002_b.sql; none of them can be first, so one of these requirements has to be taken out by its plugin's author
    accounts: requires plugin billing, which cannot be used; see the problem of billing
    billing: migrations require each other in a circle: accounts/0002_b.sql -> billing/0002_b.sql -> accounts/0003_c.sql -> accounts/0002_b.sql; none of them can be first, so one of these requirements has to be taken out by its plugin's author
    billing: billing/0002_b.sql requires accounts/0003_c.sql, but plugin billing does not require plugin accounts; its author has to add accounts with a version range to the plugin's requirements
    "###);
}

#[test]
fn a_file_that_nobody_brings_is_told_by_its_name() {
    insta::assert_snapshot!(out(&World::with(&["inventory", "requires_unknown"])), @"requires_unknown: requires_unknown/0001_a.sql requires inventory/0009_nothing.sql, which does not exist; install a version of plugin inventory that brings it, or correct the requirement");
}

#[test]
fn a_version_that_is_not_there_is_told_with_the_one_that_is() {
    let world = World::with(&["inventory", "identity"]);
    world.install("orders_of_the_future");
    let report = world.host().check();
    insta::assert_snapshot!(out_of(&report), @"orders: requires identity ^9, but identity 1.1.0 is installed; install a version of either that fits");
    assert_eq!(report.plugin(&"identity".parse().unwrap()).unwrap().serving, Serving::Held, "only pending");
}

#[test]
fn a_plugin_that_requires_one_that_is_out_is_out_with_it() {
    let world = World::with(&["inventory", "orders", "reporting"]);
    world.write_library("libidentity.so", b"no library");
    let told = out(&world);
    insta::assert_snapshot!(told, @r###"
    f_identity: libidentity.so: it is not an ELF shared library but a text file
    orders: requires plugin identity (^1.1), which is not installed; install it, or remove this plugin
    reporting: requires plugin identity (^1.1), which is not installed; install it, or remove this plugin
    reporting: requires plugin orders, which cannot be used; see the problem of orders
    "###);
}

#[test]
fn two_files_with_one_id_are_a_conflict_that_names_both() {
    let world = World::with(&["inventory", "identity"]);
    world.install_as("identity_1_0", "libidentity_old.so");
    let told = out(&world);
    assert!(told.contains("libidentity.so") && told.contains("libidentity_old.so"), "{told}");
    let report = world.host().check();
    let conflicts = report.findings().filter(|finding| finding.cause == Cause::Conflict);
    assert_eq!(conflicts.count(), 2, "each of them is told: {told}");
}

#[test]
fn two_plugins_with_one_table_are_a_conflict_that_names_both() {
    let world = World::with(&["identity", "inventory", "claims_item"]);
    let report = world.host().check();
    assert_eq!(report.status, Status::Degraded);
    insta::assert_snapshot!(out_of(&report), @r###"
    inventory: inventory.item is claimed by inventory and stock
    stock: inventory.item is claimed by inventory and stock
    "###);
}

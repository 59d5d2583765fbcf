//! The generations of the contract are frozen.

use std::fmt::Write as _;

use abi_stable::StableAbi;
use abi_stable::std_types::utypeid::UTypeId;
use abi_stable::std_types::{RResult, RSlice, RStr, RString, RVec};
use abi_stable::type_layout::{TLField, TypeLayout};
use tenon_plugin_api::contract::{
    DbRefV1, ErrorV1, HostRefV1, HostRefV2, MigrationV1, ParamV1, PluginV1, PluginV1Ref, PluginV2,
    PluginV2Ref, RequestV1, Res, ResponseV1, RowsV1,
};

const FROZEN_1: &str = include_str!("layout_v1.txt");
const FROZEN_2: &str = include_str!("layout_v2.txt");

const CHANGED: &str = "a type of the contract changed, so every plugin built before would be refused. Undo that; \
                       what has to change goes into a generation of its own (see src/contract/mod.rs).";

/// Every type of ours that a plugin and the host hand to each other: size, alignment, fields, functions.
fn dump(plugin: &'static TypeLayout, host: &'static TypeLayout) -> String {
    let mut seen = Vec::new();
    let mut text = String::new();
    for layout in [
        plugin,
        <DbRefV1<'static> as StableAbi>::LAYOUT,
        host,
        // What only occurs as a parameter or a result is not reached through the functions' own layouts.
        <Res<()> as StableAbi>::LAYOUT,
        <RequestV1<'static> as StableAbi>::LAYOUT,
        <ResponseV1 as StableAbi>::LAYOUT,
        <MigrationV1 as StableAbi>::LAYOUT,
        <ParamV1<'static> as StableAbi>::LAYOUT,
        <RowsV1 as StableAbi>::LAYOUT,
    ] {
        visit(layout, &mut seen, &mut text);
    }
    text
}

fn visit(layout: &'static TypeLayout, seen: &mut Vec<UTypeId>, text: &mut String) {
    let id = layout.get_utypeid();
    if seen.contains(&id) {
        return;
    }
    seen.push(id);
    let fields = fields(layout);
    if layout.package() == "tenon-plugin-api" {
        let _ = writeln!(
            text,
            "{}: {} bytes, aligned to {}",
            layout.full_type(),
            layout.size(),
            layout.alignment()
        );
        for field in &fields {
            let _ = writeln!(text, "    {}: {}", field.name(), spelled(field.layout()));
            for function in field.function_range().iter() {
                let function = function.to_string();
                let _ = writeln!(text, "        {}", function.lines().next().unwrap_or_default());
            }
        }
    }
    for field in fields {
        visit(field.layout(), seen, text);
    }
}

fn fields(layout: &'static TypeLayout) -> Vec<TLField> {
    let own = layout.get_fields().map(|fields| fields.to_vec()).unwrap_or_default();
    own.into_iter().chain(layout.phantom_fields().to_vec()).collect()
}

/// A type's name; for abi_stable's own types with their fields, since those say what they are made of.
fn spelled(layout: &'static TypeLayout) -> String {
    let name = layout.full_type().to_string();
    let fields = fields(layout);
    if layout.package() != "abi_stable" || fields.is_empty() {
        return name;
    }
    let fields: Vec<String> =
        fields.iter().map(|field| format!("{}: {}", field.name(), field.full_type())).collect();
    format!("{name} {{ {} }}", fields.join(", "))
}

#[test]
fn no_type_of_generation_1_has_changed() {
    let dumped = dump(<PluginV1Ref as StableAbi>::LAYOUT, <HostRefV1<'static> as StableAbi>::LAYOUT);
    assert_eq!(dumped, FROZEN_1, "generation 1: {CHANGED}");
}

#[test]
fn no_type_of_generation_2_has_changed() {
    let dumped = dump(<PluginV2Ref as StableAbi>::LAYOUT, <HostRefV2<'static> as StableAbi>::LAYOUT);
    assert_eq!(dumped, FROZEN_2, "generation 2: {CHANGED}");
}

/// The dump cannot show what the parameters of functions are made of; this does not compile if that changes.
#[test]
fn no_function_of_generation_1_has_changed() {
    type Sql<'a> = RStr<'a>;
    type Params<'a> = RSlice<'a, ParamV1<'a>>;

    let _: for<'a> fn(&'a DbRefV1<'a>, Sql<'a>, Params<'a>) -> RResult<RowsV1, ErrorV1> =
        |db, sql, params| db.query(sql, params);
    let _: for<'a> fn(&'a DbRefV1<'a>, Sql<'a>, Params<'a>) -> RResult<u64, ErrorV1> =
        |db, sql, params| db.execute(sql, params);
    let _: for<'a> fn(&'a DbRefV1<'a>, RStr<'a>) -> RResult<(), ErrorV1> = |db, name| db.savepoint(name);
    let _: for<'a> fn(&'a DbRefV1<'a>, RStr<'a>) -> RResult<(), ErrorV1> = |db, name| db.rollback_to(name);
    let _: for<'a> fn(&'a DbRefV1<'a>, RStr<'a>) -> RResult<(), ErrorV1> = |db, name| db.release(name);
    let _: for<'a> fn(&'a DbRefV1<'a>) -> u64 = |db| db.remaining_ms();
    let _: for<'a> fn(&'a HostRefV1<'a>, u8, RStr<'a>, RStr<'a>, RStr<'a>) =
        |host, level, target, message, fields| host.log(level, target, message, fields);
    let _: for<'a> fn(&'a HostRefV1<'a>) -> RString = |host| host.config();
    let _: for<'a> fn(&'a HostRefV1<'a>) -> RString = |host| host.host_version();

    let _ = |plugin: PluginV1| {
        let _: extern "C" fn() -> RString = plugin.manifest;
        let _: extern "C" fn() -> RResult<RString, ErrorV1> = plugin.schema;
        let _: extern "C" fn() -> RResult<RVec<MigrationV1>, ErrorV1> = plugin.migrations;
        let _: extern "C" fn(HostRefV1<'_>) -> RResult<(), ErrorV1> = plugin.init;
        let _: extern "C" fn(RequestV1<'_>, HostRefV1<'_>, DbRefV1<'_>) -> RResult<ResponseV1, ErrorV1> =
            plugin.handle;
        let _: extern "C" fn(HostRefV1<'_>) -> RResult<(), ErrorV1> = plugin.shutdown;
    };
}

#[test]
fn no_function_of_generation_2_has_changed() {
    type Input<'a> = RSlice<'a, u8>;
    type Output = RResult<RVec<u8>, ErrorV1>;

    let _: for<'a> fn(&'a HostRefV2<'a>, u8, RStr<'a>, RStr<'a>, RStr<'a>) =
        |host, level, target, message, fields| host.log(level, target, message, fields);
    let _: for<'a> fn(&'a HostRefV2<'a>) -> RString = |host| host.config();
    let _: for<'a> fn(&'a HostRefV2<'a>) -> RString = |host| host.host_version();
    let _: for<'a> fn(&'a HostRefV2<'a>, RStr<'a>, Input<'a>) -> Output =
        |host, name, input| host.service(name, input);

    let _ = |plugin: PluginV2| {
        let _: extern "C" fn() -> RString = plugin.manifest;
        let _: extern "C" fn() -> RResult<RString, ErrorV1> = plugin.schema;
        let _: extern "C" fn() -> RResult<RVec<MigrationV1>, ErrorV1> = plugin.migrations;
        let _: extern "C" fn(HostRefV2<'_>) -> RResult<(), ErrorV1> = plugin.init;
        let _: extern "C" fn(RequestV1<'_>, HostRefV2<'_>, DbRefV1<'_>) -> RResult<ResponseV1, ErrorV1> =
            plugin.handle;
        let _: extern "C" fn(HostRefV2<'_>) -> RResult<(), ErrorV1> = plugin.shutdown;
    };
}

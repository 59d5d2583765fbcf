//! Generation 2's functions.

use abi_stable::extern_fn_panic_handling;
use abi_stable::library::RootModuleResult;
use abi_stable::prefix_type::WithMetadata;

use super::{Export, functions};
use crate::contract::{DbRefV1, HostRefV2, PluginV2, PluginV2Ref, RequestV1, Res, ResponseV1};

/// The functions of one plugin.
pub fn module_v2<E: Export>() -> PluginV2Ref {
    PluginV2Ref(Module::<E>::VALUE.static_as_prefix())
}

/// What the exported header calls to get them.
pub extern "C" fn root_v2<E: Export>() -> RootModuleResult {
    extern_fn_panic_handling! { abi_stable::library::__call_root_module_loader(module_v2::<E>) }
}

struct Module<E>(E);

impl<E: Export> Module<E> {
    const VALUE: &'static WithMetadata<PluginV2> = &WithMetadata::new(PluginV2 {
        manifest: functions::manifest::<E>,
        schema: functions::schema::<E>,
        migrations: functions::migrations::<E>,
        init: init::<E>,
        handle: handle::<E>,
        shutdown: shutdown::<E>,
    });
}

extern "C" fn init<E: Export>(host: HostRefV2<'_>) -> Res<()> {
    functions::init::<E>(&host)
}

extern "C" fn handle<E: Export>(
    request: RequestV1<'_>,
    host: HostRefV2<'_>,
    db: DbRefV1<'_>,
) -> Res<ResponseV1> {
    functions::handle::<E>(request, &host, db)
}

extern "C" fn shutdown<E: Export>(host: HostRefV2<'_>) -> Res<()> {
    functions::shutdown::<E>(&host)
}

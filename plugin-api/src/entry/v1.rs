//! Generation 1's functions.

use abi_stable::extern_fn_panic_handling;
use abi_stable::library::RootModuleResult;
use abi_stable::prefix_type::WithMetadata;

use super::{Export, functions};
use crate::contract::{DbRefV1, HostRefV1, PluginV1, PluginV1Ref, RequestV1, Res, ResponseV1};
use crate::host::HostOfGeneration1;

/// The functions of one plugin.
pub fn module_v1<E: Export>() -> PluginV1Ref {
    PluginV1Ref(Module::<E>::VALUE.static_as_prefix())
}

/// What the exported header calls to get them.
pub extern "C" fn root_v1<E: Export>() -> RootModuleResult {
    extern_fn_panic_handling! { abi_stable::library::__call_root_module_loader(module_v1::<E>) }
}

struct Module<E>(E);

impl<E: Export> Module<E> {
    const VALUE: &'static WithMetadata<PluginV1> = &WithMetadata::new(PluginV1 {
        manifest: functions::manifest::<E>,
        schema: functions::schema::<E>,
        migrations: functions::migrations::<E>,
        init: init::<E>,
        handle: handle::<E>,
        shutdown: shutdown::<E>,
    });
}

extern "C" fn init<E: Export>(host: HostRefV1<'_>) -> Res<()> {
    functions::init::<E>(&HostOfGeneration1(&host))
}

extern "C" fn handle<E: Export>(
    request: RequestV1<'_>,
    host: HostRefV1<'_>,
    db: DbRefV1<'_>,
) -> Res<ResponseV1> {
    functions::handle::<E>(request, &HostOfGeneration1(&host), db)
}

extern "C" fn shutdown<E: Export>(host: HostRefV1<'_>) -> Res<()> {
    functions::shutdown::<E>(&HostOfGeneration1(&host))
}

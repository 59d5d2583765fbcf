//! The functions of a plugin, of whichever generation of the contract: what calls them need not know.

use abi_stable::library::{AbiHeaderRef, LibHeader, LibraryError};
use abi_stable::std_types::{RString, RVec};
use tenon_plugin_api::contract::{
    MigrationV1, PluginV1Ref, PluginV2Ref, RequestV1, Res, ResponseV1, SYMBOL_V1, SYMBOL_V2, borrow_db,
    borrow_host, borrow_host_v2,
};

use super::plugin_host::PluginHost;
use super::slot::ConnectionSlot;

/// A generation of the contract that this host speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    One,
    Two,
}

impl Generation {
    /// Every generation, the newest first: of those that a plugin exports the first is taken.
    pub const ALL: &[Self] = &[Self::Two, Self::One];

    /// The number by which libraries and manifests name it.
    pub const fn number(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// The symbol at which a library exports it.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::One => SYMBOL_V1,
            Self::Two => SYMBOL_V2,
        }
    }

    /// The newest of those that a library exports.
    pub fn newest(exported: &[u32]) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| exported.contains(&one.number()))
    }

    /// Has the library's header checked, and gets the functions.
    pub(super) fn entries(self, header: AbiHeaderRef) -> Result<Entries, LibraryError> {
        let header = header.upgrade()?;
        match self {
            Self::One => LibHeader::init_root_module(header).map(Entries::One),
            Self::Two => LibHeader::init_root_module(header).map(Entries::Two),
        }
    }
}

/// The functions of one plugin.
#[derive(Clone, Copy)]
pub(super) enum Entries {
    One(PluginV1Ref),
    Two(PluginV2Ref),
}

impl Entries {
    pub(super) fn manifest(self) -> RString {
        match self {
            Self::One(entries) => entries.manifest()(),
            Self::Two(entries) => entries.manifest()(),
        }
    }

    pub(super) fn schema(self) -> Res<RString> {
        match self {
            Self::One(entries) => entries.schema()(),
            Self::Two(entries) => entries.schema()(),
        }
    }

    pub(super) fn migrations(self) -> Res<RVec<MigrationV1>> {
        match self {
            Self::One(entries) => entries.migrations()(),
            Self::Two(entries) => entries.migrations()(),
        }
    }

    pub(super) fn init(self, host: &PluginHost) -> Res<()> {
        match self {
            Self::One(entries) => entries.init()(borrow_host(host)),
            Self::Two(entries) => entries.init()(borrow_host_v2(host)),
        }
    }

    pub(super) fn shutdown(self, host: &PluginHost) -> Res<()> {
        match self {
            Self::One(entries) => entries.shutdown()(borrow_host(host)),
            Self::Two(entries) => entries.shutdown()(borrow_host_v2(host)),
        }
    }

    pub(super) fn handle(
        self,
        request: RequestV1<'_>,
        host: &PluginHost,
        db: &ConnectionSlot,
    ) -> Res<ResponseV1> {
        match self {
            Self::One(entries) => entries.handle()(request, borrow_host(host), borrow_db(db)),
            Self::Two(entries) => entries.handle()(request, borrow_host_v2(host), borrow_db(db)),
        }
    }
}

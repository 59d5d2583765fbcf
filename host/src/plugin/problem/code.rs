//! What can be said of a plugin's file: each code once.

use serde::{Serialize, Serializer};

use crate::support::codes::codes;

codes! {
    /// What is wrong with a plugin's file, or worth knowing of it. Their names are part of reports, and
    /// what each means stands in `explanations.md`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    ProblemCode:
    AbiMismatch = "abi-mismatch",
    BadDescriptors = "bad-descriptors",
    BadEntry = "bad-entry",
    BadEvent = "bad-event",
    BadJob = "bad-job",
    BadManifest = "bad-manifest",
    BadMigration = "bad-migration",
    BadRoute = "bad-route",
    BadSettings = "bad-settings",
    BadSignature = "bad-signature",
    ConstructorFailed = "constructor-failed",
    Constructors = "constructors",
    ContractTooNew = "contract-too-new",
    ContractTooOld = "contract-too-old",
    ContractVersion = "contract-version",
    Damaged = "damaged",
    DanglingLink = "dangling-link",
    DescriptorsTooNew = "descriptors-too-new",
    Destructors = "destructors",
    Empty = "empty",
    ExecutableStack = "executable-stack",
    ForbiddenImport = "forbidden-import",
    ForbiddenLibrary = "forbidden-library",
    GlibcTooOld = "glibc-too-old",
    HidesAnother = "hides-another",
    Hung = "hung",
    HungInConstructor = "hung-in-constructor",
    IllegibleName = "illegible-name",
    LayoutMismatch = "layout-mismatch",
    LinkLeaves = "link-leaves",
    ManifestLies = "manifest-lies",
    NeededByPath = "needed-by-path",
    NoLockFile = "no-lock-file",
    NoManifest = "no-manifest",
    NoSymbol = "no-symbol",
    NoThread = "no-thread",
    NotAFile = "not-a-file",
    NotALibrary = "not-a-library",
    NotAPlugin = "not-a-plugin",
    NotConfined = "not-confined",
    NotLoadable = "not-loadable",
    NotMarked = "not-marked",
    NotPinned = "not-pinned",
    NotSealed = "not-sealed",
    NotShared = "not-shared",
    NotSigned = "not-signed",
    NotText = "not-text",
    OtherLibraries = "other-libraries",
    PanicAbort = "panic-abort",
    Panicked = "panicked",
    PinDiffers = "pin-differs",
    QuarantineUnknown = "quarantine-unknown",
    Quarantined = "quarantined",
    Refused = "refused",
    RefusedBeside = "refused-beside",
    RefusedCalls = "refused-calls",
    RelativeRunPath = "relative-run-path",
    ReservedId = "reserved-id",
    RouteConflict = "route-conflict",
    RunPath = "run-path",
    SameBytes = "same-bytes",
    SameFile = "same-file",
    SameId = "same-id",
    StandsIn = "stands-in",
    StrayRelro = "stray-relro",
    TextRelocations = "text-relocations",
    TooLarge = "too-large",
    Truncated = "truncated",
    UnknownKey = "unknown-key",
    UnmetRequirement = "unmet-requirement",
    Unreadable = "unreadable",
    WritableByOthers = "writable-by-others",
    WritableCode = "writable-code",
    WrongArchitecture = "wrong-architecture",
    WrongSystem = "wrong-system",
    WrongTarget = "wrong-target",
}

impl Serialize for ProblemCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

//! The properties that objects have, by their names in the catalog queries.

use serde::{Deserialize, Serialize};

named! {
    /// What can be said of an object. The catalog queries name their columns after these.
    Property:
    RelationKind "relation_kind" "kind of relation",
    Persistence "persistence" "persistence",
    DataType "data_type" "type",
    Collation "collation" "collation",
    Inherited "inherited" "inherited and not declared",
    NotNull "not_null" "NOT NULL",
    NotNullName "not_null_name" "name of NOT NULL",
    NotNullValidated "not_null_validated" "validity of NOT NULL",
    NotNullNoInherit "not_null_no_inherit" "NO INHERIT of NOT NULL",
    NotNullInherited "not_null_inherited" "NOT NULL inherited and not declared",
    Default "default" "default",
    Identity "identity" "identity",
    Generated "generated" "generation expression",
    ConstraintType "constraint_type" "kind of constraint",
    Columns "columns" "columns",
    Include "include" "INCLUDE columns",
    References "references" "referenced table",
    ReferencedColumns "referenced_columns" "referenced columns",
    OnDelete "on_delete" "ON DELETE action",
    OnUpdate "on_update" "ON UPDATE action",
    Match "match" "MATCH type",
    Expression "expression" "expression",
    Definition "definition" "definition",
    Deferrable "deferrable" "DEFERRABLE",
    InitiallyDeferred "initially_deferred" "INITIALLY DEFERRED",
    Validated "validated" "validity",
    Enforced "enforced" "enforcement",
    NoInherit "no_inherit" "NO INHERIT",
    Period "period" "PERIOD or WITHOUT OVERLAPS",
    NullsNotDistinct "nulls_not_distinct" "NULLS NOT DISTINCT",
    Unique "unique" "uniqueness",
    Method "method" "access method",
    Keys "keys" "keys",
    Predicate "predicate" "predicate",
    Valid "valid" "validity",
    State "state" "state",
    AttachedTo "attached_to" "index of the partitioned table",
    Labels "labels" "labels",
    Start "start" "start value",
    Increment "increment" "increment",
    Min "min" "minimum",
    Max "max" "maximum",
    Cache "cache" "cache size",
    Cycle "cycle" "CYCLE",
    OwnedBy "owned_by" "owning column",
    Storage "storage" "storage",
    Compression "compression" "compression",
    StatisticsTarget "statistics_target" "statistics target",
    Options "options" "options",
    ForeignOptions "foreign_options" "foreign options",
    Tablespace "tablespace" "tablespace",
    ReplicaIdentity "replica_identity" "replica identity",
    RowSecurity "row_security" "row level security",
    ForceRowSecurity "force_row_security" "FORCE ROW LEVEL SECURITY",
    PartitionKey "partition_key" "partition key",
    PartitionOf "partition_of" "partitioned table",
    PartitionBound "partition_bound" "partition bound",
    Inherits "inherits" "parents",
    ChildrenElsewhere "children_elsewhere" "children outside of the plugins' schemas",
    ColumnOrder "column_order" "order of columns",
    LeftBehind "left_behind" "leftovers",
    Synchronization "synchronization" "rows still to be copied",
    OfType "of_type" "row type",
    Server "server" "foreign server",
    Clustered "clustered" "CLUSTER",
    KeyOptions "key_options" "operator class parameters",
    Query "query" "query",
    Populated "populated" "populated",
    Star "star" "star",
    RoutineKind "routine_kind" "kind of routine",
    Arguments "arguments" "arguments",
    Returns "returns" "result",
    Language "language" "language",
    Body "body" "body",
    Library "library" "library",
    Volatility "volatility" "volatility",
    Parallel "parallel" "parallel safety",
    Strict "strict" "STRICT",
    SecurityDefiner "security_definer" "SECURITY DEFINER",
    Leakproof "leakproof" "LEAKPROOF",
    Cost "cost" "cost",
    Rows "rows" "rows",
    Support "support" "support function",
    Settings "settings" "settings",
    Transforms "transforms" "transforms",
    Timing "timing" "timing",
    Events "events" "events",
    Level "level" "FOR EACH",
    Condition "condition" "condition",
    Function "function" "function",
    OldTable "old_table" "OLD TABLE",
    NewTable "new_table" "NEW TABLE",
    Enabled "enabled" "enabled",
    ReferencedEnabled "referenced_enabled" "enabled on the referenced table",
    Permissive "permissive" "kind of policy",
    Command "command" "command",
    Roles "roles" "roles",
    Using "using" "USING",
    WithCheck "with_check" "WITH CHECK",
    Checks "checks" "check constraints",
    Attributes "attributes" "attributes",
    Subtype "subtype" "subtype",
    Multirange "multirange" "multirange type",
    Canonical "canonical" "canonical function",
    SubtypeDiff "subtype_diff" "difference function",
    OperatorClass "operator_class" "operator class",
    Provider "provider" "provider",
    Locale "locale" "locale",
    Deterministic "deterministic" "determinism",
    Commutator "commutator" "commutator",
    Negator "negator" "negator",
    Restrict "restrict" "selectivity function",
    Join "join" "join selectivity function",
    Hashes "hashes" "HASHES",
    Merges "merges" "MERGES",
    Family "family" "family",
    IsDefault "is_default" "DEFAULT",
    Members "members" "members",
    Context "context" "context",
    Template "template" "template",
    Parser "parser" "parser",
    Mappings "mappings" "mappings",
    Tables "tables" "tables",
    Schemas "schemas" "schemas",
    AllTables "all_tables" "FOR ALL TABLES",
    Tags "tags" "tags",
    ViaRoot "via_root" "publish_via_partition_root",
    ServerType "server_type" "type of server",
    Wrapper "wrapper" "foreign-data wrapper",
    Version "version" "version",
    ExtensionSchema "extension_schema" "schema",
    Owner "owner" "owner",
    Grants "grants" "grants",
    Comment "comment" "comment",
    Casts "casts" "casts between PostgreSQL's own types",
    UserMappings "user_mappings" "user mappings",
    Subscriptions "subscriptions" "subscriptions",
    MemberGrants "member_grants" "rights on what extensions have",
    ExtensionComments "extension_comments" "comments on extensions",
    PreparedTransactions "prepared_transactions" "prepared transactions",
    IndexComment "index_comment" "comment on the index",
    NotNullComment "not_null_comment" "comment on NOT NULL",
    DependsOn "depends_on" "extensions it depends on",
    Contents "contents" "contents",
    StoodIn "stood_in" "schema at that time",
    Relocatable "relocatable" "relocatability",
}

impl Property {
    /// Whether it is compared, and not only there to say what others mean.
    pub fn is_compared(self) -> bool {
        !matches!(self, Self::Contents | Self::StoodIn | Self::Relocatable)
    }

    /// Whether a list of this is sorted by whoever reads it, since PostgreSQL gives it no order.
    pub fn has_no_order(self) -> bool {
        matches!(
            self,
            Self::Options
                | Self::ForeignOptions
                | Self::Settings
                | Self::Roles
                | Self::Members
                | Self::Checks
                | Self::Tags
                | Self::Tables
                | Self::Schemas
                | Self::Mappings
                | Self::Grants
                | Self::Casts
                | Self::UserMappings
                | Self::Subscriptions
                | Self::MemberGrants
                | Self::ExtensionComments
                | Self::PreparedTransactions
                | Self::ChildrenElsewhere
                | Self::LeftBehind
                | Self::Synchronization
                | Self::DependsOn
                | Self::Contents
        )
    }
}

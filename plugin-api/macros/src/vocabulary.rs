//! The words of every macro, each with what it looks like and what it means.
//!
//! What a macro does not know it refuses with the words that it does, which stand here and nowhere else. This
//! file needs nothing: a reference can be written from it.
//!
//! Longer than 400 lines: one table of words, of which a reference is made, stands in one file.

/// A word that a macro knows.
#[derive(Debug)]
pub(crate) struct Word {
    /// The word itself.
    pub(crate) name: &'static str,
    /// How it is written, with what belongs to it.
    pub(crate) shape: &'static str,
    /// What it means, in one line.
    pub(crate) meaning: &'static str,
}

const fn word(name: &'static str, shape: &'static str, meaning: &'static str) -> Word {
    Word { name, shape, meaning }
}

/// The words of one place, and the place.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    /// The place, as an author writes it.
    pub(crate) place: &'static str,
    /// The words.
    pub(crate) words: &'static [Word],
}

const NAME: Word = word("name", "name = \"…\"", "its name; default: the one that PostgreSQL chooses");
const DEFERRABLE: Word = word(
    "deferrable",
    "deferrable = \"immediate\" or \"deferred\"",
    "when it is checked, where that can be put off",
);
const COLUMNS: Word = word("columns", "columns(a, \"b\")", "the columns");
const INCLUDE: Word = word("include", "include(a)", "columns that the index holds besides its keys");
const NULLS_NOT_DISTINCT: Word =
    word("nulls_not_distinct", "nulls_not_distinct", "two NULLs are the same value");
const ON_DELETE: Word = word(
    "on_delete",
    "on_delete = \"cascade\"",
    "what a removed row does to those that refer to it: no_action, restrict, cascade, set_null, set_default",
);
const ON_UPDATE: Word = word("on_update", "on_update = \"cascade\"", "the same for a key that changes");
const MATCH_FULL: Word = word("match_full", "match_full", "all columns of the key are NULL, or none is");

/// `#[entity(…)]`
pub(crate) const ENTITY: Vocabulary = Vocabulary {
    place: "#[entity(…)]",
    words: &[
        word("table", "table = \"schema.name\"", "the table that the struct describes; must be there"),
        word("primary_key", "primary_key(columns(a, b), …)", "a primary key of several columns"),
        word("unique", "unique(columns(a, b), …)", "a unique constraint; may stand several times"),
        word(
            "foreign_key",
            "foreign_key(columns(a), references = \"schema.name\", …)",
            "a foreign key; may stand several times",
        ),
        word("check", "check(\"qty >= 0\", …)", "a check constraint; may stand several times"),
        word("exclude", "exclude(\"USING gist (…)\", …)", "an exclusion constraint; may stand several times"),
        word(
            "index",
            "index(keys(\"lower(name)\", sku), …)",
            "an index that no constraint makes; may stand several times",
        ),
        word(
            "force_row_security",
            "force_row_security",
            "row security also holds the owner of the table (FORCE ROW LEVEL SECURITY)",
        ),
    ],
};

/// `primary_key(…)` of an entity
pub(crate) const PRIMARY_KEY: Vocabulary =
    Vocabulary { place: "primary_key(…)", words: &[COLUMNS, INCLUDE, NAME, DEFERRABLE] };

/// `unique(…)` of an entity
pub(crate) const UNIQUE: Vocabulary =
    Vocabulary { place: "unique(…)", words: &[COLUMNS, INCLUDE, NULLS_NOT_DISTINCT, NAME, DEFERRABLE] };

/// `foreign_key(…)` of an entity
pub(crate) const FOREIGN_KEY: Vocabulary = Vocabulary {
    place: "foreign_key(…)",
    words: &[
        COLUMNS,
        word("references", "references = \"schema.name\"", "the table that it refers to; must be there"),
        word("referenced", "referenced(id)", "the columns there; default: its primary key"),
        ON_DELETE,
        ON_UPDATE,
        word(
            "on_delete_columns",
            "on_delete_columns(a)",
            "the columns that set_null and set_default are for",
        ),
        MATCH_FULL,
        NAME,
        DEFERRABLE,
    ],
};

/// `check(…)` of an entity or a column
pub(crate) const CHECK: Vocabulary = Vocabulary {
    place: "check(…)",
    words: &[word("no_inherit", "no_inherit", "children of the table are not held to it"), NAME, DEFERRABLE],
};

/// `exclude(…)` of an entity
pub(crate) const EXCLUDE: Vocabulary = Vocabulary { place: "exclude(…)", words: &[NAME, DEFERRABLE] };

/// `index(…)` of an entity
pub(crate) const INDEX: Vocabulary = Vocabulary {
    place: "index(…)",
    words: &[
        word("keys", "keys(\"lower(name)\", \"sku DESC\")", "what it indexes, as SQL; must be there"),
        NAME,
        word("unique", "unique", "no two rows have the same keys"),
        word("method", "method = \"gin\"", "the access method; default: btree"),
        INCLUDE,
        NULLS_NOT_DISTINCT,
        word("where", "where = \"…\"", "the rows that it has, as SQL"),
    ],
};

/// `#[column(…)]`
pub(crate) const COLUMN: Vocabulary = Vocabulary {
    place: "#[column(…)]",
    words: &[
        word("name", "name = \"at\"", "the column's name; default: the field's"),
        word("type", "type = \"varchar(25)\"", "the type as SQL; default: that of the field's type"),
        word("default", "default = \"now()\"", "the default as SQL"),
        word("identity", "identity = \"always\" or \"by_default\"", "an identity column"),
        word("generated", "generated = \"price * qty\"", "a column that is computed from others, as SQL"),
        word("collation", "collation = \"\\\"C\\\"\"", "the collation as SQL"),
        word("primary_key", "primary_key", "the primary key is this column"),
        word("unique", "unique", "no two rows have the same value"),
        word("check", "check = \"text <> ''\"", "a check constraint; may stand several times"),
        word("references", "references = \"schema.table(column)\"", "a foreign key of this column"),
        ON_DELETE,
        ON_UPDATE,
        word("deferrable", "deferrable = \"immediate\" or \"deferred\"", "when the reference is checked"),
    ],
};

/// `primary_key(…)` of a column
pub(crate) const COLUMN_PRIMARY_KEY: Vocabulary =
    Vocabulary { place: "#[column(primary_key(…))]", words: &[NAME, DEFERRABLE] };

/// `unique(…)` of a column
pub(crate) const COLUMN_UNIQUE: Vocabulary =
    Vocabulary { place: "#[column(unique(…))]", words: &[NULLS_NOT_DISTINCT, NAME, DEFERRABLE] };

/// `references(…)` of a column
pub(crate) const COLUMN_REFERENCES: Vocabulary = Vocabulary {
    place: "#[column(references(…))]",
    words: &[ON_DELETE, ON_UPDATE, MATCH_FULL, NAME, DEFERRABLE],
};

/// `#[pg_enum(…)]` of an enum
pub(crate) const ENUM_TYPE: Vocabulary = Vocabulary {
    place: "#[pg_enum(…)] of an enum",
    words: &[word("name", "name = \"schema.name\"", "the PostgreSQL type that it stands for; must be there")],
};

/// `#[pg_enum(…)]` of a variant
pub(crate) const ENUM_VALUE: Vocabulary = Vocabulary {
    place: "#[pg_enum(…)] of a variant",
    words: &[word("rename", "rename = \"on hold\"", "its label; default: the variant's name in snake case")],
};

/// `export_plugin! { … }`
pub(crate) const EXPORT_PLUGIN: Vocabulary = Vocabulary {
    place: "export_plugin! { … }",
    words: &[
        word("id", "id: \"inventory\"", "the plugin's id; must be there"),
        word("name", "name: \"Inventory Plugin\"", "the plugin's name for people; must be there"),
        word("version", "version: \"1.2.0\"", "the version; default: the crate's"),
        word("requires", "requires: { identity: \"^1\" }", "the plugins that it needs, with semver ranges"),
        word(
            "routes",
            "routes: [\"GET /items\", read_only(\"POST /search\")]",
            "the routes, unless routes! declares them",
        ),
        word(
            "access",
            "access: public",
            "whom the routes answer of which nothing else is said: public, user or admin; default: user",
        ),
        word(
            "credentials",
            "credentials: [authorization, cookies]",
            "what the plugin gets of a request's credentials; default: none but its own cookies",
        ),
        word(
            "needs",
            "needs: [fetch, files]",
            "services of the host that the plugin cannot do without; a host that lacks one refuses it",
        ),
        word(
            "offers",
            "offers: [reserve]",
            "functions that plugins may call that require this one, in their own transaction",
        ),
        word(
            "jobs",
            "jobs: [every(\"1h\", remind), cron(\"0 3 * * *\", tidy)]",
            "what the plugin does without being asked",
        ),
        word(
            "emits",
            "emits: { \"inventory.sold\": Sold }",
            "the events that db.emit tells others of, with the types of their payloads",
        ),
        word(
            "events",
            "events: { \"orders.placed\": on_placed }",
            "functions that hear events, of this plugin and of those that it requires",
        ),
        word("assets", "assets: \"web\"", "the folder of the files that its pages have"),
        word(
            "pages",
            "pages: [page(\"board\", \"Board\", \"index.html\")]",
            "pages in the console: a name, a title and a file of the assets",
        ),
        word(
            "cards",
            "cards: [number(\"open\", \"Open orders\", open)]",
            "cards on the console's overview: a number, a table or a text that a function gives",
        ),
        word("entities", "entities: [Item]", "structs that describe tables"),
        word("enums", "enums: [State]", "Rust enums that stand for enum types"),
        word(
            "views",
            "views: { \"inventory.in_stock\": \"SELECT …\", \"a.b\": file(\"sql/b.sql\") }",
            "views with their queries",
        ),
        word(
            "materialized_views",
            "materialized_views: { \"a.b\": file(\"sql/b.sql\") }",
            "materialized views: with their queries, or a list of schema::MaterializedView",
        ),
        word(
            "functions",
            "functions: { \"a.f(x int) RETURNS int LANGUAGE sql\": file(\"sql/f.sql\") }",
            "functions: the body of each, or a list of schema::Function",
        ),
        word(
            "triggers",
            "triggers: { Item: [trigger()] }",
            "triggers of an entity's table, or of a view by its name: lists of schema::Trigger",
        ),
        word(
            "policies",
            "policies: { Item: [policy()] }",
            "row security policies of an entity's table, which it switches on: lists of schema::Policy",
        ),
        word(
            "extensions",
            "extensions: [\"pg_trgm\"]",
            "extensions: names, or expressions of schema::Extension",
        ),
        word(
            "schemas",
            "schemas: [\"inventory\"]",
            "schemas whose owner, grants or comment matter: names, or expressions of schema::Schema",
        ),
        word("sequences", "sequences: [sequence()]", "expressions of schema::Sequence"),
        word("tables", "tables: [table()]", "tables that no struct describes: expressions of schema::Table"),
        word("domains", "domains: [domain()]", "expressions of schema::Domain"),
        word("composites", "composites: [composite()]", "expressions of schema::CompositeType"),
        word("ranges", "ranges: [range()]", "expressions of schema::RangeType"),
        word("collations", "collations: [collation()]", "expressions of schema::Collation"),
        word("aggregates", "aggregates: [aggregate()]", "expressions of schema::Aggregate"),
        word("operators", "operators: [operator()]", "expressions of schema::Operator"),
        word("operator_families", "operator_families: [family()]", "expressions of schema::OperatorFamily"),
        word("operator_classes", "operator_classes: [class()]", "expressions of schema::OperatorClass"),
        word("casts", "casts: [cast()]", "expressions of schema::Cast"),
        word(
            "text_search_dictionaries",
            "text_search_dictionaries: [dictionary()]",
            "expressions of schema::TextSearchDictionary",
        ),
        word(
            "text_search_configurations",
            "text_search_configurations: [configuration()]",
            "expressions of schema::TextSearchConfiguration",
        ),
        word(
            "default_privileges",
            "default_privileges: [privileges()]",
            "expressions of schema::DefaultPrivileges",
        ),
        word("foreign_servers", "foreign_servers: [server()]", "expressions of schema::ForeignServer"),
        word("event_triggers", "event_triggers: [trigger()]", "expressions of schema::EventTrigger"),
        word("publications", "publications: [publication()]", "expressions of schema::Publication"),
        word(
            "undeclared",
            "undeclared: { \"table a.scratch\": \"a cache\" }",
            "what migrations make and nobody is to look at, with the reasons",
        ),
        word(
            "descriptors",
            "descriptors: \"descriptors.json\"",
            "a file of descriptors as JSON, to which all of this is added; the path begins at the crate",
        ),
        word(
            "schema",
            "schema: descriptors()",
            "all descriptors as one expression of schema::Descriptors, in the place of all those",
        ),
        word(
            "migrations",
            "migrations: \"migrations\"",
            "a directory, or an expression that is IntoMigrations",
        ),
        word("lock", "lock: \"tenon.lock\"", "the lock file, which need not be there yet"),
        word("memory", "memory: 64 << 20", "what one call may hold, in bytes; default: no bound"),
        word("settings", "settings: Settings", "the type of what the operator tells the plugin"),
    ],
};

/// What may stand around a route, or before it
pub(crate) const ROUTE: Vocabulary = Vocabulary {
    place: "a route",
    words: &[
        word("public", "public \"GET /items\"", "it answers everybody, whether the host knows them or not"),
        word("user", "user \"POST /items\"", "it answers callers whom the host has verified"),
        word("admin", "admin \"DELETE /items/{id}\"", "it answers administrators among them alone"),
        word("read_only", "read_only(\"POST /search\")", "its transaction only reads, as that of a GET"),
        word(
            "autocommit",
            "autocommit(\"POST /sales\")",
            "a call sends one statement, which is a transaction by itself",
        ),
        word(
            "ddl",
            "ddl(\"POST /fields\")",
            "it may change the plugin's own schemas, where the administrator allows it",
        ),
    ],
};

/// What stands in `jobs: […]`
pub(crate) const JOB: Vocabulary = Vocabulary {
    place: "jobs: […]",
    words: &[
        word("every", "every(\"1h\", remind)", "a function that runs with this pause: 30s, 5m, 1h30m, 7d"),
        word(
            "cron",
            "cron(\"0 3 * * *\", tidy)",
            "a function that runs at these times: minute, hour, day of the month, month, day of the week; in UTC",
        ),
        word("on_start", "on_start(warm)", "a function that runs once when hosts start"),
    ],
};

/// What may stand behind a job
pub(crate) const JOB_OPTIONS: Vocabulary = Vocabulary {
    place: "a job of jobs: […]",
    words: &[
        word("name", ".name(\"remind_all\")", "its name; default: the function's"),
        word(
            "zone",
            ".zone(\"Europe/Berlin\")",
            "the time zone by whose clocks a cron line goes; default: UTC",
        ),
        word("deadline", ".deadline(\"30s\")", "how long a run may take; default: as long as a request"),
        word("retries", ".retries(5)", "how often a run that has failed is tried again; default: never"),
        word(
            "pause",
            ".pause(\"1m\")",
            "the pause before the first of these, each further one twice as long; default: 1m",
        ),
        word(
            "catch_up",
            ".catch_up(all)",
            "what becomes of times that were missed: none, one run for all (one), or one for each (all); default: one",
        ),
    ],
};

/// What an arm of `routes!` may hand to its function, beside the path's names
pub(crate) const ROUTE_ARGUMENTS: Vocabulary = Vocabulary {
    place: "an arm of routes!",
    words: &[
        word(
            "query",
            "list(query) or list(&query)",
            "the query string, as the struct that the function takes",
        ),
        word("body", "write(body) or write(&body)", "the body as JSON, as the type that the function takes"),
        word("request", "write(request)", "the whole request"),
    ],
};

/// Every vocabulary, for whoever writes a reference.
#[cfg(test)]
pub(crate) const ALL: &[&Vocabulary] = &[
    &EXPORT_PLUGIN,
    &ROUTE,
    &ROUTE_ARGUMENTS,
    &JOB,
    &JOB_OPTIONS,
    &ENTITY,
    &PRIMARY_KEY,
    &UNIQUE,
    &FOREIGN_KEY,
    &CHECK,
    &EXCLUDE,
    &INDEX,
    &COLUMN,
    &COLUMN_PRIMARY_KEY,
    &COLUMN_UNIQUE,
    &COLUMN_REFERENCES,
    &ENUM_TYPE,
    &ENUM_VALUE,
];

impl Vocabulary {
    /// The words in one line, for an error.
    pub(crate) fn known(&self) -> String {
        self.words.iter().map(|word| word.name).collect::<Vec<_>>().join(", ")
    }

    /// Whether it has the word.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.words.iter().any(|word| word.name == name)
    }

    /// What is said of a word that it does not have.
    pub(crate) fn refuse(&self, name: &str) -> String {
        let near =
            self.words.iter().map(|word| (distance(word.name, name), word)).min_by_key(|(far, _)| *far);
        let meant = match near {
            Some((far, word)) if far <= 2 => format!("; is {} meant ({})?", word.shape, word.meaning),
            _ => String::new(),
        };
        format!("{name} is not known here{meant}; what is known: {}", self.known())
    }
}

/// How many letters have to be written otherwise, added or left out.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, c) in one.chars().enumerate() {
        let mut diagonal = line;
        row[0] = line + 1;
        for (at, d) in other.iter().enumerate() {
            let changed = diagonal + usize::from(c != *d);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_written_with_its_name_and_has_a_meaning() {
        for vocabulary in ALL {
            for word in vocabulary.words {
                let place = vocabulary.place;
                assert!(
                    word.shape.contains(word.name) || place.contains("routes!"),
                    "{place}: {}",
                    word.name
                );
                assert!(!word.meaning.is_empty() && !word.meaning.ends_with('.'), "{place}: {}", word.name);
            }
        }
    }

    #[test]
    fn a_word_that_is_nearly_known_is_guessed() {
        let said = EXPORT_PLUGIN.refuse("tabels");
        assert!(said.contains("is tables: [table()] meant ("), "{said}");
        assert!(!ENTITY.refuse("partition_by").contains("meant"));
        assert_eq!(distance("unique", "uniqe"), 1);
    }
}

//! What the database looks like: the catalog, what has changed since the last look, the ledger, and what
//! descriptors amount to.
//!
//! # How the comparison is made
//!
//! Tenon compares only text that one PostgreSQL version printed with one set of catalog queries. It never
//! interprets SQL text, and it never evaluates a user's expression.
//!
//! 1. Each heal builds the descriptors of all plugins to verify as real objects, in scratch schemas under a
//!    savepoint. It reads them back with the queries that read the live database, and rolls them back
//!    (`elaborate.rs`).
//! 2. Tables of other plugins that descriptors refer to have copies beside them. Copies of partitioned
//!    tables hand on to their parts what the real ones do (`elaborate/parents.rs`).
//! 3. What was read has to equal what the migrations made. The heal stores it in `tenon.reading`.
//! 4. A check reads the live catalog, one query per kind of object whatever the number of tables. It
//!    compares the result with the stored snapshot (`compared.rs`).
//!
//! An object is an identity and a bag of properties. The file of its kind in `catalog/sql/` decides which
//! properties it has, and nothing else does: a query's column named `data_type` *is* the property.
//! Comparison, storage and report treat all kinds alike.
//!
//! A dump restored elsewhere is printed otherwise, in ways that no list of rules exhausts. So a stored
//! snapshot keeps all spellings that a text goes through (`spelling.rs`), and a live text equal to any of
//! them is no difference. Where `tenon schema diff` compares readings that no heal has made, their texts
//! are made in a scratch database and spelled there (`scratch/respell.rs`). The suite `spellings` restores
//! every kind of expression at every place twice.
//!
//! # What is read again
//!
//! Only what can have changed is read again (`token/`, `state.rs`):
//!
//! 1. No transaction was committed since the last look, which the server's snapshot says at once: what was
//!    seen still holds.
//! 2. Rows were written, but no row version of the catalogs or of the ledger has come or gone (the change
//!    token): it holds too. The token spans all schemas, since a view says what was renamed in a schema
//!    that no plugin has.
//! 3. The token has moved: the row versions of each relation are known, and those of all else. The token
//!    names the relations of the row versions that came since. If those account for the whole change, no
//!    others are read. If only relations changed, they and all that depends on them (`pg_depend`,
//!    transitively) are read again (`catalog/part.rs`).
//! 4. All else has everything read: a change of a type, a function or a role that matters here; a relation
//!    that was renamed, moved or dropped; something that is no relation and depends on a changed one.
//!
//! PostgreSQL's deparse functions read the latest catalog and not the snapshot, so concurrent DDL can tear
//! a reading. A reading counts only if the token is the same before and after it. A torn one is begun anew,
//! and is Unknown in the end. The suites `mutation` and `renewal` hold that what was renewed in part equals
//! what is read afresh. `scripts/bench check` prints what each case costs.
//!
//! # What a check asks of the server
//!
//! - It needs to read the ledger, and nothing else.
//! - Its transaction is short, `READ ONLY`, and over before anything is compared.
//! - It is bounded (`database/bounds.rs`): by a session's options, or behind a pooler by the transaction's
//!   own settings. What reads or writes the audit log is bounded in the same way.
//! - `pg_get_viewdef` locks the tables of a view (ACCESS SHARE) until that transaction ends. So DDL of
//!   others waits for one reading at most (suite `conditions`).
//! - Who holds a lock that it would have to wait for is named. It reports a heal that runs beside it.
//! - Two sessions share the queries where a second one is free at once (`sessions.rs`). Each takes the next
//!   query when it is done with one, and ends its transaction when none is left. Held longer, its locks
//!   could make one session wait for the other in a way that no server sees.
//!
//! Where the server cannot print some object, the catalog is read once more with care
//! (`catalog/careful.rs`). That object is Unknown by name, and all others are compared (suite
//! `unprinted_objects`).
//!
//! # Which snapshots may be compared
//!
//! Two snapshots are compared only if one *printer* made both: the same server major, the same catalog
//! queries and the same pinned settings, by their sha256. After an upgrade of either, the stored snapshots
//! say nothing until the next heal has verified them. Until then
//!
//! - a lock file that a plugin embeds speaks for it;
//! - without one, a check has the descriptors elaborated in a scratch database, once for each process, if
//!   the role may create one (`scratch/elaboration.rs`);
//! - else the plugin's objects are Unknown.
//!
//! `tenon schema read` and `tenon schema diff` show and compare readings of a database, a file, a lock file
//! or a plugin (`snapshot_file.rs`), never those of two printers.

pub mod catalog;
pub(crate) mod compared;
pub mod elaborate;
pub(crate) mod former_ledger;
pub mod ledger;
pub mod sessions;
pub mod snapshot_file;
pub mod spelling;
pub mod state;
pub(crate) mod token;
pub mod whole;

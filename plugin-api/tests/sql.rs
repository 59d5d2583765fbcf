//! `sql!`: what it gives, and what is told of it.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::private::STATEMENTS;
use tenon_plugin_api::schema::{DeclaredRow, DeclaredStatement};

#[derive(Debug, FromRow)]
#[expect(dead_code, reason = "it is described, and nothing is read into it")]
struct Note {
    id: i64,
    #[column(name = "Text")]
    text: Option<String>,
    state: State,
}

#[derive(Debug, Clone, Copy, EnumType)]
#[pg_enum(name = "notes.state")]
enum State {
    Open,
}

const FIND: Sql<(i64, &str, Option<State>), Note> = sql!("SELECT {Note.*} FROM notes.note WHERE id = $1 AND text = $2 AND state = $3", (i64, &str, Option<State>) -> Note);

/// What is told of the statement of this text.
#[expect(clippy::unwrap_used, reason = "a test fails by it")]
fn told(sql: &str) -> DeclaredStatement {
    let one = STATEMENTS.iter().find(|one| one.sql == sql).unwrap();
    DeclaredStatement {
        sql: one.sql.to_owned(),
        file: one.file.to_owned(),
        line: one.line,
        column: one.column,
        params: (one.params)(),
        row: (one.row)(),
    }
}

#[test]
fn the_columns_of_a_row_stand_in_the_text_quoted_and_behind_an_alias() {
    assert_eq!(Note::COLUMNS, "\"id\", \"Text\", \"state\"");
    let found =
        "SELECT \"id\", \"Text\", \"state\" FROM notes.note WHERE id = $1 AND text = $2 AND state = $3";
    assert_eq!(FIND.as_str(), found);
    assert_eq!(
        sql!("SELECT {Note.* as N}, '{a,b}'::text[] FROM notes.note n"),
        "SELECT \"n\".\"id\", \"n\".\"Text\", \"n\".\"state\", '{a,b}'::text[] FROM notes.note n"
    );
}

#[test]
fn a_statement_is_told_with_its_place_and_the_types_on_both_sides() {
    let told = told(FIND.as_str());
    assert!(told.file.ends_with("tests/sql.rs"), "{told:?}");
    assert!(told.line > 20 && told.column > 0, "{told:?}");
    let params: Vec<_> =
        told.params.unwrap().into_iter().map(|one| (one.rust, one.oid, one.enum_name)).collect();
    assert_eq!(
        params,
        [
            ("i64".to_owned(), 20, None),
            ("&str".to_owned(), 0, None),
            ("Option<State>".to_owned(), 0, Some("notes.state".to_owned())),
        ]
    );
    let DeclaredRow::Name(fields) = told.row else { panic!("{:?}", told.row) };
    let facts: Vec<_> =
        fields.iter().map(|one| (one.column.as_str(), one.rust.as_str(), one.nullable)).collect();
    assert_eq!(facts, [("id", "i64", false), ("Text", "Option<String>", true), ("state", "State", false)]);
    assert_eq!(fields[0].reads.oids, [20]);
    assert!(fields[1].reads.oids.contains(&25) && fields[1].reads.names.contains(&"citext".to_owned()));
    assert_eq!(fields[2].reads.enum_name.as_deref(), Some("notes.state"));
}

fn generic<T: Default>() -> (T, &'static str) {
    (T::default(), sql!("SELECT 'of a generic function'"))
}

struct Holder<T>(T);

impl<T: Copy> Holder<T> {
    fn method(&self) -> (T, Sql<(), (i64, Option<State>)>) {
        (self.0, sql!("SELECT 1::bigint, 'open'::notes.state", () -> (i64, Option<State>)))
    }
}

#[test]
fn a_statement_is_registered_wherever_it_stands() {
    assert_eq!(told(generic::<u8>().1).params, None);
    let DeclaredRow::Position(fields) = told(Holder(1).method().1.as_str()).row else {
        panic!("by position")
    };
    assert_eq!(fields[1].reads.enum_name.as_deref(), Some("notes.state"));
    assert_eq!(fields.iter().map(|one| one.nullable).collect::<Vec<_>>(), [false, true]);
    let never = sql!("DELETE FROM notes.note", ());
    assert_eq!(told(never.as_str()).row, DeclaredRow::None);
    assert_eq!(told("SELECT 'in a function that nobody calls'").row, DeclaredRow::Unknown);
}

#[expect(dead_code, reason = "a statement is registered all the same")]
fn nobody_calls() -> &'static str {
    sql!("SELECT 'in a function that nobody calls'")
}

use proptest::prelude::*;

use super::*;

fn texts(sql: &str) -> Vec<&str> {
    parse(sql).unwrap().iter().map(Statement::text).collect()
}

fn errors(sql: &str) -> Vec<String> {
    parse(sql).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn statements_come_without_their_semicolons_and_the_comments_around_them() {
    assert_eq!(
        texts("\u{feff}-- first\nSELECT 1 /* in */ + 1; /* between */ ;; SELECT 2 -- last\n"),
        ["SELECT 1 /* in */ + 1", "SELECT 2"]
    );
    assert_eq!(texts(" -- nothing\n ; /* at all */"), Vec::<&str>::new());
}

#[test]
fn a_semicolon_inside_of_something_does_not_split() {
    for sql in [
        "SELECT ';', \";\", $$;$$, $a$ ; $$ ; $a$, E'\\';', U&';' /* ; /* ; */ ; */ -- ;",
        "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO l VALUES (1); NOTIFY c;)",
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN a = 1 THEN 2 END; SELECT 1 end; END",
        "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (1); END",
        "CREATE PROCEDURE p() BEGIN ATOMIC END",
    ] {
        assert_eq!(texts(&format!("{sql}\n;SELECT 2"))[1], "SELECT 2", "{sql}");
    }
}

#[test]
fn begin_atomic_means_something_in_routines_only() {
    assert_eq!(texts("SELECT 1 AS begin, atomic; SELECT 2").len(), 2);
    assert_eq!(texts("CREATE TABLE begin (atomic int); SELECT 2").len(), 2);
    assert_eq!(texts("CREATE FUNCTION begin(atomic int) RETURNS int LANGUAGE sql AS ''; SELECT 2").len(), 2);
}

#[test]
fn positions_are_lines_and_characters() {
    let statements = parse("SELECT 'ä'; SELECT\n 2;\nSELECT 3").unwrap();
    let positions: Vec<_> = statements.iter().map(|s| (s.position.line, s.position.column)).collect();
    assert_eq!(positions, [(1, 1), (1, 13), (3, 1)]);
    assert_eq!(statements[1].end(), Position { line: 2, column: 3 });
}

#[test]
fn a_position_reported_by_postgresql_is_found_in_the_file() {
    let statements = parse("SELECT 1;\n\nSELECT 'äö',\n  nosuch;").unwrap();
    // PostgreSQL counts characters of the statement it was sent: `nosuch` is the 16th.
    assert_eq!(statements[1].locate(16), Position { line: 4, column: 3 });
    assert_eq!(statements[1].locate(1), Position { line: 3, column: 1 });
    assert_eq!(statements[1].locate(0), Position { line: 3, column: 1 });
    assert_eq!(statements[1].locate(u32::MAX), Position { line: 4, column: 9 });
}

#[test]
fn every_place_that_cannot_be_sql_is_told() {
    assert_eq!(
        errors("SELECT 1);\nSELECT \"\", (2;\nSELECT $x$ $y$"),
        [
            "line 1, column 9: this parenthesis closes nothing",
            "line 2, column 8: a quoted name cannot be empty",
            "line 2, column 12: this parenthesis is never closed",
            "line 3, column 8: this dollar-quoted string is never closed: its tag does not come again",
        ]
    );
    assert_eq!(
        errors("SELECT 1; /* /* */"),
        ["line 1, column 11: this comment is never closed: */ is missing"]
    );
    assert_eq!(errors("SELECT \"a"), ["line 1, column 8: this quoted name is never closed: \" is missing"]);
    assert_eq!(
        errors("SELECT 1\0"),
        ["line 1, column 9: a NUL character, which PostgreSQL cannot store; remove it"]
    );
    assert_eq!(
        errors("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2;"),
        ["line 1, column 33: this BEGIN ATOMIC has no END"]
    );
}

/// Pieces that are SQL's own difficulties.
fn sql() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'"),
        Just("\""),
        Just("$$"),
        Just("$a$"),
        Just("E'"),
        Just("\\"),
        Just("--"),
        Just("/*"),
        Just("*/"),
        Just("("),
        Just(")"),
        Just(";"),
        Just("\n"),
        Just(" "),
        Just("ä"),
        Just("a"),
        Just("1"),
        Just("$"),
        Just("CREATE FUNCTION"),
        Just(" BEGIN ATOMIC "),
        Just(" END "),
        Just("COPY t FROM STDIN;\n"),
        Just("\n\\.\n"),
        Just("WITH"),
        Just("SELECT "),
        Just("U&"),
        Just("\u{feff}"),
        Just("\0"),
        Just("\r"),
    ];
    prop_oneof![proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat()), ".{0,60}",]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_splitting_panic_and_statements_are_in_order(sql in sql()) {
        let Ok(statements) = parse(&sql) else { return Ok(()) };
        let mut end = 0;
        for statement in &statements {
            prop_assert!(end <= statement.range.start && statement.range.start < statement.range.end);
            prop_assert_eq!(statement.position, line_column(&sql, statement.range.start));
            // What lies between statements is nothing to PostgreSQL.
            prop_assert!(blank(&sql[end..statement.range.start]), "{:?}", &sql[end..statement.range.start]);
            end = statement.range.end;
            let _ = (statement.excerpt(), statement.end(), statement.locate(3));
        }
        prop_assert!(blank(&sql[end..]), "{:?}", &sql[end..]);
    }

    #[test]
    fn a_statement_by_itself_is_split_as_in_its_file(sql in sql()) {
        let Ok(statements) = parse(&sql) else { return Ok(()) };
        // A byte order mark is skipped where a text begins, and a name's character elsewhere.
        for statement in statements.iter().filter(|statement| !statement.text().starts_with('\u{feff}')) {
            let alone = parse(statement.text()).unwrap();
            prop_assert_eq!(alone.len(), 1, "{:?}", statement.text());
            prop_assert_eq!(alone[0].kind, statement.kind);
        }
    }

    #[test]
    fn doubting_does_not_panic(sql in sql()) {
        for statement in parse(&sql).unwrap_or_default() {
            let _ = statement.parse_warning();
        }
    }
}

/// Whether the text is made of blanks, semicolons and comments, by squawk's lexer instead of ours.
fn blank(text: &str) -> bool {
    squawk_lexer::tokenize(text).all(|token| {
        use squawk_lexer::TokenKind;
        matches!(
            token.kind,
            TokenKind::Whitespace | TokenKind::Semi | TokenKind::LineComment | TokenKind::BlockComment { .. }
        )
    })
}

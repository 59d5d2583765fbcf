//! A statement that a program wrote, as a person would write it.

use std::collections::BTreeSet;

use super::scan::{self, Token, TokenKind};
use super::{Statement, StatementKind};

/// How far an item of a list is indented.
const INDENT: &str = "    ";

/// The names in double quotes, as far as they have no quote in them.
pub fn quoted_names(sql: &str) -> BTreeSet<&str> {
    scan::tokens(sql).iter().filter_map(|token| quoted_name(sql, token)).collect()
}

/// What stands between dollar quotes, as bodies of functions do, with these.
pub fn dollar_quoted(sql: &str) -> Vec<&str> {
    let texts = scan::tokens(sql).into_iter().filter(|token| token.kind == TokenKind::Text);
    texts.filter_map(|token| sql.get(token.start..token.end)).filter(|text| text.starts_with('$')).collect()
}

/// The statement with these of its names without their quotes.
pub fn unquoted(sql: &str, needs_no_quotes: impl Fn(&str) -> bool) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut at = 0;
    for token in &scan::tokens(sql) {
        let Some(name) = quoted_name(sql, token).filter(|name| needs_no_quotes(name)) else { continue };
        // What follows a name at once would become a part of it.
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '"'));
        if joins(sql[..token.start].chars().next_back()) || joins(sql[token.end..].chars().next()) {
            continue;
        }
        text.push_str(&sql[at..token.start]);
        text.push_str(name);
        at = token.end;
    }
    text.push_str(&sql[at..]);
    text
}

fn quoted_name<'a>(sql: &'a str, token: &Token) -> Option<&'a str> {
    let text = sql.get(token.start..token.end).filter(|_| token.kind == TokenKind::Quoted)?;
    text.strip_prefix('"')?.strip_suffix('"').filter(|name| !name.contains('"'))
}

/// What says nothing, by the words that the statement begins with: PostgreSQL does it without.
const DEFAULTS: [(&[&str], &[&str]); 6] = [
    (&["create", "table"], &["using", "heap"]),
    (&["create", "index"], &["using", "btree"]),
    (&["create", "unique", "index"], &["using", "btree"]),
    (&["alter", "table"], &["match", "simple"]),
    (&["alter", "table"], &["on", "update", "no", "action"]),
    (&["alter", "table"], &["on", "delete", "no", "action"]),
];

/// The statement without what it says of defaults.
pub fn without_defaults(sql: &str) -> String {
    let tokens = scan::tokens(sql);
    let are = |tokens: &[Token], words: &[&str]| {
        tokens.len() >= words.len()
            && tokens.iter().zip(words).all(|(token, word)| {
                token.kind == TokenKind::Word && sql[token.start..token.end].eq_ignore_ascii_case(word)
            })
    };
    let (mut text, mut kept) = (String::with_capacity(sql.len()), 0);
    for at in 0..tokens.len() {
        let (here, to) = (&tokens[at..], tokens[at].start);
        let said = DEFAULTS.iter().find(|(begins, words)| are(&tokens, begins) && are(here, words));
        if let Some(last) = said.and_then(|(_, words)| here.get(words.len() - 1)) {
            text.push_str(sql[kept..to].trim_end());
            kept = last.end;
        }
    }
    text.push_str(&sql[kept..]);
    text
}

/// The statement that wants what it changes to be there; `None` where it does already.
pub fn without_if_exists(sql: &str) -> Option<String> {
    let tokens = scan::tokens(sql);
    let is = |token: &Token, word: &str| {
        token.kind == TokenKind::Word && sql[token.start..token.end].eq_ignore_ascii_case(word)
    };
    if !tokens.first().is_some_and(|first| is(first, "drop") || is(first, "alter")) {
        return None;
    }
    let (mut text, mut at) = (String::with_capacity(sql.len()), 0);
    for pair in tokens.windows(3) {
        if let [one, two, next] = pair
            && is(one, "if")
            && is(two, "exists")
        {
            text.push_str(&sql[at..one.start]);
            at = next.start;
        }
    }
    text.push_str(&sql[at..]);
    (at > 0).then_some(text)
}

/// The statement without `CONCURRENTLY`, so that it can run in a transaction.
pub fn without_concurrently(statement: &Statement<'_>) -> String {
    let text = statement.text();
    if statement.kind != StatementKind::NotInTransaction {
        return text.to_owned();
    }
    let tokens = scan::tokens(text);
    let word = tokens.iter().find(|token| {
        token.kind == TokenKind::Word && text[token.start..token.end].eq_ignore_ascii_case("concurrently")
    });
    let Some(word) = word else { return text.to_owned() };
    let (before, after) = (text[..word.start].trim_end(), &text[word.end..]);
    format!("{before}{after}")
}

/// The statement with each item of the first list of a `CREATE TABLE` on a line of its own.
pub fn broken_into_lines(sql: &str) -> String {
    let tokens = scan::tokens(sql);
    let words = tokens.iter().map(|token| sql[token.start..token.end].to_ascii_lowercase());
    let words: Vec<_> = words.take(3).collect();
    let is_table =
        words.first().is_some_and(|word| word == "create") && words.iter().any(|word| word == "table");
    let mut depth = 0_usize;
    let mut marks = Vec::new();
    for token in tokens.iter().filter(|_| is_table) {
        match token.kind {
            TokenKind::Open => {
                depth += 1;
                if depth == 1 {
                    marks.push(token.end);
                }
            }
            TokenKind::Close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    marks.push(token.start);
                    break;
                }
            }
            TokenKind::Sign if depth == 1 && &sql[token.start..token.end] == "," => marks.push(token.end),
            _ => {}
        }
    }
    let ([first, .., last], true) = (marks.as_slice(), depth == 0) else { return sql.to_owned() };
    if sql[*first..*last].trim().is_empty() {
        return sql.to_owned();
    }
    let items = marks.windows(2).map(|pair| format!("\n{INDENT}{}", sql[pair[0]..pair[1]].trim()));
    format!("{}{}\n{}", &sql[..*first], items.collect::<String>(), &sql[*last..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_quotes_where_they_need_none_and_nowhere_else() {
        let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase());
        for (quoted, plainly) in [
            ("DROP TABLE \"inv\".\"item\"", "DROP TABLE inv.item"),
            ("SELECT 'a \"b\"' AS \"c\"", "SELECT 'a \"b\"' AS c"),
            ("SELECT $$\"b\"$$, U&\"d\", \"E\", \"f\"\"g\"", "SELECT $$\"b\"$$, U&\"d\", \"E\", \"f\"\"g\""),
            ("SELECT x\"y\"", "SELECT x\"y\""),
            ("SELECT 1 -- \"a\"", "SELECT 1 -- \"a\""),
        ] {
            assert_eq!(unquoted(quoted, plain), plainly);
        }
        assert_eq!(
            quoted_names("SELECT \"a\", 'x \"y\"', \"B\"").into_iter().collect::<Vec<_>>(),
            ["B", "a"]
        );
    }

    #[test]
    fn what_is_in_dollar_quotes_is_no_other_string_and_no_parameter() {
        assert_eq!(
            dollar_quoted("SELECT $$a$$, 'b $$c$$', $1, ${d}, $e$f $$ g$e$"),
            ["$$a$$", "$e$f $$ g$e$"]
        );
        assert_eq!(dollar_quoted("SELECT 1 -- $$a$$"), [""; 0]);
    }

    #[test]
    fn what_is_changed_has_to_be_there() {
        for (sql, surely) in [
            ("DROP INDEX IF EXISTS \"i\"", Some("DROP INDEX \"i\"")),
            (
                "ALTER TABLE IF EXISTS a.b DROP CONSTRAINT IF EXISTS c",
                Some("ALTER TABLE a.b DROP CONSTRAINT c"),
            ),
            ("DROP TABLE a.b", None),
            ("COMMENT ON TABLE a.b IS 'DROP INDEX IF EXISTS i'", None),
        ] {
            assert_eq!(without_if_exists(sql).as_deref(), surely, "{sql}");
        }
    }

    #[test]
    fn what_is_done_anyhow_is_not_said() {
        let key = "ALTER TABLE a ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES c (b)";
        for (sql, brief) in [
            ("CREATE TABLE a (b text) USING heap", "CREATE TABLE a (b text)"),
            ("CREATE UNIQUE INDEX i ON a USING btree (b)", "CREATE UNIQUE INDEX i ON a (b)"),
            (
                &format!("{key} MATCH SIMPLE ON UPDATE NO ACTION ON DELETE NO ACTION DEFERRABLE"),
                &format!("{key} DEFERRABLE"),
            ),
            (&format!("{key} MATCH FULL ON UPDATE CASCADE"), &format!("{key} MATCH FULL ON UPDATE CASCADE")),
            ("CREATE INDEX i ON a USING gin (b)", "CREATE INDEX i ON a USING gin (b)"),
            ("COMMENT ON TABLE a IS 'USING heap'", "COMMENT ON TABLE a IS 'USING heap'"),
        ] {
            assert_eq!(without_defaults(sql), brief);
        }
    }

    #[test]
    fn an_index_is_made_without_concurrently() {
        for (sql, plain) in [
            ("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b)", "CREATE INDEX IF NOT EXISTS i ON a (b)"),
            ("DROP INDEX concurrently\n i", "DROP INDEX\n i"),
            ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", "ALTER TABLE t DETACH PARTITION p"),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", "REFRESH MATERIALIZED VIEW CONCURRENTLY v"),
        ] {
            assert_eq!(without_concurrently(&crate::statements::parse(sql).unwrap()[0]), plain);
        }
    }

    #[test]
    fn each_column_of_a_new_table_has_a_line() {
        let table = "CREATE TABLE a.b (c numeric(1,2) DEFAULT f(1, 2), d text) PARTITION BY LIST (c, d)";
        let lines =
            "CREATE TABLE a.b (\n    c numeric(1,2) DEFAULT f(1, 2),\n    d text\n) PARTITION BY LIST (c, d)";
        assert_eq!(broken_into_lines(table), lines);
        for same in ["CREATE TABLE a.b ()", "CREATE INDEX i ON a.b (c, d)", "CREATE TABLE a.b OF a.c"] {
            assert_eq!(broken_into_lines(same), same);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(CREATE TABLE|DROP IF EXISTS)?[.é'\"$Ea1 \\\\=(),*]{0,40}") {
            unquoted(&text, |_| true);
            without_if_exists(&text);
            without_defaults(&text);
            broken_into_lines(&text);
            quoted_names(&text);
        }
    }
}

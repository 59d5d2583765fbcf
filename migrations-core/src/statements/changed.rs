//! The relation that a statement changes or drops, told by its tokens alone.

use tenon_schema::ObjectName;

use super::Statement;
use super::relations::name;
use super::words::Words;

/// The first name in full, `schema.name`, of what is altered, dropped, commented on or indexed.
///
/// Only the owner may do that. A statement that changes several, or names none in full, tells less.
pub(super) fn changed(statement: &Statement<'_>) -> Option<ObjectName> {
    let words = Words::new(statement.sql, &statement.tokens);
    let indexes = words.begins(&["create", "index"]) || words.begins(&["create", "unique", "index"]);
    if !indexes && !words.is_any(0, &["alter", "drop", "comment"]) {
        return None;
    }
    let from = if indexes { (0..words.len()).find(|&at| words.is(at, "on"))? } else { 0 };
    let dot = (from..words.len()).find(|&at| words.is_sign(at, "."))?;
    Some(ObjectName::new(name(statement, dot.checked_sub(1)?)?, name(statement, dot + 1)?))
}

#[cfg(test)]
mod tests {
    use crate::statements::parse;

    fn changed(sql: &str) -> Option<String> {
        parse(sql).unwrap()[0]
            .changed()
            .map(|name| format!("{} {}", name.schema.as_str(), name.name.as_str()))
    }

    #[test]
    fn what_only_its_owner_may_change_is_named() {
        let of = |sql: &str| changed(sql).unwrap_or_default();
        assert_eq!(of("ALTER TABLE ONLY a.B ADD FOREIGN KEY (x) REFERENCES c.d"), "a b");
        assert_eq!(of("DROP TABLE IF EXISTS \"A b\".\"c\"\"d\""), "A b c\"d");
        assert_eq!(of("CREATE UNIQUE INDEX i ON a.b USING btree (c)"), "a b");
        assert_eq!(of("ALTER TABLE A.Ö ADD b int"), "a Ö", "PostgreSQL folds no other letters in UTF-8");
        assert_eq!(of("COMMENT ON COLUMN a.b.c IS 'x'"), "a b");
        for sql in ["CREATE TABLE a.b (c int REFERENCES d.e)", "INSERT INTO a.b VALUES (1)", "DROP TABLE b"] {
            assert_eq!(changed(sql), None, "{sql}");
        }
    }
}

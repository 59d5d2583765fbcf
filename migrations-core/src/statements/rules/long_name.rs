//! PostgreSQL cuts names silently, so what the file calls an object would not be its name.

use super::super::Statement;
use super::super::scan::TokenKind;
use super::Objection;

/// The most bytes a name has (manual, "Identifiers and Key Words": `NAMEDATALEN` - 1).
const LONGEST: usize = 63;

pub(super) fn check(statement: &Statement<'_>) -> Option<Objection> {
    let mut names = statement.tokens.iter().filter_map(|token| {
        let text = &statement.sql[token.start..token.end];
        match token.kind {
            TokenKind::Word => Some(text.to_owned()),
            // How long one with Unicode escapes (U&"…") is, only PostgreSQL can tell.
            TokenKind::Quoted => {
                let inner = text.strip_prefix('"')?.strip_suffix('"')?;
                Some(inner.replace("\"\"", "\""))
            }
            _ => None,
        }
    });
    let long = names.find(|name| name.len() > LONGEST)?;
    Some(Objection {
        reason: format!(
            "the name {long} has {} bytes: PostgreSQL keeps the first {LONGEST} and says so only in a notice",
            long.len()
        ),
        remedy: "write a name of at most 63 bytes",
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::refused;

    #[test]
    fn a_name_that_would_be_cut_is_refused_quoted_or_not_and_a_text_of_any_length_is_not() {
        let (most, long) = ("n".repeat(63), "n".repeat(64));
        for name in [long.clone(), format!("\"{long}\""), format!("a.\"{}\"", "ü".repeat(32))] {
            assert_eq!(refused(&format!("CREATE TABLE {name} (a int)")), ["1:1 long-name"], "{name}");
        }
        for name in [most.clone(), format!("\"{most}\""), format!("\"{}\"\"\"", "n".repeat(62))] {
            assert_eq!(refused(&format!("CREATE TABLE {name} (a int)")), Vec::<String>::new(), "{name}");
        }
        let texts =
            format!("INSERT INTO a VALUES ('{long}', $$ {long} $$, 0x{} /* {long} */)", "f".repeat(70));
        assert_eq!(refused(&texts), Vec::<String>::new());
    }
}

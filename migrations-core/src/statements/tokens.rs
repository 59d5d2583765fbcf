//! What of a file PostgreSQL reads: its tokens, without comments, blanks and line endings between them.

use sha2::{Digest, Sha256};

use super::scan::{Scanner, TokenKind};
use crate::checksum::Checksum;

/// The sha256 over a file's tokens. Two files with the same one are the same SQL to PostgreSQL, whatever
/// their bytes; what stands inside literals and quoted names counts to the letter.
///
/// `None` for a text that cannot be split into tokens.
pub fn tokens(sql: &str) -> Option<Checksum> {
    let (mut scanner, mut errors) = (Scanner::new(sql), Vec::new());
    let mut hash = Sha256::new();
    let mut former = None;
    while let Some(token) = scanner.next(&mut errors) {
        let text = sql.get(token.start..token.end)?;
        // Signs make one operator or two by what stands between them: `<=` is not `< =`.
        let joined = former == Some((TokenKind::Sign, token.start)) && token.kind == TokenKind::Sign;
        let joint: &[u8] = if joined { b"+" } else { b" " };
        hash.update(joint);
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
        former = Some((token.kind, token.end));
    }
    errors.is_empty().then(|| Checksum::from(<[u8; 32]>::from(hash.finalize())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_blanks_and_line_endings_change_bytes_and_no_token() {
        let file = "CREATE TABLE a.b (\n  id bigint, -- the key\n  n text DEFAULT 'x  y'\n);\n";
        for same in [
            file.replace('\n', "\r\n"),
            file.trim_end().to_owned(),
            file.replace("-- the key", "/* the /* whole */ key */"),
            file.replace("  id", "\tid"),
            format!("\u{feff}-- More.\n{file}\n\n-- And more."),
        ] {
            assert_eq!(tokens(&same), tokens(file), "{same}");
        }
    }

    #[test]
    fn what_postgresql_reads_otherwise_changes_the_tokens() {
        for (one, other) in [
            ("SELECT 'a b'", "SELECT 'a  b'"),
            ("SELECT 'a\nb'", "SELECT 'a\r\nb'"),
            ("SELECT $$a\nb$$", "SELECT $$a\r\nb$$"),
            ("SELECT a FROM b", "SELECT a, FROM b"),
            ("SELECT a <= b", "SELECT a < = b"),
            ("SELECT a - -b", "SELECT a --b"),
            ("SELECT 1.5", "SELECT 1 .5"),
            ("SELECT ab", "SELECT a b"),
            ("SELECT \"a b\"", "SELECT \"a  b\""),
            ("SELECT 1; SELECT 2", "SELECT 1 SELECT 2"),
            ("SELECT 'a''b'", "SELECT 'a' 'b'"),
        ] {
            assert_ne!(tokens(one), tokens(other), "{one}");
        }
    }

    #[test]
    fn what_cannot_be_split_has_no_tokens() {
        assert_eq!(tokens("SELECT 'open"), None);
    }
}

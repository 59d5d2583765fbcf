//! What a heal writes on its door: the name of its session, which everybody may read in `pg_stat_activity`.

use std::fmt;

/// `tenon heal 12/40 by ana on db1:4711`, cut to what PostgreSQL keeps of a session's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sign {
    /// Migrations and repairs that are done.
    pub(super) done: usize,
    pub(super) total: usize,
    pub(super) admin: String,
    pub(super) host: String,
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { done, total, admin, host } = self;
        write!(f, "tenon heal {done}/{total} by {admin} on {host}")
    }
}

impl Sign {
    /// Reads a session's name. What was cut off is missing.
    pub(super) fn read(name: &str) -> Option<Self> {
        let (progress, who) = name.strip_prefix("tenon heal ")?.split_once(" by ")?;
        let (done, total) = progress.split_once('/')?;
        let (admin, host) = who.rsplit_once(" on ").unwrap_or((who, ""));
        let (done, total) = (done.parse().ok()?, total.parse().ok()?);
        Some(Self { done, total, admin: admin.to_owned(), host: host.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_also_when_it_was_cut() {
        let sign = Sign { done: 12, total: 40, admin: "ana on call".into(), host: "db1:4711".into() };
        assert_eq!(sign.to_string(), "tenon heal 12/40 by ana on call on db1:4711");
        assert_eq!(Sign::read(&sign.to_string()), Some(sign));
        let cut = Sign::read("tenon heal 1/2 by somebody-of-a-very-long-na").unwrap();
        assert_eq!((cut.admin.as_str(), cut.host.as_str()), ("somebody-of-a-very-long-na", ""));
        assert_eq!(Sign::read("psql"), None);
    }
}

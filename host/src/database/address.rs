//! Reading the text of a database address, more strictly than libpq: what can be read in two ways is refused,
//! since one of them takes a part of the password for a host or an option, which then stands in messages.
//!
//! No error quotes a part of the address but the names of options, and of those none that may be a part of a
//! password.

mod options;
mod pairs;
mod url;

use std::path::PathBuf;

use tokio_postgres::Config;

use self::options::unknown;
use crate::config::TlsMode;

/// What an address says.
#[derive(Debug)]
pub(crate) struct Address {
    pub config: Config,
    pub sslmode: Option<TlsMode>,
    /// Authorities to trust; `None` also for those of the system.
    pub sslrootcert: Option<PathBuf>,
}

/// What is wrong with an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    #[error("it is empty")]
    Empty,
    #[error("it has to begin with postgresql://, without quotes around it, or to be pairs of key=value")]
    Scheme,
    #[error("it has a # in it, which ends an address: in a name or a password write %23 for it")]
    Hash,
    #[error(
        "it has more than one @, so that nobody can say where the password ends: in a name or a password write %40 for @"
    )]
    SecondAt,
    #[error(
        "it has an @ behind the first / or ?, so that nobody can say where the password ends: in a name or a password \
         write %2F for /, %3F for ? and %40 for @, elsewhere %40 for @"
    )]
    LateAt,
    #[error("it has a % that two hexadecimal digits do not follow: for % itself write %25")]
    Percent,
    #[error("it has a blank or a control character in it: for a blank write %20")]
    Blank,
    #[error("its {0} is not UTF-8")]
    Encoding(&'static str),
    #[error("its host has the wrong form; expected postgresql://user:password@host:port/database")]
    Host,
    #[error(
        "its port is no number from 1 to 65535; expected postgresql://user:password@host:port/database, where a : in \
         a user's name is written %3A"
    )]
    Port,
    #[error(
        "it has {hosts} hosts and {ports} ports, so that nobody can say which belongs to which: give each host its port, \
         or one port for all"
    )]
    Ports { hosts: usize, ports: usize },
    #[error(
        "it has {hosts} hosts and {addresses} addresses in hostaddr, so that nobody can say which belongs to which: give \
         each host its own"
    )]
    Addresses { hosts: usize, addresses: usize },
    #[error(
        "it has an option without a value, behind ? and between &: write option=value, and %26 for & in a value"
    )]
    NoValue,
    #[error(
        "it has a word that is no pair of key=value: put a value with blanks into single quotes, with \\' for ' and \
         \\\\ for \\ in it"
    )]
    NoPair,
    #[error("a single quote in it is never closed: within one write \\' for ' and \\\\ for \\")]
    Quote,
    #[error("{0}")]
    UnknownOption(String),
    #[error("its option {option} has a value that is not supported: {expected}")]
    Value { option: &'static str, expected: String },
}

/// One option with its value.
type Pair = (String, Vec<u8>);

/// Reads an address in either form.
pub(crate) fn parse(text: &str) -> Result<Address, AddressError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    let rest = ["postgresql://", "postgres://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let (pairs, certain) = match rest {
        Some(rest) => url::pairs(rest)?,
        None if text.contains("://") => return Err(AddressError::Scheme),
        None if !text.contains('=') => return Err(AddressError::Scheme),
        None => (pairs::pairs(text)?, 0),
    };
    of_pairs(pairs, certain)
}

/// `certain`: of so many at the beginning it is clear where each ends.
fn of_pairs(pairs: Vec<Pair>, certain: usize) -> Result<Address, AddressError> {
    let mut after_secret = false;
    // As with libpq, the last one counts.
    let mut known = std::collections::BTreeMap::new();
    for (number, (name, value)) in pairs.into_iter().enumerate() {
        let option = options::known(&name).ok_or_else(|| unknown(&name, after_secret))?;
        after_secret |= option == "password" && number >= certain;
        known.insert(option, value);
    }
    let mut address = Address { config: Config::new(), sslmode: None, sslrootcert: None };
    if let Some(password) = known.remove("password").filter(|value| !value.is_empty()) {
        address.config.password(password);
    }
    for (option, value) in known {
        let value = String::from_utf8(value).map_err(|_| AddressError::Encoding(option))?;
        if !value.is_empty() {
            options::set(&mut address, option, &value)?;
        }
    }
    each_has_its_port(&address.config)?;
    Ok(address)
}

/// Checks the ports as libpq does: one port is every host's, and of several each host has its own.
fn each_has_its_port(config: &Config) -> Result<(), AddressError> {
    let (named, addresses) = (config.get_hosts().len(), config.get_hostaddrs().len());
    if named > 0 && addresses > 0 && named != addresses {
        return Err(AddressError::Addresses { hosts: named, addresses });
    }
    let (hosts, ports) = (named.max(addresses).max(1), config.get_ports().len());
    if ports > 1 && ports != hosts { Err(AddressError::Ports { hosts, ports }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text).map(|address| format!("{:?}", address.config)).unwrap_err().to_string()
    }

    #[test]
    fn what_may_be_a_part_of_a_password_is_refused_with_what_to_write_and_never_quoted() {
        for (password, remedy) in [
            ("hunter@2secret", "%40"),
            ("@hunter2secret", "%40"),
            ("hunter2@", "%40"),
            ("hunter#2secret", "%23"),
            ("hunter/2secret", "%2F"),
            ("hunter?2secret", "%3F"),
            ("hunter?sslmode=2secret", "%3F"),
            ("hunter/2@secret", "%2F"),
            ("hunter%2secret", "%25"),
            ("hunter%", "%25"),
            ("hunter 2secret", "%20"),
            ("hunter\t2secret", "%20"),
            ("hunter?a=b&c=2@secret", "%3F"),
        ] {
            for rest in ["@db.example/app", "@db.example:5432/app?sslmode=require", "@h1,h2"] {
                let text = refused(&format!("postgresql://tenon:{password}{rest}"));
                assert!(text.contains(remedy), "{password}: {text}");
                assert!(!text.contains("hunter") && !text.contains("secret"), "{password}: {text}");
            }
        }
    }

    #[test]
    fn what_is_encoded_is_read_as_it_was_meant() {
        let address = parse("postgresql://te%40n:p%40%23%2F%3F%25%20@db.example:6432,other/a%20b").unwrap();
        assert_eq!(address.config.get_user(), Some("te@n"));
        assert_eq!(address.config.get_password(), Some(&b"p@#/?% "[..]));
        assert_eq!(address.config.get_ports(), [6432, 5432]);
        assert_eq!(address.config.get_dbname(), Some("a b"));
        let address = parse(r"host=db password='it\'s @ # \\' user = tenon dbname=app ").unwrap();
        assert_eq!(address.config.get_password(), Some(&br"it's @ # \"[..]));
        assert_eq!((address.config.get_user(), address.config.get_dbname()), (Some("tenon"), Some("app")));
    }

    #[test]
    fn the_last_of_an_option_counts_and_a_port_is_everybodys() {
        let config = parse("postgresql://h/d?port=1&port=2&user=u&connect_timeout=3").unwrap().config;
        assert_eq!((config.get_ports(), config.get_user()), (&[2][..], Some("u")));
        let config = parse("postgresql:///d?host=/run/postgresql&application_name=a:b").unwrap().config;
        assert_eq!(config.get_hosts(), [tokio_postgres::config::Host::Unix("/run/postgresql".into())]);
        assert_eq!(config.get_application_name(), Some("a:b"));
        let config = parse("postgresql://u@[2001:db8::1]:7,b/d").unwrap().config;
        assert_eq!(config.get_ports(), [7, 5432]);
    }

    #[test]
    fn ports_that_belong_to_nobody_are_refused() {
        for text in [
            "host=a,b,c port=1,2",
            "host=a port=1,2",
            "port=1,2",
            "postgresql://a,b/d?port=1,2,3",
            "hostaddr=192.0.2.1,192.0.2.2 port=1,2,3",
        ] {
            assert!(refused(text).contains("which belongs to which"), "{text}");
        }
        assert!(refused("host=a,b hostaddr=192.0.2.1").contains("which belongs to which"));
        for text in ["host=a,b,c port=1", "host=a,b port=1,2", "postgresql://a:1,b/d", "host=a,b", "port=1"] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_option_that_is_not_known_is_named_with_what_was_meant_and_never_its_value() {
        for (options, told) in [
            ("sslmod=hunter2", "sslmod; did you mean sslmode?"),
            ("ssl_mode=hunter2", "ssl_mode; did you mean sslmode?"),
            ("SSLMODE=hunter2", "did you mean sslmode?"),
            ("foo=hunter2", "an unknown option foo"),
            ("passfile=hunter2", "passfile, which is not supported"),
            ("service=hunter2", "service, which is not supported"),
            ("sslcert=hunter2", "sslcert, which is not supported"),
            ("gssencmode=hunter2", "gssencmode, which is not supported"),
            ("target_session_attrs=prefer-standby", "target_session_attrs has a value that is not supported"),
            ("channel_binding=hunter2", "channel_binding has a value that is not supported"),
            ("connect_timeout=hunter2", "connect_timeout has a value that is not supported"),
            ("sslmode=hunter2", "sslmode has a value that is not supported"),
            ("sslmode=verify-ca", "not \"verify-ca\""),
        ] {
            for address in [format!("postgresql://u:p@h/d?{options}"), format!("host=h user=u {options}")] {
                let text = refused(&address);
                assert!(text.contains(told), "{address}: {text}");
                assert!(!text.contains("hunter2"), "{address}: {text}");
            }
        }
    }

    #[test]
    fn a_password_that_is_not_quoted_is_not_taken_for_options_and_told() {
        for text in [
            "host=h password=my hunter two",
            "host=h password=my hunter=two",
            "host=h password=my hunter = two user=u",
            "host=h password='my hunter",
            "host=h password='my' hunter' user=u",
            "password=hunter hunter=1 host=h",
            "postgresql://h/d?password=a&hunter=two",
            "postgresql://h/d?password=a&hunter",
            "postgresql://u:hunter@h:hunter/d",
            "postgresql://u:a@[hunter/d",
            "mysql://u:hunter@h/d",
            "jdbc:postgresql://u:hunter@h/d?a=b",
            "\"postgresql://u:hunter@h/d\"",
            "hunter",
            "host=h hunter2=1",
        ] {
            let told = refused(text);
            assert!(!told.contains("hunter"), "{text}: {told}");
        }
    }
}

//! `postgresql://user:password@host:port,host:port/database?option=value&option=value`, where each `@`, `#`
//! and `%` has to be what it says it is (RFC 3986).

use percent_encoding::percent_decode_str;

use super::{AddressError, Pair};

/// The options that an address stands for, given what follows its scheme, and how many of them stand before
/// the `?`.
pub(super) fn pairs(rest: &str) -> Result<(Vec<Pair>, usize), AddressError> {
    if rest.contains('#') {
        return Err(AddressError::Hash);
    }
    let (authority, behind) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if authority.matches('@').count() > 1 {
        return Err(AddressError::SecondAt);
    }
    if behind.contains('@') {
        return Err(AddressError::LateAt);
    }
    if rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(AddressError::Blank);
    }
    let mut pairs = Vec::new();
    let add = |pairs: &mut Vec<Pair>, option: &str, text: &str| -> Result<(), AddressError> {
        pairs.push((option.to_owned(), decoded(text)?));
        Ok(())
    };
    let (who, places) = authority.split_once('@').unwrap_or(("", authority));
    let (user, password) = who.split_once(':').map_or((who, None), |(user, rest)| (user, Some(rest)));
    add(&mut pairs, "user", user)?;
    password.map_or(Ok(()), |password| add(&mut pairs, "password", password))?;
    if !places.is_empty() {
        let places: Vec<_> = places.split(',').map(place).collect::<Result<_, _>>()?;
        let joined = |of: fn(&(&str, &str)) -> String| places.iter().map(of).collect::<Vec<_>>().join(",");
        add(&mut pairs, "host", &joined(|(host, _)| (*host).to_owned()))?;
        add(&mut pairs, "port", &joined(|(_, port)| (*port).to_owned()))?;
    }
    let (path, query) = behind.split_once('?').unwrap_or((behind, ""));
    add(&mut pairs, "dbname", path.strip_prefix('/').unwrap_or(path))?;
    let certain = pairs.len();
    for option in query.split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').ok_or(AddressError::NoValue)?;
        let name = String::from_utf8(decoded(name)?).map_err(|_| AddressError::Encoding("option"))?;
        add(&mut pairs, &name, value)?;
    }
    Ok((pairs, certain))
}

/// A host, without the brackets of numbers with colons, and its port.
fn place(text: &str) -> Result<(&str, &str), AddressError> {
    let Some(numbers) = text.strip_prefix('[') else { return Ok(text.split_once(':').unwrap_or((text, ""))) };
    let (host, behind) = numbers.split_once(']').ok_or(AddressError::Host)?;
    match (behind, behind.strip_prefix(':')) {
        ("", _) => Ok((host, "")),
        (_, Some(port)) => Ok((host, port)),
        (_, None) => Err(AddressError::Host),
    }
}

/// What percent-encoded text stands for.
fn decoded(text: &str) -> Result<Vec<u8>, AddressError> {
    let two_digits = |behind: &str| {
        behind.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(two_digits) {
        return Err(AddressError::Percent);
    }
    let bytes: Vec<u8> = percent_decode_str(text).collect();
    // PostgreSQL's protocol ends texts with it.
    if bytes.contains(&0) { Err(AddressError::Blank) } else { Ok(bytes) }
}

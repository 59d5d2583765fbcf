//! What is said: each message is used as it is written, and no page has words of its own.

mod pages;

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::test::TestRequest;

use super::*;
use pages::{Place, Use};

/// All that a message may hold besides text: elements without attributes, words for screen readers alone,
/// and links to our own addresses.
const ELEMENTS: [&str; 6] = ["b", "code", "em", "small", "span class=\"unseen\"", "a href=\"/"];

/// The messages of a file by their ids, each with all that stands in it.
fn messages(file: &str) -> BTreeMap<&str, String> {
    let mut messages: BTreeMap<&str, String> = BTreeMap::new();
    let mut last = "";
    for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if !line.starts_with(' ') {
            last = line.split_once(" = ").unwrap_or_else(|| panic!("no message: {line}")).0;
            assert!(messages.insert(last, String::new()).is_none(), "{last} is there twice");
        }
        messages.get_mut(last).unwrap().push_str(line);
    }
    messages
}

fn english() -> BTreeMap<&'static str, String> {
    messages(include_str!("../../../strings/en.ftl"))
}

/// The arguments that a message names.
fn named(message: &str) -> BTreeSet<&str> {
    let names = message.split('$').skip(1);
    names.map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap()).collect()
}

/// The elements that a message opens, or what is wrong with them.
fn elements(message: &str) -> Result<Vec<&str>, String> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    for rest in message.split('<').skip(1) {
        let tag = rest.split_once('>').ok_or("a tag has no end")?.0;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes another element"));
            }
            continue;
        }
        let known = ELEMENTS.iter().any(|known| match known.ends_with('/') {
            // Not `//`, which is an address of somebody else.
            true => {
                let rest = tag.strip_prefix(known).and_then(|rest| rest.strip_suffix('"'));
                rest.is_some_and(|rest| !rest.starts_with('/') && !rest.contains('"'))
            }
            false => tag == *known,
        });
        if !known {
            return Err(format!("<{tag}> is none of the elements that a message may hold"));
        }
        open.push(tag.split(' ').next().unwrap_or_default());
        all.push(tag);
    }
    if open.is_empty() { Ok(all) } else { Err(format!("<{}> is not closed", open[0])) }
}

#[test]
fn every_message_is_read_and_holds_no_markup_but_that_of_the_list() {
    let mut faults = Vec::new();
    for (id, message) in english() {
        faults.extend(elements(&message).err().map(|why| format!("{id}: {why}")));
        if LANGUAGES[0].messages.get_message(id).and_then(|message| message.value()).is_none() {
            faults.push(format!("{id}: Fluent cannot read it"));
        }
        let quoted = message.replace("class=\"unseen\"", "").replace("href=\"/", "").replace("\">", "");
        if quoted.contains('"') || message.replace("&amp;", "").contains('&') {
            faults.push(format!("{id}: a mark that ends an attribute or begins an entity"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    for wrong in
        ["<i>a</i>", "<b>a", "<a href=\"//evil.example\">a</a>", "<a href=\"http://a\">a</a>", "a</b>"]
    {
        assert!(elements(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_message_is_used_and_given_exactly_what_it_names() {
    let messages = english();
    let mut unused: BTreeSet<_> = messages.keys().copied().collect();
    let mut faults = Vec::new();
    let uses = pages::uses();
    assert!(uses.len() > 500, "the walk went somewhere: {}", uses.len());
    for Use { file, id, given, place } in &uses {
        let Some(message) = messages.get(id.as_str()) else {
            faults.push(format!("{file}: there is no message {id}"));
            continue;
        };
        unused.remove(id.as_str());
        let given: BTreeSet<_> = given.iter().map(String::as_str).collect();
        let named = named(message);
        if given != named {
            faults.push(format!("{file}: {id} is given {given:?} and names {named:?}"));
        }
        if *place == Place::Plain && message.contains('<') {
            faults.push(format!("{file}: {id} has markup and stands where none is read"));
        }
    }
    faults.extend(unused.into_iter().map(|id| format!("{id} is used nowhere")));
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_language_has_the_messages_of_english() {
    let english = english();
    for language in &LANGUAGES[..] {
        let path = format!("{}/strings/{}.ftl", env!("CARGO_MANIFEST_DIR"), language.tag);
        let file = std::fs::read_to_string(path).unwrap();
        let theirs = messages(&file);
        assert_eq!(theirs.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>());
        for (id, message) in &theirs {
            assert_eq!(named(message), named(&english[id]), "{}: {id}", language.tag);
            assert!(elements(message).is_ok(), "{}: {id}", language.tag);
        }
    }
}

#[test]
fn no_page_has_words_of_its_own() {
    let faults = pages::words_elsewhere();
    assert!(faults.is_empty(), "words that are no message: {faults:#?}");
    // What it would find.
    for (wrong, found) in [
        ("<p>Hello</p>", "Hello"),
        ("<p>{{ name }} and</p>", "and"),
        ("<input placeholder=\"a name\">", "a name"),
        ("{% call x(\"Some words\") %}", "Some words"),
        ("<p>{{ \"Some words\" }}</p>", "Some words"),
    ] {
        assert_eq!(pages::words_of_template(wrong), [found], "{wrong}");
    }
    for right in ["<p>· {{ x }}</p>", "<code>tenon check</code>", "<p class=\"a\">{# words #}</p>"] {
        assert_eq!(pages::words_of_template(right), Vec::<String>::new(), "{right}");
    }
}

#[test]
fn what_is_put_into_a_message_is_escaped_and_chooses_its_form() {
    let finding = t!("finding-by").arg("by", "<i>").arg("until", "now").arg("reason", "\"&'");
    assert_eq!(finding.to_string(), "By <b>&#60;i&#62;</b> until now: &#34;&#38;&#39;");
    let total = |count: usize| t!("filter-total").number("count", count).to_string();
    assert_eq!([total(0), total(1), total(1234)], ["0 findings", "1 finding", "1234 findings"]);
    let nested = t!("account-shown-once").markup("what", t!("account-secret-token").arg("name", "<a>"));
    assert_eq!(nested.to_string(), "The token &#60;a&#62; is shown this once. Copy it now.");
}

#[test]
fn a_browser_is_answered_in_its_language_where_there_is_one() {
    let german = Language::new("de", "skip = Zum Inhalt\nfilter-total = { $count } Befunde\n");
    let languages: &[Language] = Box::leak(Box::new([Language::new("en", "skip = Skip\n"), german]));
    for (accepted, expected) in [
        ("de", "de"),
        ("fr, de-CH;q=0.8, en;q=0.5", "de"),
        ("en-GB, de;q=0.9", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("", "en"),
        (";;", "en"),
    ] {
        let request = TestRequest::default().insert_header((ACCEPT_LANGUAGE, accepted)).to_srv_request();
        assert_eq!(chosen(languages, &request).tag, expected, "{accepted:?}");
    }
    let said = SPOKEN.sync_scope(&languages[1], || {
        let total = t!("filter-total").number("count", 3_u64).to_string();
        (language(), t!("skip").to_string(), total, t!("console").to_string())
    });
    // What is not translated yet is said in English.
    assert_eq!(said, ("de", "Zum Inhalt".into(), "3 Befunde".into(), "Console".into()));
}

//! The policies: who sees which rows. The migration makes the policies with the same text.

use tenon_plugin_api::schema::{Policy, PolicyCommand};

const OWN: &str = "owner = (SELECT tenon.caller())";
const MINE: &str = "person = (SELECT tenon.caller())";

/// Rows of lists that are the caller's own: everything may be done with them.
pub(crate) fn own() -> Policy {
    policy("own", OWN)
}

/// Lists that somebody else shares with the caller can be read.
pub(crate) fn shared() -> Policy {
    let using =
        "EXISTS (SELECT FROM todo.member m WHERE m.list = list.id AND m.person = (SELECT tenon.caller()))";
    Policy { command: PolicyCommand::Select, ..policy("shared", using) }
}

/// What says that a list is shared with the caller can be read by them.
pub(crate) fn of_me() -> Policy {
    Policy { command: PolicyCommand::Select, ..policy("of_me", MINE) }
}

/// People with whom a list is shared may leave it.
pub(crate) fn leave() -> Policy {
    Policy { command: PolicyCommand::Delete, ..policy("leave", MINE) }
}

/// People who see a list may do everything with what stands on it.
pub(crate) fn of_list() -> Policy {
    policy("of_list", "EXISTS (SELECT FROM todo.list l WHERE l.id = item.list)")
}

/// Nobody writes an item in the name of somebody else.
pub(crate) fn signed() -> Policy {
    Policy {
        name: "signed".into(),
        restrictive: true,
        command: PolicyCommand::Insert,
        with_check: Some("author = (SELECT tenon.caller())".to_owned()),
        ..Policy::default()
    }
}

fn policy(name: &str, using: &str) -> Policy {
    Policy { name: name.into(), using: Some(using.to_owned()), ..Policy::default() }
}

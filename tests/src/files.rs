//! The migration files of the tests' plugins, told once more by hand, so that what the host makes of a
//! library can be held against what is in the files.

use std::path::{Path, PathBuf};

use crate::artifacts::root;

/// The files of the host itself and of these plugins, each plugin after those it builds upon.
pub fn files_of(plugins: &[&str]) -> Vec<PathBuf> {
    let known = |name: &str| {
        KNOWN
            .iter()
            .find(|(plugin, _)| *plugin == name)
            .unwrap_or_else(|| panic!("{name} is not in files.rs"))
    };
    let mut chosen: Vec<_> = plugins.iter().map(|name| known(name)).collect();
    chosen.sort_by_key(|chosen| KNOWN.iter().position(|known| known == *chosen));
    let folders = chosen.into_iter().flat_map(|(_, places)| places.iter().copied());
    ["host/migrations"].into_iter().chain(folders).flat_map(|place| sql_files(&root().join(place))).collect()
}

/// Library names with their files or folders, in an order that psql can run them in.
const KNOWN: &[(&str, &[&str])] = &[
    ("identity_1_0", &["plugins/identity/migrations/0001_accounts.sql"]),
    ("identity", &["plugins/identity/migrations"]),
    ("inventory_1_0", &["plugins/inventory/migrations/0001_items.sql"]),
    ("inventory", &["plugins/inventory/migrations"]),
    ("orders", &["plugins/orders/migrations"]),
    ("reporting", &["plugins/reporting/migrations"]),
    ("notifications", &["plugins/notifications/migrations"]),
    ("todo", &["plugins/todo/migrations"]),
    ("warehouse", &["tests/plugins/warehouse"]),
    ("shop", &["tests/plugins/shop"]),
    ("guest", &["tests/plugins/guest"]),
    ("gallery", &["tests/plugins/gallery"]),
    ("meter", &["tests/plugins/meter"]),
    ("diligent", &["tests/plugins/diligent"]),
    ("board", &["tests/plugins/board"]),
    ("teller", &["tests/plugins/teller"]),
    ("hearer", &["tests/plugins/hearer"]),
    ("every_kind", &["tests/plugins/every_kind"]),
    ("archive", &["tests/plugins/archive"]),
    ("defers", &["tests/plugins/defers"]),
    ("leaves_settings", &["tests/plugins/leaves_settings"]),
    ("shelf", &["tests/plugins/shelf/0001_book.sql"]),
    ("shelf_2_0", &["tests/plugins/shelf"]),
    (
        "stars",
        &[
            "tests/plugins/stars/0001_item.sql",
            "tests/plugins/stars/0002_price.sql",
            "tests/plugins/stars/0003_extra.sql",
        ],
    ),
    ("stars_2_0", &["tests/plugins/stars"]),
    ("watcher", &["tests/plugins/watcher"]),
    ("tower", &["tests/plugins/tower"]),
    ("typed", &["tests/plugins/typed"]),
    ("words", &["tests/plugins/words"]),
    ("panics_in_handle", &["tests/plugins/panics_in_handle"]),
];

fn sql_files(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let entries = std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "sql")).collect();
    files.sort();
    files
}

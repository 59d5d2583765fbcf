use tenon_plugin_api::prelude::*;

struct Note {
    id: i64,
}

fn read(db: &Connection<'_>) -> Result<Vec<Note>, PluginError> {
    db.fetch(&sql!("SELECT id FROM notes.note", () -> Note), ())
}

fn main() {}

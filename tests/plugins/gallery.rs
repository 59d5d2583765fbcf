//! A plugin with one object of every kind that is compared.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::{Ident, ObjectName, Sequence};
use tenon_test_plugins::Silent;

#[derive(Debug, Clone, Copy, EnumType)]
#[pg_enum(name = "gallery.mood")]
enum Mood {
    Calm,
    Wild,
}

#[derive(Debug, Entity)]
#[entity(
    table = "gallery.room",
    unique(name = "room_name_key", columns("name"), include("width"), nulls_not_distinct),
    check(name = "room_is_wide", "width BETWEEN 1 AND 50 AND name IN ('hall', 'nook')"),
    exclude(name = "room_no_two_alike", "USING btree (name WITH =, mood WITH =) WHERE (mood = 'wild')"),
    index(name = "room_opened_idx", keys("opened"), unique, include("id"), where = "width > 3"),
    index(name = "room_tags_idx", keys("tags"), method = "gin")
)]
struct Room {
    #[column(primary_key, identity = "by_default")]
    id: i32,
    #[column(type = "varchar(40)", collation = "\"C\"")]
    name: String,
    #[column(type = "numeric(6,2)", default = "3.5")]
    width: Numeric,
    #[column(type = "numeric(8,2)", generated = "width * 2")]
    area: Option<Numeric>,
    #[column(default = "'calm'")]
    mood: Mood,
    #[column(default = "'{}'")]
    tags: Vec<String>,
    #[column(type = "timestamptz(3)")]
    opened: Option<Timestamp>,
}

#[derive(Debug, Entity)]
#[entity(
    table = "gallery.picture",
    primary_key(columns("room_id", "position")),
    foreign_key(
        name = "picture_room_fkey",
        columns("room_id"),
        references = "gallery.room",
        referenced("id"),
        on_update = "cascade",
        on_delete = "restrict",
        deferrable = "deferred"
    ),
    index(name = "picture_title_idx", keys("lower(\"Title\") text_pattern_ops", "position DESC NULLS LAST"))
)]
struct Picture {
    room_id: i32,
    position: i16,
    #[column(name = "Title")]
    title: String,
}

fn ticket() -> Sequence {
    Sequence {
        name: ObjectName::new(Ident::new("gallery"), Ident::new("ticket")),
        data_type: Some("integer".to_owned()),
        increment: Some(5),
        min: Some(10),
        max: Some(1000),
        start: Some(20),
        cache: Some(3),
        cycle: true,
        owned_by: None,
        ..Sequence::default()
    }
}

export_plugin! {
    Silent,
    id: "gallery",
    name: "Gallery Plugin",
    entities: [Room, Picture],
    enums: [Mood],
    sequences: [ticket()],
    migrations: embed_migrations!(files: ["gallery/0001_gallery.sql"]),
}

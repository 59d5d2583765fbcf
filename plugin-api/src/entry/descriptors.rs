//! The descriptors of a plugin that has a file of them.

use tenon_schema::Descriptors;

use crate::PluginError;

/// What the file declares, and behind it what the plugin's source does.
///
/// # Errors
///
/// If the text is no descriptors, which the macro has seen that it is.
pub fn with_file(file: &str, declared: Descriptors) -> Result<Descriptors, PluginError> {
    let read = serde_json::from_str::<Descriptors>(file);
    let mut all = read.map_err(|error| {
        PluginError::new(500, "descriptors", format!("the file of descriptors cannot be read: {error}"))
    })?;
    macro_rules! add {
        ($($list:ident)*) => {{
            let Descriptors { format: _, $($list),* } = declared;
            $(all.$list.extend($list);)*
        }};
    }
    add! {
        extensions schemas tables enums domains composites ranges collations sequences views materialized_views
        functions aggregates operators operator_families operator_classes casts text_search_dictionaries
        text_search_configurations default_privileges foreign_servers event_triggers publications undeclared
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_source_declares_is_added_to_the_file() {
        let of = |name: &str| -> Descriptors {
            serde_json::from_str(&format!(
                r#"{{ "format": 1, "tables": [{{ "name": "a.{name}" }}], "enums": [{{ "name": "a.e{name}", "labels": [] }}],
                      "sequences": [{{ "name": "a.s{name}" }}], "views": [{{ "name": "a.v{name}", "query": "" }}] }}"#
            ))
            .unwrap()
        };
        let file = serde_json::to_string(&of("x")).unwrap();
        let all = with_file(&file, of("y")).unwrap();
        let names = |value: &Descriptors| -> Vec<String> {
            let tables = value.tables.iter().map(|one| one.name.to_string());
            let others = value.views.iter().map(|one| one.name.to_string());
            let others = others.chain(value.sequences.iter().map(|one| one.name.to_string()));
            tables.chain(value.enums.iter().map(|one| one.name.to_string())).chain(others).collect()
        };
        assert_eq!(names(&all), ["a.x", "a.y", "a.ex", "a.ey", "a.vx", "a.vy", "a.sx", "a.sy"]);
        assert!(with_file("{", of("y")).is_err());
    }
}

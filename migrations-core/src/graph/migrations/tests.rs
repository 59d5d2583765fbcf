use proptest::prelude::*;
use proptest::sample::subsequence;

use super::*;

fn plugin(id: &str, requires: &[&str]) -> PluginInfo {
    PluginInfo {
        id: id.parse().unwrap(),
        name: id.to_owned(),
        version: "1.0.0".parse().unwrap(),
        requires: requires.iter().map(|id| (id.parse().unwrap(), "^1".parse().unwrap())).collect(),
    }
}

fn file(id: &str, requires: &[&str]) -> PluginMigration {
    PluginMigration::new(id.parse().unwrap(), "", requires.iter().map(|id| id.parse().unwrap()).collect())
}

fn ids(order: &[&PluginMigration]) -> Vec<String> {
    order.iter().map(|migration| migration.id.to_string()).collect()
}

fn problems(plugins: &[PluginInfo], migrations: &[PluginMigration]) -> Vec<String> {
    order(plugins, migrations).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn files_of_a_plugin_follow_their_names_and_all_follow_core() {
    let files = [
        file("core/0002.sql", &[]),
        file("a/0002.sql", &[]),
        file("core/0001.sql", &[]),
        file("a/0001.sql", &[]),
    ];
    let order = order(&[plugin("a", &[])], &files).unwrap();
    assert_eq!(ids(&order), ["core/0001.sql", "core/0002.sql", "a/0001.sql", "a/0002.sql"]);
}

#[test]
fn a_named_requirement_interleaves_two_plugins() {
    let plugins = [plugin("accounts", &["billing"]), plugin("billing", &["accounts"])];
    let files = [
        file("accounts/0001.sql", &[]),
        file("accounts/0002.sql", &["billing/0001.sql"]),
        file("billing/0001.sql", &["accounts/0001.sql"]),
        file("billing/0002.sql", &["accounts/0002.sql"]),
    ];
    assert_eq!(
        ids(&order(&plugins, &files).unwrap()),
        ["accounts/0001.sql", "billing/0001.sql", "accounts/0002.sql", "billing/0002.sql"]
    );
}

#[test]
fn a_circle_is_a_path_that_can_be_followed() {
    let plugins = [plugin("accounts", &["billing"]), plugin("billing", &["accounts"])];
    let files = [
        file("accounts/0003_y.sql", &["billing/0002_x.sql"]),
        file("billing/0002_x.sql", &["accounts/0003_y.sql"]),
        file("billing/0003_z.sql", &[]),
    ];
    assert_eq!(
        problems(&plugins, &files),
        [
            "migrations require each other in a circle: accounts/0003_y.sql -> billing/0002_x.sql -> accounts/0003_y.sql; \
          none of them can be first, so one of these requirements has to be taken out by its plugin's author"
        ]
    );
    let itself = [file("accounts/1.sql", &["accounts/1.sql"])];
    assert!(problems(&plugins, &itself)[0].contains("accounts/1.sql -> accounts/1.sql;"));
}

#[test]
fn every_problem_is_found_at_once() {
    let plugins = [plugin("a", &["b"]), plugin("b", &[])];
    let files = [
        file("a/0001.sql", &["b/0009.sql", "c/0001.sql"]),
        file("a/0002_x.sql", &[]),
        file("a/0002_y.sql", &[]),
        file("b/0001.sql", &["a/0001.sql"]),
        file("b/0001.sql", &[]),
        file("b/0002.sql", &["b/0002.sql"]),
    ];
    insta::assert_snapshot!(problems(&plugins, &files).join("\n"));
}

#[test]
fn a_plugin_with_a_problem_takes_out_those_that_require_it_and_nobody_else() {
    let plugins = [plugin("a", &["bad"]), plugin("b", &["a"]), plugin("bad", &[]), plugin("good", &[])];
    let files = [
        file("a/0001.sql", &["bad/0001.sql"]),
        file("b/0001.sql", &[]),
        file("bad/0001.sql", &["bad/0002.sql"]),
        file("bad/0002.sql", &[]),
        file("core/0001.sql", &[]),
        file("good/0001.sql", &[]),
    ];
    let ordered = order_what_can_be(&plugins, &files);
    assert_eq!(ids(&ordered.order), ["core/0001.sql", "good/0001.sql"]);
    let out: Vec<_> = ordered.out.iter().map(|(id, p)| format!("{id}: {}", p[0])).collect();
    insta::assert_snapshot!(out.join("\n"));
}

#[test]
fn without_core_nothing_can_be_ordered() {
    let files = [file("a/0001.sql", &[]), file("core/0001.sql", &["core/0001.sql"])];
    let ordered = order_what_can_be(&[plugin("a", &[])], &files);
    assert!(ordered.order.is_empty());
    assert_eq!(ordered.out.len(), 2);
}

/// Some plugins that all require each other, and files that require any of each other's, or what is not
/// there.
fn world() -> impl Strategy<Value = (Vec<PluginInfo>, Vec<PluginMigration>)> {
    let names: Vec<String> =
        ["a", "b", "c", "core"].iter().flat_map(|p| (1..5).map(move |n| format!("{p}/000{n}.sql"))).collect();
    let plugins = vec![plugin("a", &["b", "c"]), plugin("b", &["a"]), plugin("c", &["a", "b"])];
    let requires = proptest::collection::vec(subsequence(names.clone(), 0..2), names.len());
    (subsequence(names, 0..=16), requires).prop_map(move |(present, requires)| {
        let files = present.iter().zip(requires).map(|(id, requires)| {
            let requires: Vec<&str> = requires.iter().map(String::as_str).collect();
            file(id, &requires)
        });
        (plugins.clone(), files.collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_input_does_not_matter((plugins, files) in world(), seed in 0..1_000usize) {
        let mut shuffled = files.clone();
        shuffled.sort_by_key(|file| crate::migration::Checksum::of(format!("{seed}{}", file.id)));
        prop_assert_eq!(order(&plugins, &files), order(&plugins, &shuffled));
        let (a, b) = (order_what_can_be(&plugins, &files), order_what_can_be(&plugins, &shuffled));
        prop_assert_eq!(a, b);
    }

    #[test]
    fn what_can_be_ordered_is_whole_and_in_order((plugins, files) in world()) {
        let ordered = order_what_can_be(&plugins, &files);
        let mut done: BTreeSet<&MigrationId> = BTreeSet::new();
        for migration in &ordered.order {
            prop_assert!(migration.requires.iter().all(|wanted| done.contains(wanted)));
            let before = files.iter().filter(|f| f.id.plugin == migration.id.plugin && f.id < migration.id);
            prop_assert!(before.map(|f| &f.id).all(|id| done.contains(id)));
            done.insert(&migration.id);
        }
        for file in &files {
            prop_assert_ne!(done.contains(&file.id), ordered.out.contains_key(&file.id.plugin));
        }
        prop_assert_eq!(order(&plugins, &files).is_ok(), ordered.out.is_empty());
    }
}

fn first(id: &str, before: &str) -> PluginMigration {
    PluginMigration::new(id.parse().unwrap(), format!("-- tenon:before {before}\nSELECT 1"), Vec::new())
}

#[test]
fn a_file_comes_before_one_of_another_plugin_where_it_says_so() {
    let plugins = [plugin("a", &[]), plugin("z", &[])];
    let files = [file("a/0001.sql", &[]), file("a/0002.sql", &[]), first("z/0001.sql", "a/0002.sql")];
    assert_eq!(ids(&order(&plugins, &files).unwrap()), ["a/0001.sql", "z/0001.sql", "a/0002.sql"]);
    let alone = order(&plugins[1..], &files[2..]).unwrap();
    assert_eq!(ids(&alone), ["z/0001.sql"], "a plugin that is not there is no trouble");
}

#[test]
fn who_wants_to_come_before_what_cannot_be_is_out_and_nobody_else() {
    let plugins = [plugin("a", &[]), plugin("core", &[]), plugin("z", &["a"])];
    for (sql, requires, told) in [
        (
            "-- tenon:before a/0001.sql",
            Some("a/0001.sql"),
            "in a circle: a/0001.sql -> z/0001.sql -> a/0001.sql",
        ),
        ("-- tenon:before a/0009.sql", None, "comes before a/0009.sql, which plugin a does not bring"),
        ("-- tenon:before core/0001.sql", None, "those of the host before all others"),
        ("-- tenon:before a", None, "`-- tenon:before …` of z/0001.sql names no file"),
        ("-- tenon:before z/0002.sql", None, "files of one plugin come in the order of their names"),
    ] {
        let requires = requires.into_iter().map(|id| id.parse().unwrap()).collect();
        let files = [
            file("core/0001.sql", &[]),
            file("a/0001.sql", &[]),
            PluginMigration::new("z/0001.sql".parse().unwrap(), sql, requires),
            file("z/0002.sql", &[]),
        ];
        let Ordered { order, out } = order_what_can_be(&plugins, &files);
        assert_eq!(ids(&order), ["core/0001.sql", "a/0001.sql"], "{sql}");
        let [(id, problems)] = out.iter().collect::<Vec<_>>()[..] else { panic!("{sql}: {out:#?}") };
        assert_eq!(id.as_str(), "z", "{sql}");
        assert!(problems[0].to_string().contains(told), "{sql}: {}", problems[0]);
    }
}

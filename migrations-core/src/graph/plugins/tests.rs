use super::*;

fn plugin(id: &str, version: &str, requires: &[(&str, &str)]) -> PluginInfo {
    PluginInfo {
        id: id.parse().unwrap(),
        name: id.to_owned(),
        version: version.parse().unwrap(),
        requires: requires.iter().map(|(id, range)| (id.parse().unwrap(), range.parse().unwrap())).collect(),
    }
}

fn resolved(plugins: &[PluginInfo]) -> (Vec<String>, Vec<String>) {
    let unloadable = BTreeSet::from(["broken".parse().unwrap()]);
    let resolution = resolve(plugins, &"1.2.0".parse().unwrap(), &unloadable);
    let out =
        resolution.out.iter().flat_map(|(id, problems)| problems.iter().map(move |p| format!("{id} {p}")));
    (resolution.usable.iter().map(ToString::to_string).collect(), out.collect())
}

#[test]
fn plugins_come_after_what_they_require() {
    let plugins = [
        plugin("a", "1.0.0", &[("z", "^1")]),
        plugin("b", "1.0.0", &[("core", ">=1.2")]),
        plugin("z", "1.5.0", &[]),
    ];
    assert_eq!(resolved(&plugins), (vec!["b".to_owned(), "z".to_owned(), "a".to_owned()], vec![]));
}

#[test]
fn a_plugin_that_is_out_takes_those_that_require_it_and_nobody_else() {
    let plugins = [
        plugin("a", "1.0.0", &[("b", "^1")]),
        plugin("b", "1.0.0", &[("nobody", "^2")]),
        plugin("c", "1.0.0", &[("a", "^1"), ("d", "^2")]),
        plugin("d", "1.0.0", &[]),
        plugin("e", "1.0.0", &[("broken", "^1")]),
        plugin("f", "1.0.0", &[("core", "^2")]),
        plugin("g", "1.0.0", &[("h", "^1")]),
        plugin("h", "1.0.0", &[("g", "^1")]),
        plugin("i", "1.0.0", &[("h", "^1")]),
        plugin("twin", "1.0.0", &[]),
        plugin("twin", "2.0.0", &[]),
        plugin("core", "1.0.0", &[]),
    ];
    let (usable, out) = resolved(&plugins);
    assert_eq!(usable, ["d"]);
    insta::assert_snapshot!(out.join("\n"));
}

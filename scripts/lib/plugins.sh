# The sample plugins: every package under plugins/ builds lib<name>.so.
# shellcheck shell=bash

sample_plugins() {
    local manifest
    for manifest in "$ROOT"/plugins/*/Cargo.toml; do
        basename "$(dirname "$manifest")"
    done
}

# copy_samples PROFILE DIR: by rename, since overwriting a loaded library in place kills its process.
copy_samples() {
    local name file built
    built=$(profile_dir "$1")
    for name in $(sample_plugins); do
        file=lib${name//-/_}.so
        [ -f "$built/$file" ] || die "$built/$file was not built: run cargo build -p $name"
        install -m 644 "$built/$file" "$2/.$file.new"
        mv -f "$2/.$file.new" "$2/$file"
    done
}

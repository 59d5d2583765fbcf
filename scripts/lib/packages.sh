# One staged tree, and the two packages made of it.
# shellcheck shell=bash

TENON_VERSION=$(sed -n '/^\[workspace\.package\]/,/^\[/s/^version *= *"\(.*\)"/\1/p' "$ROOT/Cargo.toml")

rust_target() { rustc -vV | sed -n 's/^host: //p'; }

export_epoch() {
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$ROOT" log -1 --format=%ct 2>/dev/null || date -r "$ROOT/Cargo.lock" +%s)}
    export SOURCE_DATE_EPOCH
}

# stage_tree PROFILE DIR: the tarball's layout under DIR/tenon-VERSION-TARGET.
stage_tree() {
    local top binary
    top=$2/tenon-$TENON_VERSION-$(rust_target)
    binary=$(profile_dir "$1")/tenon
    [ -x "$binary" ] || die "$binary was not built: run scripts/package without --no-build"
    install -d -m 755 "$top" "$top/bin" "$top/plugins" "$top/sample-plugins"
    install -m 755 "$binary" "$top/bin/tenon"
    copy_samples "$1" "$top/sample-plugins"
    stage_sdk "$top/share/tenon/sdk"
    stage_manual "$top/bin/tenon" "$top/share"
    cp -R dist/monitoring "$top/share/tenon/monitoring"
    # Already done in the release profile; in dev it makes packages a tenth of the size.
    strip --strip-unneeded "$top/bin/tenon" "$top"/sample-plugins/*.so
    install -m 644 dist/tenon.toml dist/systemd/tenon.service dist/systemd/tenon.socket dist/README.md \
        CHANGELOG.md SECURITY.md LICENSE-MIT LICENSE-APACHE "$top"
}

# stage_sdk DIR: the crates that an author needs, each in a folder of its name and version.
stage_sdk() {
    local packages=$TARGET/sdk file
    rm -rf "$packages/package"
    cargo package --locked --no-verify --allow-dirty --quiet --target-dir "$packages" \
        --package tenon-schema --package tenon-plugin-macros --package tenon-plugin-api --package tenon-plugin-test >&2
    install -d -m 755 "$1"
    for file in "$packages"/package/*.crate; do
        tar --extract --gzip --file "$file" --directory "$1" --no-same-owner
    done
}

# stage_manual PROGRAM DIR: the manual pages, and the completions of each shell where that looks for them.
stage_manual() {
    "$1" man --out "$2/man/man1"
    gzip -9n "$2"/man/man1/*.1
    install -d -m 755 "$2/bash-completion/completions" "$2/zsh/vendor-completions" "$2/fish/vendor_completions.d"
    "$1" completions bash >"$2/bash-completion/completions/tenon"
    "$1" completions zsh >"$2/zsh/vendor-completions/_tenon"
    "$1" completions fish >"$2/fish/vendor_completions.d/tenon.fish"
}

make_tarball() {
    local name file
    name=tenon-$TENON_VERSION-$(rust_target)
    file=$2/$name.tar.gz
    export_epoch
    tar --create --directory "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --format=gnu \
        --owner=0 --group=0 --numeric-owner "$name" | gzip -n >"$file.new"
    mv -f "$file.new" "$file"
    printf '%s\n' "$file"
}

make_deb() {
    local arch file
    arch=$(deb_arch)
    file=$2/tenon_${TENON_VERSION}_$arch.deb
    ensure_tool nfpm || die "nfpm could not be installed: see scripts/tools/nfpm.txt"
    export_epoch
    STAGE=$1/tenon-$TENON_VERSION-$(rust_target)
    TENON_DEB_ARCH=$arch
    TENON_GLIBC=$(glibc_floor "$STAGE")
    DEB_CONFIG=$1/tenon.toml
    DEB_COPYRIGHT=$1/copyright
    export STAGE DEB_CONFIG DEB_COPYRIGHT TENON_VERSION TENON_DEB_ARCH TENON_GLIBC
    sed -f dist/deb/tenon.toml.sed dist/tenon.toml >"$DEB_CONFIG"
    [ "$(diff dist/tenon.toml "$DEB_CONFIG" | grep -c '^>')" = "$(grep -c '^s' dist/deb/tenon.toml.sed)" ] ||
        die "dist/deb/tenon.toml.sed does not fit dist/tenon.toml: a key it sets is not there"
    install -m 644 dist/deb/copyright "$DEB_COPYRIGHT"
    # nfpm takes the time of each file as it finds it.
    find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    nfpm package --config dist/nfpm.yaml --packager deb --target "$file.new" >&2
    mv -f "$file.new" "$file"
    printf '%s\n' "$file"
}

deb_arch() {
    case $(rust_target) in
        x86_64-*) echo amd64 ;;
        aarch64-*) echo arm64 ;;
        *) die "no Debian architecture is known for $(rust_target): make the tarball with --tarball" ;;
    esac
}

# The newest glibc symbol version the staged files import, which is the oldest glibc they run on.
glibc_floor() {
    readelf -W --version-info "$1"/bin/tenon "$1"/sample-plugins/*.so |
        grep -o 'GLIBC_2\.[0-9.]*' | sed 's/^GLIBC_//' | sort -uV | tail -n 1
}

# One staged tree, the packages made of it, and their sums.
# shellcheck shell=bash

# A test of an upgrade calls the same files the next version.
TENON_VERSION=${PACKAGE_VERSION:-$(sed -n '/^\[workspace\.package\]/,/^\[/s/^version *= *"\(.*\)"/\1/p' "$ROOT/Cargo.toml")}

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
    install -m 644 dist/Containerfile "$2/Containerfile"
    # Already done in the release profile; in dev it makes packages a tenth of the size.
    strip --strip-unneeded "$top/bin/tenon" "$top"/sample-plugins/*.so
    install -m 644 dist/tenon.toml dist/systemd/tenon.service dist/systemd/tenon.socket dist/README.md \
        CHANGELOG.md SECURITY.md LICENSE-MIT LICENSE-APACHE "$top"
    # Whoever checked the work tree out may have let nobody else read it.
    chmod -R u=rwX,go=rX "$top"
}

# stage_sdk DIR: the crates that an author needs, each in a folder of its name and version.
stage_sdk() {
    # Cargo's folder is beside it, for another run at the same moment would take away what is packed in a shared one.
    local packages=$1.packaged file
    cargo package --locked --no-verify --allow-dirty --quiet --target-dir "$packages" \
        --package tenon-schema --package tenon-plugin-macros --package tenon-plugin-api --package tenon-plugin-test >&2
    install -d -m 755 "$1"
    for file in "$packages"/package/*.crate; do
        tar --extract --gzip --file "$file" --directory "$1" --no-same-owner
    done
    rm -rf "$packages"
}

# stage_manual PROGRAM DIR: the manual pages, what codes mean, and the completions of each shell where that looks
# for them.
stage_manual() {
    "$1" man --out "$2/man/man1"
    gzip -9n "$2"/man/man1/*.1
    install -d -m 755 "$2/doc/tenon"
    "$1" explain --all >"$2/doc/tenon/CODES.md"
    install -d -m 755 "$2/bash-completion/completions" "$2/zsh/vendor-completions" "$2/fish/vendor_completions.d"
    "$1" completions bash >"$2/bash-completion/completions/tenon"
    "$1" completions zsh >"$2/zsh/vendor-completions/_tenon"
    "$1" completions fish >"$2/fish/vendor_completions.d/tenon.fish"
}

make_tarball() {
    local name file
    name=tenon-$TENON_VERSION-$(rust_target)
    file=$2/$name.tar.gz
    tar --create --directory "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --format=gnu \
        --owner=0 --group=0 --numeric-owner "$name" | gzip -n >"$file.new"
    made "$file"
}

# The image is made of the Debian package, so its file goes beside that.
make_deb() {
    TENON_ARCH=$(deb_arch)
    stage_for_nfpm "$1"
    run_nfpm deb dist/nfpm.yaml "$2/tenon_${TENON_VERSION}_$TENON_ARCH.deb"
    run_nfpm deb dist/nfpm-sample-plugins.yaml "$2/tenon-sample-plugins_${TENON_VERSION}_$TENON_ARCH.deb"
    install -m 644 "$1/Containerfile" "$2/Containerfile.new"
    made "$2/Containerfile"
}

make_rpm() {
    # nfpm knows Debian's names, and writes RPM's.
    TENON_ARCH=$(deb_arch)
    local arch
    arch=$(rust_target)
    arch=${arch%%-*}
    stage_for_nfpm "$1"
    run_nfpm rpm dist/nfpm.yaml "$2/tenon-$TENON_VERSION-1.$arch.rpm"
    run_nfpm rpm dist/nfpm-sample-plugins.yaml "$2/tenon-sample-plugins-$TENON_VERSION-1.$arch.rpm"
}

# stage_for_nfpm DIR: what the packages have beside the tarball's files, and the variables of nfpm's files.
stage_for_nfpm() {
    ensure_tool nfpm || die "nfpm could not be installed: see scripts/tools/nfpm.txt"
    STAGE=$1/tenon-$TENON_VERSION-$(rust_target)
    TENON_GLIBC=$(glibc_floor "$STAGE")
    PACKAGE_CONFIG=$1/tenon.toml
    PACKAGE_COPYRIGHT=$1/copyright
    PACKAGE_CHANGELOG=$1/changelog.gz
    SAMPLES_CHANGELOG=$1/samples-changelog.gz
    export STAGE PACKAGE_CONFIG PACKAGE_COPYRIGHT PACKAGE_CHANGELOG SAMPLES_CHANGELOG TENON_VERSION TENON_ARCH TENON_GLIBC
    sed -f dist/deb/tenon.toml.sed dist/tenon.toml >"$PACKAGE_CONFIG"
    [ "$(diff dist/tenon.toml "$PACKAGE_CONFIG" | grep -c '^>')" = "$(grep -c '^s' dist/deb/tenon.toml.sed)" ] ||
        die "dist/deb/tenon.toml.sed does not fit dist/tenon.toml: a key it sets is not there"
    install -m 644 dist/deb/copyright "$PACKAGE_COPYRIGHT"
    debian_changelog tenon | gzip -9n >"$PACKAGE_CHANGELOG"
    debian_changelog tenon-sample-plugins | gzip -9n >"$SAMPLES_CHANGELOG"
    # nfpm takes the time of each file as it finds it.
    find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

# debian_changelog PACKAGE: in the form that Debian's tools read; what has changed is in CHANGELOG.md.
debian_changelog() {
    printf '%s (%s) unstable; urgency=medium\n\n' "$1" "$TENON_VERSION"
    printf '  * What has changed is in /usr/share/doc/tenon/CHANGELOG.md.\n\n'
    printf ' -- %s  %s\n' "$(sed -n 's/^maintainer: //p' dist/nfpm.yaml)" \
        "$(LC_ALL=C date --utc --date="@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %H:%M:%S +0000')"
}

# run_nfpm PACKAGER CONFIG FILE
run_nfpm() {
    nfpm package --config "$2" --packager "$1" --target "$3.new" >&2
    made "$3"
}

# Every crate that is linked into the program and the sample plugins, by cargo-cyclonedx. That writes beside the manifests,
# so it gets a copy. There one crate is linked with all that is shipped, and none has what only its tests need.
make_sbom() {
    local copy file=$2/tenon-$TENON_VERSION.cdx.json manifest plugin
    ensure_cyclonedx || die "cargo-cyclonedx could not be built: see ensure_cyclonedx in scripts/lib/needs.sh"
    copy=$(cd "$1" && pwd -P)/bill
    mkdir -p "$copy/shipped/src"
    tar --create Cargo.toml Cargo.lock host migrations-core plugin-api plugins | tar --extract --directory "$copy"
    sed -i -e '/^members = \[/,/^\]/c\members = ["shipped"]' -e '/^default-members = /d' -e '/^exclude = /d' "$copy/Cargo.toml"
    while IFS= read -r manifest; do
        awk 'NR == 1 || /^\[/ { kept = !/dev-dependencies/ } kept' "$manifest" >"$manifest.new"
        mv "$manifest.new" "$manifest"
    done < <(find "$copy" -name Cargo.toml)
    echo 'fn main() {}' >"$copy/shipped/src/main.rs"
    {
        printf '[package]\nname = "tenon"\nversion = "%s"\nlicense = "MIT OR Apache-2.0"\n' "$TENON_VERSION"
        printf '[dependencies]\ntenon-host = { path = "../host" }\n'
        for plugin in $(sample_plugins); do printf '%s = { path = "../plugins/%s" }\n' "$plugin" "$plugin"; done
    } >"$copy/shipped/Cargo.toml"
    (cd "$copy" && cargo cyclonedx --quiet --format json --spec-version 1.5 --target "$(rust_target)" --no-build-deps \
        --manifest-path shipped/Cargo.toml --override-filename bill) >&2
    # Where the copy is says nothing of what is in the packages.
    sed "s|$copy|/tenon|g" "$copy/shipped/bill.json" >"$file.new"
    made "$file"
}

# made FILE: FILE.new is complete.
made() {
    mv -f "$1.new" "$1"
    MADE+=("$1")
    printf '%s\n' "$1"
}
MADE=()

# sum_and_sign DIR: the sums of all that was made, and their signature.
sum_and_sign() {
    local names=() file
    for file in "${MADE[@]}"; do names+=("${file##*/}"); done
    (cd "$1" && sha256sum -- "${names[@]}") >"$1/SHA256SUMS.new"
    mv -f "$1/SHA256SUMS.new" "$1/SHA256SUMS"
    rm -f "$1/SHA256SUMS.minisig"
    if [ -z "${TENON_MINISIGN_KEY_FILE:-}" ]; then
        say "SHA256SUMS is not signed: TENON_MINISIGN_KEY_FILE names no key"
        return 0
    fi
    ensure_minisign || die "SHA256SUMS could not be signed: minisign cannot be had on this machine"
    # The comment has the time, which would otherwise be now.
    minisign -S -s "$TENON_MINISIGN_KEY_FILE" -m "$1/SHA256SUMS" -x "$1/SHA256SUMS.minisig" \
        -t "tenon $TENON_VERSION, timestamp:$SOURCE_DATE_EPOCH" >&2
}

deb_arch() {
    case $(rust_target) in
        x86_64-*) echo amd64 ;;
        aarch64-*) echo arm64 ;;
        *) die "no architecture of packages is known for $(rust_target): make the tarball with --tarball" ;;
    esac
}

# The newest glibc symbol version the staged files import, which is the oldest glibc they run on.
glibc_floor() {
    readelf -W --version-info "$1"/bin/tenon "$1"/sample-plugins/*.so |
        grep -o 'GLIBC_2\.[0-9.]*' | sed 's/^GLIBC_//' | sort -uV | tail -n 1
}

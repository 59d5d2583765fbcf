# Installs what is missing from Debian's packages, as root or through sudo, or says the command.
# shellcheck shell=bash

APT_UPDATED=no

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
    as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
    say "installing $what: $*"
    if [ "$APT_UPDATED" = no ]; then
        "${as_root[@]}" update >&2 || die "the package lists could not be read; as root run: apt-get update && $manual"
        APT_UPDATED=yes
    fi
    "${as_root[@]}" install -y --no-install-recommends "$@" >/dev/null </dev/null ||
        die "$what could not be installed; as root run: $manual"
}

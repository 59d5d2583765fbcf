# Shared by every script: strictness, the work tree, messages, and cargo's own checks.
# shellcheck shell=bash
set -euo pipefail

CALLER_DIR=$PWD
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
# A relative CARGO_TARGET_DIR is relative to where cargo runs, which is ROOT.
case $TARGET in /*) ;; *) TARGET=$ROOT/$TARGET ;; esac
# rustup puts cargo here; a shell opened before it was installed has not heard of it.
export PATH="$PATH:${CARGO_HOME:-${HOME:-/nonexistent}/.cargo}/bin"
cd "$ROOT"

say() { printf '==> %s\n' "$*" >&2; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# usage_error MESSAGE: the command line was wrong.
usage_error() {
    printf 'error: %s\nhint: scripts/%s --help\n' "$*" "${0##*/}" >&2
    exit 64
}

# help_of FILE: the comment block under the first line of a script is its help.
help_of() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$1"; }

# from_caller PATH: a path as the caller meant it, since the scripts run in the work tree's root.
from_caller() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s' "$CALLER_DIR/$1" ;; esac; }

need_rust() {
    have cargo || die "cargo was not found: install Rust 1.95 or later with rustup"
    have cc || apt_install "a linker for Rust" gcc libc6-dev
}

rust_target() { rustc -vV | sed -n 's/^host: //p'; }

# profile_dir PROFILE: the folder of the target directory that cargo builds a profile into.
profile_dir() {
    case $1 in
        dev) printf '%s/debug' "$TARGET" ;;
        *) printf '%s/%s' "$TARGET" "$1" ;;
    esac
}

# The PostgreSQL that the first test to need one starts (tests/src/server.rs), stopped and removed.
# shellcheck shell=bash

stop_test_postgres() {
    local place=$TARGET/tenon-test-postgres home pid
    [ -f "$place/location" ] || return 0
    home=$(cat "$place/location")
    rm -f "$place/location"
    case $home in /tmp/tenon-pg-* | /dev/shm/tenon-pg-*) ;; *) return 0 ;; esac
    pid=$(head -n 1 "$home/data/postmaster.pid" 2>/dev/null || true)
    # The number may be somebody else's by now; the server's working directory is its data.
    if [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$home/data" ]; then
        kill -QUIT "$pid" || true
        for _ in $(seq 50); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
    fi
    rm -rf "$home"
}

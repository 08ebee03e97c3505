#!/usr/bin/env bash
# with-postgres.sh COMMAND…: runs COMMAND with a PostgreSQL server of its own.
#
# The server lives in a temporary folder, listens on a free port of 127.0.0.1, asks for a password
# nobody else knows, and is gone afterwards, whatever became of COMMAND, whose exit code is passed
# on. COMMAND finds it in QUIETLINE_TEST_POSTGRES; a server named there beforehand is used instead.
set -euo pipefail

if (($# == 0)); then
    echo "usage: ${0##*/} COMMAND…" >&2
    exit 2
fi
if [[ -n ${QUIETLINE_TEST_POSTGRES:-} ]]; then
    exec "$@"
fi

# Debian keeps the server's programs out of PATH; the newest version comes last.
for dir in $(compgen -G '/usr/lib/postgresql/*/bin' | sort --version-sort); do
    PATH="$dir:$PATH"
done
if ! command -v initdb >/dev/null || ! command -v pg_ctl >/dev/null; then
    echo "${0##*/}: no PostgreSQL server here; scripts/setup-tests.sh installs one" >&2
    exit 1
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/quietline-postgres.XXXXXX")
data=$folder/data
log=$folder/log
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
unprivileged=()

(umask 077 && echo "$password" >"$folder/password")

# PostgreSQL refuses to run as root.
if [[ $(id -u) == 0 ]]; then
    user=postgres
    id -u "$user" >/dev/null 2>&1 || user=nobody
    unprivileged=(setpriv "--reuid=$(id -u "$user")" "--regid=$(id -g "$user")" --clear-groups)
    chown "$user" "$folder" "$folder/password"
fi

# The caller's folder may be closed to the user that the server runs as.
server() {
    (cd "$folder" && "${unprivileged[@]}" env HOME="$folder" "$@")
}

stop() {
    local code=$?
    trap '' INT TERM HUP
    # pg_ctl reads the process id from this cluster's own folder: no other server is touched.
    if [[ -f $data/postmaster.pid ]]; then
        server pg_ctl stop --silent --wait --mode=immediate --pgdata="$data" || code=1
    fi
    rm -rf "$folder"
    exit "$code"
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

server initdb --pgdata="$data" --username=quietline --auth=scram-sha-256 --pwfile="$folder/password" \
    --encoding=UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1 ||
    { cat "$folder/initdb.log" >&2; exit 1; }

# What is lost in a crash is of no value here, and the tests open many pools at once.
cat >>"$data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 400
fsync = off
full_page_writes = off
synchronous_commit = off
CONF

# Nothing reserves a port between choosing it and listening on it: where it was taken, another one.
port=
for _ in {1..20}; do
    candidate=$((20000 + RANDOM % 10000))
    if server pg_ctl start --silent --wait --pgdata="$data" --log="$log" --options="-p $candidate" \
        2>>"$folder/start.log"; then
        port=$candidate
        break
    fi
done
if [[ -z $port ]]; then
    cat "$folder/start.log" "$log" >&2
    exit 1
fi

export QUIETLINE_TEST_POSTGRES="postgres://quietline:$password@127.0.0.1:$port/postgres"
"$@"

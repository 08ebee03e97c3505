#!/usr/bin/env bash
# Tries what /openapi.json promises with schemathesis, on a simulated centre of its own.
# More words go to schemathesis: scripts/check-api.sh --max-examples 200
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

SCHEMATHESIS_VERSION=4.32.5
target=${CARGO_TARGET_DIR:-target}
program=$target/release/quietline
tools=$target/schemathesis

[[ -x "$program" ]] || { echo "There is no $program yet: make build" >&2; exit 1; }
if [[ ! -x "$tools/bin/st" ]]; then
    python3 -m venv "$tools" || { echo "It needs Python with venv: apt-get install python3-venv" >&2; exit 1; }
    "$tools/bin/pip" install --quiet "schemathesis==$SCHEMATHESIS_VERSION"
fi

coproc demo { exec "$program" demo --listen 127.0.0.1:0 2>/dev/null; }
# The shell forgets the number when the program ends by itself.
server=$demo_PID
trap 'kill "$server" 2>/dev/null || true' EXIT
address=
while [[ -z "$address" ]]; do
    read -r line <&"${demo[0]}" || { echo "The demo did not start; $program demo says why" >&2; exit 1; }
    [[ "$line" =~ (http://127\.0\.0\.1:[0-9]+)$ ]] && address=${BASH_REMATCH[1]}
done

# The feed does not end; tests/it/contracts.rs and websocket.rs try it.
"$tools/bin/st" --config-file scripts/schemathesis.toml run "$address/openapi.json" \
    --exclude-path-regex '^/api/v1/live' --request-timeout 30 --max-examples 50 "$@"

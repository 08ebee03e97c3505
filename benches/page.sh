#!/usr/bin/env bash
# Requests a second of `/`, beside nginx serving a file of the same bytes, in turns.
# Needs nginx and wrk; `cargo build --release` first. 127.0.0.1 only; about a minute.
#   benches/page.sh [seconds] [connections]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5}
connections=${2:-64}
port=18473
nginx_port=18474
for tool in nginx wrk curl; do
  command -v "$tool" >/dev/null || { echo "SKIPPED: $tool is not installed"; exit 0; }
done

work=$(mktemp -d)
trap 'kill "${ours:-}" "${theirs:-}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

target/release/quietline serve --listen "127.0.0.1:$port" --config tests/fixtures/bank/centre.toml \
  --data-dir "$work/data" >"$work/quietline.log" 2>&1 &
ours=$!
mkdir "$work/www"
for _ in $(seq 50); do
  curl -sf -H 'Accept-Encoding: gzip' "http://127.0.0.1:$port/" -o "$work/www/page.gz" && break
  sleep 0.1
done
bytes=$(stat -c %s "$work/www/page.gz")

# One worker a core, no log, the file's handle kept open: nginx at its best.
cat >"$work/nginx.conf" <<CONF
worker_processes auto;
daemon off;
pid $work/nginx.pid;
error_log $work/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=100;
  client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3;
  uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  server { listen 127.0.0.1:$nginx_port; root $work/www; }
}
CONF
chmod 755 "$work" "$work/www"
nginx -c "$work/nginx.conf" -e "$work/error.log" &
theirs=$!
for _ in $(seq 50); do
  curl -sf "http://127.0.0.1:$nginx_port/page.gz" -o /dev/null && break
  sleep 0.1
done

rate() {
  wrk -t1 -c"$connections" -d"${seconds}s" -H 'Accept-Encoding: gzip' "$1" >"$work/wrk"
  if grep -q 'Non-2xx\|Socket errors' "$work/wrk"; then cat "$work/wrk" >&2; fi
  awk '/Requests\/sec/ { print $2 }' "$work/wrk"
}

echo "page: / is $bytes bytes gzipped; $connections connections, $seconds s each, in turns"
for turn in 1 2 3; do
  page=$(rate "http://127.0.0.1:$port/")
  file=$(rate "http://127.0.0.1:$nginx_port/page.gz")
  awk -v n="$turn" -v p="$page" -v f="$file" \
    'BEGIN { printf "  turn %d: quietline %d/s, nginx %d/s, ratio %.2f\n", n, p, f, p / f }'
done

#!/bin/sh
# Fuzzes every parser, or those that are named: fuzz/run.sh [-s SECONDS] [TARGET…]
# Needs a C++ compiler. On stable Rust: the compiler's own coverage counters, no address checks, which
# a program without unsafe code has little use for.
set -eu
cd "$(dirname "$0")"

seconds=600
if [ "${1-}" = -s ]; then
    seconds=$2
    shift 2
fi
all=$(sed -n 's#^path = "targets/\(.*\)\.rs"#\1#p' Cargo.toml)
[ $# -gt 0 ] || set -- $all

export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Clink-dead-code"
host=$(rustc -vV | sed -n 's/^host: //p')
cargo build --release --target "$host" --bins

for name in "$@"; do
    mkdir -p "found/$name" "artifacts/$name" "corpus/$name"
    echo "$name: $seconds s"
    "${CARGO_TARGET_DIR:-target}/$host/release/$name" "found/$name" "corpus/$name" \
        -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="artifacts/$name/" -verbosity=0
    # What taught the fuzzer something is kept small, for the next run.
    "${CARGO_TARGET_DIR:-target}/$host/release/$name" -merge=1 "corpus/$name" "found/$name" \
        -verbosity=0
done

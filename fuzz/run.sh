#!/bin/sh
# Fuzzes every parser, or those that are named: fuzz/run.sh [-s SECONDS] [-k] [TARGET…]
# With -k, what taught the fuzzer something is kept in corpus/ afterwards, as few files as will do.
# Goes on to the next target when one fails, and fails itself at the end.
# Needs a C++ compiler and, once, the registry. On stable Rust: the compiler's own coverage counters,
# no address checks, which a program without unsafe code has little use for.
set -eu
cd "$(dirname "$0")"

seconds=600 keep=
while getopts s:k option; do
    case $option in
        s) seconds=$OPTARG ;;
        k) keep=yes ;;
        *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
all=$(sed -n 's#^path = "targets/\(.*\)\.rs"#\1#p' Cargo.toml)
# Each word is a target.
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $all

export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Clink-dead-code"
host=$(rustc -vV | sed -n 's/^host: //p')
cargo build --release --target "$host" --bins

failed=
for name in "$@"; do
    program="${CARGO_TARGET_DIR:-target}/$host/release/$name"
    mkdir -p "found/$name" "artifacts/$name" "corpus/$name"
    echo "$name: $seconds s"
    "$program" "found/$name" "corpus/$name" \
        -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="artifacts/$name/" || failed="$failed $name"
    [ -z "$keep" ] || "$program" -set_cover_merge=1 "corpus/$name" "found/$name"
done
[ -z "$failed" ] || { echo "failed:$failed; see artifacts/" >&2; exit 1; }

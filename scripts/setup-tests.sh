#!/usr/bin/env bash
# Installs what the tests need and the machine lacks: a PostgreSQL server, Chromium, a font for it,
# and cargo-deny. Where packages may not be installed it says exactly what is missing, and fails.
set -euo pipefail

CARGO_DENY_VERSION=0.20.2

postgres_found() {
    command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

chromium_found() {
    [[ -x "${CHROMIUM:-/usr/bin/chromium}" ]]
}

# A page without any font renders, but nothing on it can be measured.
font_found() {
    compgen -G '/usr/share/fonts/*/*' >/dev/null
}

missing_packages() {
    postgres_found || echo postgresql
    chromium_found || echo chromium
    font_found || echo fonts-dejavu-core
}

# Prints what to put before a command that needs root; fails where root is not to be had.
as_root() {
    if [[ $(id -u) == 0 ]]; then
        echo env
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        echo sudo
    else
        return 1
    fi
}

install_packages() {
    local root
    if ! command -v apt-get >/dev/null || ! root=$(as_root); then
        echo "The tests need these Debian packages, or what they are called here: $*" >&2
        echo "    sudo apt-get install --no-install-recommends $*" >&2
        echo "Another Chromium can be named in CHROMIUM." >&2
        exit 1
    fi
    echo "Installing for the tests: $*"
    "$root" apt-get update --quiet
    "$root" DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends "$@"
}

mapfile -t missing < <(missing_packages)
if ((${#missing[@]})); then
    install_packages "${missing[@]}"
fi

# Unoptimised it is built in a fraction of the time and checks this tree in seconds all the same.
if ! cargo deny --version >/dev/null 2>&1; then
    echo "Installing for the tests: cargo-deny $CARGO_DENY_VERSION"
    CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --locked --debug "cargo-deny@$CARGO_DENY_VERSION"
fi

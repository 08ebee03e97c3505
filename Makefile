# make build · demo · check · test · bench · clean; `make` alone says what each does.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# Cargo and Vite use all cores by themselves.
.NOTPARALLEL:

TARGET := $(or $(CARGO_TARGET_DIR),target)
CARGO_FLAGS ?= --locked
# `auto` asks for newly published advisories where their database can be reached, `skip` never asks.
ADVISORIES ?= auto

WEB := web/dist/.vite/manifest.json
WEB_PACKAGES := web/node_modules/.package-lock.json
BROWSER_PACKAGES := tests/browser/node_modules/.package-lock.json
# Folders too: they change when a file in them goes.
WEB_SOURCES := $(shell find web/src) web/vite.config.ts web/tsconfig.json web/package.json

.PHONY: help
help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: build
build: $(WEB) ## the whole program, pages included: target/release/quietline
	cargo build --release $(CARGO_FLAGS)

.PHONY: demo
demo: build ## a simulated centre with live calls
	$(TARGET)/release/quietline demo

.PHONY: check
check: check-rust check-web ## formats, lints, documentation, types and front-end tests, in short time

.PHONY: check-rust
check-rust: $(WEB)
	cargo fmt --check
	cargo clippy --all-targets $(CARGO_FLAGS) -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps $(CARGO_FLAGS)

.PHONY: check-web
check-web: $(WEB_PACKAGES)
	cd web && npm run --silent lint
	cd web && npm run --silent types
	cd web && npm test --silent

.PHONY: test
test: setup-tests check test-sqlite test-postgres deny test-browser ## everything that must pass before a change lands
	@echo "All tests passed."

.PHONY: setup-tests
setup-tests:
	scripts/setup-tests.sh

.PHONY: test-sqlite
test-sqlite: $(WEB) ## Rust tests on the embedded database
	env -u QUIETLINE_TEST_POSTGRES cargo test $(CARGO_FLAGS)

.PHONY: test-postgres
test-postgres: $(WEB) ## Rust tests on a PostgreSQL server of their own
	@# Their cases have "postgres" in their names; all others were run by test-sqlite.
	scripts/with-postgres.sh cargo test $(CARGO_FLAGS) --lib --bins --tests -- postgres

# Unoptimised, the made-up history alone would keep a small machine busy for longer than a browser
# waits for a page. Asking for a bench as well gives the dependencies the features that tests give
# them, so that they are not compiled twice.
.PHONY: test-browser
test-browser: $(WEB) $(BROWSER_PACKAGES) ## what a person sees, in Chromium
	cargo build $(CARGO_FLAGS) --config profile.dev.package.quietline.opt-level=1 --bins --bench door
	cd tests/browser && QUIETLINE_BIN="$(abspath $(TARGET))/debug/quietline" npm test --silent

.PHONY: check-api
check-api: build ## what /openapi.json promises, tried by schemathesis (needs Python; not part of test)
	scripts/check-api.sh

.PHONY: deny
deny: ## licences, banned crates and, where their database can be reached, advisories
	cargo deny check --hide-inclusion-graph licenses bans sources
	@if [[ "$(ADVISORIES)" == skip ]]; then \
	    echo "advisories NOT CHECKED: left out with ADVISORIES=skip"; \
	elif timeout 120 cargo deny fetch db; then \
	    cargo deny check --disable-fetch advisories; \
	else \
	    echo "advisories NOT CHECKED: their database cannot be reached from here"; \
	fi

.PHONY: bench
bench: $(WEB) ## measurements; nothing passes or fails
	cargo bench $(CARGO_FLAGS)

.PHONY: clean
clean: ## removes everything that was built
	cargo clean
	rm -rf web/dist web/node_modules tests/browser/node_modules tests/browser/results

$(WEB): $(WEB_SOURCES) $(WEB_PACKAGES)
	cd web && npm run --silent build

# npm writes this file itself when it has installed what the lock file says.
%/node_modules/.package-lock.json: %/package-lock.json %/package.json %/.npmrc
	cd $* && npm ci --no-audit --no-fund
	touch $@

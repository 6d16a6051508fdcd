# Perch: what can be done with this repository. `make` lists it.

UI_SOURCES := $(shell find ui -type f -not -path '*/node_modules/*' -not -path 'ui/dist/*' -not -path 'ui/test-results/*' -not -path 'ui/e2e/*')

.PHONY: help run test check acceptance bundle bench eval tools ui icons clean

help:
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: ## build Perch and start it in the tray with its panel open (without a display: perch serve)
	@scripts/run.sh

test: ## everything CI runs, the real desktop included
	@scripts/test.sh

check: ui ## the quick check while working: format, lints and tests without a GUI library
	@scripts/check.sh

acceptance: ## make test, and what takes longer: release build, package, long tests
	@scripts/acceptance.sh

bundle: ui ## build the package of this system (target/release/bundle)
	@scripts/setup.sh desktop
	@scripts/bundle.sh

bench: ui ## measure how fast and how small Perch is
	@scripts/setup.sh test
	@npm --prefix benches/node ci --no-audit --no-fund
	@scripts/desktop-session.sh cargo bench --workspace --bench '*'
	@PERCH_BIN=$(CURDIR)/$${CARGO_TARGET_DIR:-target}/release/perch npm --prefix ui run bench

eval: ## measure the analysers on labelled data, in one table (needs PERCH_DATA)
	@scripts/eval.sh

tools: ## install the cargo tools that check dependencies
	@cargo deny --version >/dev/null 2>&1 || cargo install --locked --quiet cargo-deny
	@cargo machete --version >/dev/null 2>&1 || cargo install --locked --quiet cargo-machete

ui: ui/dist/index.html ## build the panel, if its sources changed

ui/node_modules/.package-lock.json: ui/package-lock.json
	npm --prefix ui ci --no-audit --no-fund

ui/dist/index.html: ui/node_modules/.package-lock.json $(UI_SOURCES)
	npm --prefix ui run build
	@touch $@

icons: ## draw the committed icons anew from icons/src
	@scripts/icons.sh

clean: ## remove everything that was built
	cargo clean
	rm -rf ui/dist ui/node_modules ui/test-results tests/node/node_modules tests/python/venv

# Needs Python ≥ 3.11 and git; everything else comes from PyPI and npm into folders of this checkout.
export UV := $(CURDIR)/.venv-uv/bin/uv
export UV_FROZEN := 1
# Compiled modules are kept: servers and clients start again and again.
unexport PYTHONDONTWRITEBYTECODE

# The UI as it was built, and what it is built from; folders too, since they tell of files that went away.
WEB := server/src/trilha_server/web
UI_SOURCES := $(filter-out %/schema.d.ts,$(shell find ui/src ui/public)) $(wildcard ui/*.json ui/*.ts ui/*.html)
UI_PACKAGES := ui/node_modules/.package-lock.json

.PHONY: serve test quick check check-python check-ui bench init format ui openapi pictures wheels

serve: $(UV) ui  ## set up and start the server on http://127.0.0.1:5000
	$(UV) run --no-dev --package trilha-server trilha server --data-dir ./trilha-data

# Tests wait for servers, clients and browsers more than they work: three at once keep two cores busy. In the order that
# they come, for by number of tests the longest files, which have few, would come last and leave the others idle.
test: init ui  ## set up and run all tests
	ui/npm.sh run test
	$(UV) run pytest -n 3 --dist loadfile --no-loadscope-reorder

quick: init ui  ## run the tests that need no servers, databases or many seconds
	ui/npm.sh run test
	$(UV) run pytest -q -n 2 -m "not slow" server/tests sdk/tests

check: init $(UI_PACKAGES)  ## format, lint, types, import rules
	@$(MAKE) --no-print-directory --jobs=2 --output-sync check-python check-ui

check-python:
	$(UV) run ruff format --check .
	$(UV) run ruff check .
	$(UV) run lint-imports
	$(UV) run pyright

check-ui:
	ui/npm.sh run check

bench: init  ## measure beside the peers (an hour or more)
	$(UV) run python -m benchmarks all

format: init $(UI_PACKAGES)  ## write the format that check wants
	$(UV) run ruff format .
	$(UV) run ruff check --fix .
	ui/npm.sh run format

openapi: init  ## write ui/openapi.json, from which the UI has its types
	$(UV) run python -m server.tests.support.openapi

pictures: init ui  ## take pictures of all pages of the demo into docs/images/
	TRILHA_PICTURES=docs/images $(UV) run pytest -q tests/browser/test_pages.py

wheels: $(UV) ui  ## build the packages, with the UI in the server's, into dist/
	$(UV) build --all-packages --quiet

ui: $(WEB)/index.html

$(WEB)/index.html: $(UI_SOURCES) $(UI_PACKAGES)
	ui/npm.sh run build -- --outDir ../$(WEB) --emptyOutDir

$(UI_PACKAGES): ui/package-lock.json | $(UV)
	ui/npm.sh ci --no-audit --no-fund
	@touch $@

init: $(UV)
	@$(UV) sync --quiet

$(UV):
	python3 -m venv .venv-uv
	.venv-uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

# Needs Python ≥ 3.11 and git; everything else comes from PyPI into folders of this checkout.
export UV := $(CURDIR)/.venv-uv/bin/uv
export UV_FROZEN := 1
# Compiled modules are kept: servers and clients start again and again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test check bench init format

serve: $(UV)  ## set up and start the server on http://127.0.0.1:5000
	$(UV) run --no-dev --package trilha-server trilha server --data-dir ./trilha-data

test: init  ## set up and run all tests
	$(UV) run pytest -n 2 --dist loadfile

check: init  ## format, lint, types, import rules, fast tests
	$(UV) run ruff format --check .
	$(UV) run ruff check .
	$(UV) run lint-imports
	$(UV) run pyright
	$(UV) run pytest -q -n 2 -m "not slow" server/tests sdk/tests

bench: init  ## measure beside the peers (an hour or more)
	$(UV) run python -m benchmarks all

format: init  ## write the format that check wants
	$(UV) run ruff format .
	$(UV) run ruff check --fix .

init: $(UV)
	@$(UV) sync --quiet

$(UV):
	python3 -m venv .venv-uv
	.venv-uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

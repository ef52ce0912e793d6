PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

help: ## Say what can be made.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "keyreach needs Python 3.11 or newer: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "this Python cannot make virtual environments; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(VENV)/ready ## Make the virtual environment.

demo: $(VENV)/ready ## Sync and check a small organization on a fake AWS, without an account.
	$(BIN)/keyreach demo

test: $(VENV)/ready ## Run the tests; COVERAGE=1 measures what they cover.
	$(BIN)/pytest -n 2 --dist loadscope -m "not long" $(if $(COVERAGE),--cov --cov-report=term)

test-long: $(VENV)/ready ## Run those that start many processes: commands, shards, clusters, what the README shows.
	$(BIN)/pytest -n 2 --dist loadscope -m long

lint: $(VENV)/ready ## Look for style faults and missing docstrings.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/interrogate --quiet collector

type: $(VENV)/ready ## Check the types.
	$(BIN)/mypy

docs: $(VENV)/ready ## Write the pages that are generated from the code.
	$(BIN)/python docs/generate.py

docs-check: $(VENV)/ready ## Tell whether they are current.
	$(BIN)/python docs/generate.py --check

check: lint type docs-check test test-long ## All that has to pass before a change is merged.

bench: $(VENV)/ready ## Measure publishing, deciding, deriving, limits, and collecting beside other tools: an hour.
	$(BIN)/python bench/publish.py
	$(BIN)/python bench/policy.py
	$(BIN)/python bench/paths.py
	$(BIN)/python bench/limits.py
	$(BIN)/python bench/compare.py
	$(BIN)/python bench/compare.py --processes 2
	$(BIN)/python bench/compare.py --flat --rounds 1

lock: $(VENV)/ready ## Lock the newest versions of the dependencies, with hashes.
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --allow-unsafe --strip-extras --extra dask --extra demo --extra dev -o requirements/dev.txt pyproject.toml

clean: ## Remove what was made here.
	rm -rf $(VENV) build dist .coverage .mypy_cache .pytest_cache .ruff_cache

.PHONY: help setup demo test test-long lint type docs docs-check check bench lock clean
.DEFAULT_GOAL := help

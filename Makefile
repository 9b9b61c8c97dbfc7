.DEFAULT_GOAL := help
.PHONY: help setup demo test compat parts lint docs bench soak lock dist clean
BIN := .venv/bin
# The installer has an environment of its own: syncing would remove it.
UV := .venv/installer/bin/uv
# The newest interpreter that everything has wheels for; PYTHON=… names another one.
PYTHON ?= $(firstword $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
	$$name -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && command -v $$name; done))

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: .venv/.ready ## Make the virtual environment from the lock

$(UV): Makefile
	@test -n "$(PYTHON)" || { echo "goldpress needs Python 3.11, 3.12 or 3.13 with its module venv: install one, or name it: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv .venv/installer
	@.venv/installer/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@touch $@

.venv/.ready: requirements.lock pyproject.toml $(UV)
	@echo "Installing into .venv with $(PYTHON): a minute or two the first time"
	@$(PYTHON) -m venv .venv
	@$(UV) pip sync --quiet --python $(BIN)/python requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: setup ## Run the whole loop on this repository's seeds (SERVE=1 leaves Label Studio running)
	@$(BIN)/goldpress demo $(if $(SERVE),--serve)

test: setup parts ## Run every test, in two processes (ARGS="-k push" runs some, in one)
	$(BIN)/python -m pytest $(or $(ARGS),-n 2 --dist loadfile)

compat: setup ## Read the newest release with an older stack, and with Spark (needs Java); in environments of their own
	@$(PYTHON) -m venv .venv/compat && $(PYTHON) -m venv .venv/spark
	@$(UV) pip install --quiet --python .venv/compat/bin/python --group compat
	@$(UV) pip install --quiet --python .venv/spark/bin/python --group spark
	HF_HOME=.venv/compat/cache .venv/compat/bin/python tests/foreign_readers.py dataset --need pandas pyarrow polars duckdb datasets
	SPARK_LOCAL_IP=127.0.0.1 .venv/spark/bin/python tests/foreign_readers.py dataset --need pyspark

parts: setup ## Bring what tests need and no lock has: Chromium; where CI is set PostgreSQL and Ceph too
	@$(BIN)/python tests/parts.py

lint: setup ## Style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: setup ## Write what is generated: docs/reference/ and everything that follows from the scheme
	$(BIN)/python docs/generate.py
	$(BIN)/goldpress generate

bench: setup ## Measure (docs/performance.md says what)
	$(UV) pip install --quiet --python $(BIN)/python --group bench
	$(BIN)/python benchmarks/run.py $(ARGS)

soak: setup ## Measure at full size: an hour or so, and several GB of disk
	$(BIN)/python benchmarks/run.py --soak $(ARGS)
	$(BIN)/python benchmarks/transport.py --tasks 10000 --rounds 1
	$(BIN)/python benchmarks/load.py

lock: $(UV) ## Lock what pyproject.toml asks for, and leave the rest (ARGS=--upgrade for newer releases of everything)
	$(UV) pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --no-header --no-annotate $(ARGS) --quiet -o requirements.lock

dist: setup ## Build the wheel and the sdist into dist/
	rm -rf dist
	$(UV) build --quiet --python $(BIN)/python --out-dir dist .

clean: ## Remove what was built
	rm -rf .venv demo dist .mypy_cache .ruff_cache .pytest_cache

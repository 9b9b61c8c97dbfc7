.DEFAULT_GOAL := help
.PHONY: help setup demo test lint lock clean
BIN := .venv/bin
# The installer has an environment of its own: syncing would remove it.
UV := .venv/installer/bin/uv

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: .venv/.ready ## Make the virtual environment from the lock

.venv/.ready: requirements.lock pyproject.toml
	python3 -m venv .venv
	python3 -m venv .venv/installer
	.venv/installer/bin/python -m pip install --quiet uv==0.13.9
	$(UV) pip sync --quiet --python $(BIN)/python requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

demo: setup ## Run the whole loop on this repository's seeds (SERVE=1 leaves Label Studio running)
	$(BIN)/goldpress demo $(if $(SERVE),--serve)

test: setup ## Run every test
	$(BIN)/python -m pytest

lint: setup ## Style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock: ## Solve the dependencies anew
	$(UV) pip compile pyproject.toml --all-extras --group dev --universal --no-header --no-annotate --upgrade -o requirements.lock

clean: ## Remove what was built
	rm -rf .venv demo dist .mypy_cache .ruff_cache .pytest_cache

# Each target works on a bare machine: Python 3.11-3.13, git, make and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-all exhaustive check lint format types contracts docs picture bench venv lock clean

demo: venv
	@$(BIN)/skillvault demo

test: venv models
	@$(BIN)/python -m pytest -n 2 -q -m "not exhaustive"

exhaustive: venv models
	@$(BIN)/python -m pytest -n 2 -q -m exhaustive

test-all: venv models
	@$(BIN)/python -m pytest -n 2 -q --cov=skillvault --cov-report=term:skip-covered

check: lint types contracts docs test

lint: venv
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: venv
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: venv
	@$(BIN)/mypy

contracts: venv
	@$(BIN)/lint-imports --no-cache

docs: venv models
	@$(BIN)/python scripts/docs.py --check
	@$(BIN)/python -m scripts.readme --check

picture: venv models
	@$(BIN)/python -m scripts.picture

bench: venv models
	@$(BIN)/python -m benchmarks --write

.PHONY: models
models: venv
	@$(BIN)/skillvault models pull smollm2-135m

venv: $(VENV)/.stamp

$(VENV)/.stamp: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] < (3, 14); sys.exit(0 if ok else "skillvault needs Python 3.11 to 3.13: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

lock:
	@uv pip compile pyproject.toml --all-extras --group dev --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --upgrade -q -o requirements.lock

clean:
	rm -rf $(VENV) .bench .mypy_cache .ruff_cache .pytest_cache .coverage build dist

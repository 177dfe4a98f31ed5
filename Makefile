# Everything a person does with this project has a name here. `make help` lists them.
# Needs: Python 3.11 or newer with venv, and make. Nothing else is assumed to be installed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
COMPILE := $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help demo test test-long check bench assets lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

demo: $(VENV)/runtime ## set everything up and run the demonstration on this machine
	@exec $(BIN)/python -m engage demo

test: $(VENV)/dev ## set everything up and run the tests, browser tests included
	@$(BIN)/python -m tests.browser.chromium
	@$(BIN)/python -m pytest -m "not long and not bench" $(TESTS)

test-long: $(VENV)/dev ## kills and storms in full
	@$(BIN)/python -m pytest -m long $(TESTS)

check: $(VENV)/dev ## ruff, mypy --strict, catalogues, assets, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m translations check
	$(BIN)/node frontend/build.mjs --check

bench: $(VENV)/dev ## print the figures, as ratios measured in one run
	@for file in tests/bench/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

assets: $(VENV)/dev ## build the style sheet and the scripts
	$(BIN)/node frontend/build.mjs

lock: $(UV) ## compile requirements*.txt from pyproject.toml
	$(COMPILE) -o requirements.txt
	$(COMPILE) --group dev -o requirements-dev.txt

clean: ## remove the environment and everything made by the tools; the data in var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis frontend/node_modules

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Name another: make demo PYTHON=python3.12"; exit 1; }
	@echo "Making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'

# A development environment holds everything that the demonstration needs: it is not cut down again.
$(VENV)/runtime: requirements.txt | $(UV)
	@if [ -e $(VENV)/dev ]; then $(MAKE) --no-print-directory $(VENV)/dev; else $(MAKE) --no-print-directory install FROM=requirements.txt; fi
	@touch $@

$(VENV)/dev: requirements-dev.txt | $(UV)
	@$(MAKE) --no-print-directory install FROM=requirements-dev.txt
	@touch $@ $(VENV)/runtime

.PHONY: install
install:
	@echo "Installing packages from $(FROM) (\"Prepared\" is the time of downloading and unpacking)"
	@$(UV) pip sync $(FROM)

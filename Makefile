# The two commands a newcomer needs: `make demo` and `make test`. Both set everything up first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo serve test test-server test-storage test-rest lint docs bench bench-loop bench-search clean
.DEFAULT_GOAL := help

help:
	@echo "make demo [ONCE=1] [DATA=folder]   two hospitals on this machine, end to end"
	@echo "make serve                         one gateway at http://127.0.0.1:8080"
	@echo "make test                          ruff, mypy, import-linter, pytest"
	@echo "make docs                          the documentation as a site in build/site, links checked"
	@echo "make bench                         speed beside the raw limits of this machine"
	@echo "make bench-loop                    for how long hostile requests keep all others waiting"
	@echo "make bench-search [PATIENTS=…] [EXPLAIN=1]  search at 1,000, 10,000 and 100,000 patients"

setup: .venv/ready

.venv/ready: pyproject.toml requirements/development.txt
	@$(PYTHON) -m venv .venv || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/development.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
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

# In parts beside each other, each with a MongoDB of its own: many tests wait for processes, few compute all the time.
SERVER := tests/api tests/clients tests/sync
STORAGE := tests/store tests/cli

test: lint
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target test-server test-storage test-rest

test-server:
	$(BIN)/pytest $(SERVER)

test-storage:
	$(BIN)/pytest $(STORAGE)

test-rest:
	$(BIN)/pytest $(addprefix --ignore=,$(SERVER) $(STORAGE))

docs: setup
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: setup
	@$(BIN)/python -m benchmarks

bench-loop: setup
	@$(BIN)/python -m benchmarks.event_loop

bench-search: setup
	@$(BIN)/python -m benchmarks.search $(PATIENTS) $(if $(EXPLAIN),--explain)

clean:
	rm -rf .venv data build *.egg-info

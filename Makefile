# The two commands a newcomer needs: `make demo` and `make test`. Both set everything up first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo serve test test-server test-storage test-rest lint docs bench bench-beside bench-loop bench-search mutate clean
.DEFAULT_GOAL := help

help:
	@echo "make demo [ONCE=1] [DATA=folder]   two hospitals on this machine, end to end"
	@echo "make serve                         one gateway at http://127.0.0.1:8080"
	@echo "make test                          ruff, mypy, import-linter, pytest"
	@echo "make docs                          the documentation as a site in build/site, links checked"
	@echo "make bench                         speed beside the raw limits of this machine"
	@echo "make bench-beside OTHER=checkout   the same, in turns with another checkout: what became slower"
	@echo "make bench-loop                    for how long hostile requests keep all others waiting"
	@echo "make mutate [COUNT=400] [SEED=1] [MODULES=…]  small changes to the code that no quick test notices"
	@echo "make bench-search [PATIENTS=…] [EXPLAIN=1]  search at 1,000, 10,000 and 100,000 patients"

setup: .venv/ready

.venv/ready: pyproject.toml requirements/development.txt
	@echo "Setting up in .venv, once; about two minutes, mostly for downloads."
	@echo "1/4 a virtual environment of $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
	@echo "2/4 $$(grep -c == requirements/development.txt) packages at locked versions, MongoDB among them"
	@{ $(BIN)/pip install --progress-bar off --disable-pip-version-check --require-hashes \
	  --requirement requirements/development.txt || touch .venv/failed; } | tools/setup-progress
	@if [ -e .venv/failed ]; then rm .venv/failed; echo "The packages could not be installed."; exit 1; fi
	@echo "3/4 the gateway itself"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@echo "4/4 libraries of the system that MongoDB needs"
	@tools/system-libraries
	@echo "Ready: make demo, make serve, or $(BIN)/gateway --help"
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

bench-beside: setup
	@$(BIN)/python -m benchmarks.beside '$(OTHER)' $(ROUNDS)

bench-loop: setup
	@$(BIN)/python -m benchmarks.event_loop

bench-search: setup
	@$(BIN)/python -m benchmarks.search $(PATIENTS) $(if $(EXPLAIN),--explain)

# Cosmic Ray is only here for its operators; what else it needs, it needs for its own runner.
mutate: setup
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --upgrade --target build/mutation cosmic-ray==8.7.0 parso==0.8.7
	@PYTHONPATH=build/mutation $(BIN)/python tools/mutate.py $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED)) $(MODULES)

clean:
	rm -rf .venv data build *.egg-info

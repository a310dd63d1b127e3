# Tanso's commands; `make` alone lists them. PYTHON names the Python (3.11 or newer) that `.venv` is made from.
PYTHON ?= python3
BIN := .venv/bin
SETUP = @TANSO_GOAL=$@ $(PYTHON) scripts/setup.py
# Programs that run Node find the one in .venv, where set-up had to bring it.
WITH_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
FUZZ := tests/platform/api/test_fuzz.py
NOT_FUZZ := --ignore=$(FUZZ)
PYTEST := $(WITH_NODE) $(BIN)/python -m pytest
# npm writes sponsors' pages into its lock; a lock holds no address.
NO_FUNDING := node -e 'const f="package-lock.json",s=require("fs"),l=JSON.parse(s.readFileSync(f));for(const p of Object.values(l.packages))delete p.funding;s.writeFileSync(f,JSON.stringify(l,null,2)+"\n")'
LOCK := $(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
.DEFAULT_GOAL := help
.PHONY: help setup ready demo up test test-postgres check lint format types imports contracts-test gas gas-update invariants audit-tools slither symbolic mutation fuzz faults browser-test bench broker lock revision first-revision docs clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## set up .venv and the npm packages (the other commands do this by themselves)
	$(SETUP) --say

ready:
	$(SETUP)

demo: ready ## run the whole story once, from meter readings to a checkable report, into demo-out/
	@$(WITH_NODE) $(BIN)/tanso demo

up: ready ## run the demo's world as a service until Ctrl-C: chain, oracle, API and pages
	@$(WITH_NODE) $(BIN)/tanso up

test: contracts-test ## run the tests: contracts, then Python in three processes; `make fuzz` and `make browser-test` are apart
	$(PYTEST) --ignore=tests/browser $(NOT_FUZZ) -n 3 --dist loadfile

test-postgres: ready ## run the tests of the oracle and the platform with every node, store and world in PostgreSQL
	$(PYTEST) tests/oracle tests/platform $(NOT_FUZZ) --database postgresql -n 3 --dist loadfile

check: lint types imports ## lint, types, imports and the quick tests: what to run before a commit
	$(PYTEST) -q -m "not anvil and not postgres and not slow" --ignore=tests/browser $(NOT_FUZZ) -n 3 --dist loadfile

lint: ready ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: ready ## put style and formatting right where a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: ready ## check types (strict)
	$(BIN)/mypy

imports: ready ## check that imports point one way
	$(BIN)/lint-imports

contracts-test: ready ## test the contracts in Solidity, with forge
	@ls contracts/node_modules/@foundry-rs/forge-*/bin/forge >/dev/null || { echo "forge has no program for this machine: see 'make setup'."; exit 1; }
	cd contracts && $(WITH_NODE) node_modules/@foundry-rs/forge-*/bin/forge test

gas: ready ## compare the contracts' gas and sizes with what is committed in contracts/snapshots
	@$(WITH_NODE) $(BIN)/python -m tanso.contracts.snapshots

gas-update: ready ## accept the contracts' gas and sizes as they are now
	@$(WITH_NODE) $(BIN)/python -m tanso.contracts.snapshots --update

invariants: ready ## hold the ledger's invariants against long random sequences (some minutes)
	cd contracts && $(WITH_NODE) node_modules/@foundry-rs/forge-*/bin/forge build
	cd contracts && FOUNDRY_PROFILE=deep $(WITH_NODE) node_modules/@foundry-rs/forge-*/bin/forge test --match-test '^invariant_'

audit-tools: ready
	@$(PYTHON) scripts/audit_tools.py

slither: audit-tools ## look for known kinds of fault in the contracts; each finding must be explained in docs/slither.md
	$(BIN)/python scripts/check_slither.py

symbolic: audit-tools ## prove the carbon arithmetic for all amounts within bounds, with halmos
	$(BIN)/python scripts/check_symbolic.py

mutation: ready ## put small faults into the contracts, one at a time, and see that a test notices (about an hour)
	$(BIN)/python scripts/mutation.py

fuzz: ready ## ask every route of the API, as every role, with requests made up from the OpenAPI document
	$(PYTEST) -q -n 2 $(FUZZ)

faults: ready ## run hundreds of seeded runs of pushes, intake and indexing under kills, lost answers, reorganisations
	$(WITH_NODE) $(BIN)/python tests/faults/simulator.py --seeds 200
	$(BIN)/python tests/faults/intake_simulator.py --seeds 200
	$(PYTEST) -q tests/platform/indexer/test_simulator.py --seeds 40

browser-test: ready ## test the pages in a real Chromium
	$(PYTHON) scripts/browser.py
	$(PYTEST) tests/browser

bench: ready ## measure speed: intake beside the bare database, and whatever else tests/bench holds
	@set -e; for file in tests/bench/bench_*.py; do $(WITH_NODE) $(BIN)/python $$file; done

broker: ready ## unpack the MQTT broker Mosquitto for trying and for tests, where none is installed
	$(PYTHON) scripts/mosquitto.py

lock: ready ## write the lock files anew from pyproject.toml and the package.json files
	$(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	cd requirements && for name in audit node; do ../$(LOCK) $$name.in -o $$name.txt || exit; done
	for folder in contracts tests/browser; do (cd $$folder && $(WITH_NODE) npm install --package-lock-only --ignore-scripts && $(NO_FUNDING)); done

revision: ready ## write a revision of the database's tables, after a change of the models: make revision NAME=add_colour
	$(BIN)/python scripts/revision.py $(if $(NAME),$(NAME),--help)

first-revision: ready ## before the first release: write the first revisions of the database's tables anew
	$(BIN)/python scripts/revision.py --first

docs: ready ## write the generated pages of docs/ anew
	$(BIN)/python scripts/make_docs.py

clean: ## remove everything that set-up and the other commands made
	rm -rf .venv .cache contracts/.cache contracts/node_modules tests/browser/node_modules contracts/out contracts/cache demo-out dist
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

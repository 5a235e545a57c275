# make run: everything a newcomer needs. Each part is done again only when what it is made from has changed.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: run test lint bench extras conformance fuzz chaos lock screenshots clean install install-dev front help

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
FRONT := $(shell find static/src static/scripts -type f 2>/dev/null) static/vite.config.mjs static/package.json
OWN_STATIC := $(shell find integrations -path '*/static/*' -type f 2>/dev/null)

run: install front ## start 7M with the demo, and print the address and the sign-in
	@exec $(BIN)/sevenm up $(ARGS)

test: install-dev front ## every test, the fault tests inside
	cd static && ../tools/node npm run --silent types
	cd static && ../tools/node --test
	$(BIN)/python -m pytest $(or $(ARGS),-n 2)

lint: install-dev static/node_modules/.package-lock.json ## format, style, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd static && ../tools/node npm run --silent types

bench: install-dev front ## measure against the bars; results in bench/results/
	$(BIN)/python -m bench.run $(ARGS)

extras: install ## the library of Parquet, which is large
	$(PIP) install --quiet --require-hashes --only-binary :all: -r requirements/extras.txt

conformance: install-dev ## read the real files of ../shared/corpora, print the table and keep it in docs/
	$(BIN)/python -m tests.conformance --keep $(ARGS)

fuzz: install-dev ## ten minutes of the coverage-guided fuzzer over each decoder
	$(BIN)/python -m tests.fuzz $(ARGS)

chaos: install-dev front ## the fault tests at full length: most of an hour
	$(BIN)/python -m pytest -m chaos --full $(ARGS)

screenshots: install-dev front ## take the pictures of the README again
	$(BIN)/python -m scripts.screenshots $(ARGS)

lock: $(VENV)/made ## choose newer versions of everything and pin them with their hashes
	@command -v $(BIN)/uv >/dev/null || $(PIP) install --quiet uv
	for name in base extras dev node xsd; do \
	  deps=; if [[ $$name == xsd ]]; then deps=--no-deps; fi; \
	  $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header $$deps \
	    --no-emit-index-url --no-emit-find-links requirements/$$name.in -o requirements/$$name.txt; \
	done

clean: ## remove what was built and the home .sevenm with all its data
	if [[ -x $(BIN)/sevenm && -d .sevenm ]]; then $(BIN)/sevenm erase --yes; fi
	rm -rf $(VENV) static/node_modules static/dist staticfiles build *.egg-info .mypy_cache .ruff_cache .pytest_cache \
	  .hypothesis .import_linter_cache test-results

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/base
install-dev: $(VENV)/base $(VENV)/dev
front: staticfiles/made

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit("7M needs Python 3.11 or newer; this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/base: requirements/base.txt requirements/xsd.txt $(VENV)/made
	$(PIP) install --quiet --require-hashes --only-binary :all: -r requirements/base.txt
	$(PIP) install --quiet --require-hashes --only-binary :all: --no-deps -r requirements/xsd.txt
	@$(BIN)/python -c 'import sysconfig; open(sysconfig.get_path("purelib") + "/sevenm.pth", "w").write("$(CURDIR)\n")'
	@printf '#!%s\nimport sys\n\nfrom sevenm.cli import main\n\nsys.exit(main())\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/sevenm
	@chmod +x $(BIN)/sevenm
	touch $@

$(VENV)/dev: requirements/dev.txt $(VENV)/made
	$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	touch $@

static/node_modules/.package-lock.json: static/package-lock.json static/package.json $(VENV)/made
	cd static && ../tools/node npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

static/dist/build/manifest.json: static/node_modules/.package-lock.json $(FRONT)
	cd static && ../tools/node npm run --silent build -- --logLevel warn
	touch $@

staticfiles/made: static/dist/build/manifest.json $(VENV)/base sevenm/static_files.py $(OWN_STATIC)
	$(BIN)/python manage.py collectstatic --noinput --clear --verbosity 0
	touch $@

# Two commands matter: `make chat` and `make test`. Everything else is a part of them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LIBRARY ?= .footnote/library
Q ?= How many gang members were deported to El Salvador in all of 2016?

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled once: the tests, and the programs that they start, would be compiled anew in every process.
unexport PYTHONDONTWRITEBYTECODE
export Q

.PHONY: help setup chat ask eval parity test quick lint docs clean

help:
	@echo "make chat          set everything up, then open the web page on http://127.0.0.1:7860"
	@echo "make ask Q='...'   answer one question in the terminal"
	@echo "make eval          measure answers against the sample gold questions"
	@echo "make test          lint, types and all tests, real models included"
	@echo "make parity        the same questions of a library in a folder and of one on a PostgreSQL server"
	@echo "make docs          the guide and the design notes as pages, in build/docs/index.html"
	@echo "make quick         lint, types and the tests that need neither weights nor patience, in about a minute"

# Environment, packages, weights and the sample library; each step is done once.
setup: $(VENV)/installed $(VENV)/weights
	@$(BIN)/footnote add index/sample --library $(LIBRARY)

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Footnote needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: on Debian, apt install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/dev: $(VENV)/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/docs: $(VENV)/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[docs]'
	@touch $@

$(VENV)/weights: $(VENV)/installed qa/models.toml index/models/models.toml
	@$(BIN)/footnote models pull
	@touch $@

chat: setup
	@$(BIN)/footnote serve --library $(LIBRARY)

ask: setup
	@$(BIN)/footnote ask "$$Q" --library $(LIBRARY)

eval: setup
	@$(BIN)/footnote eval run eval/gold/sample.jsonl --library $(LIBRARY) --out runs/sample

parity: setup $(VENV)/dev
	@$(BIN)/python -m lab.parity

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The tests without weights share the cores; those with weights or a browser take turns.
# They write many small libraries: in memory, where there is plenty, as they would mostly wait for the disk.
quick: export PYTEST_DEBUG_TEMPROOT = $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4e6 {print $$6}')
quick: lint
	$(BIN)/python -m pytest -n auto --dist worksteal -m 'not models and not browser and not slow'

test: quick setup
	$(BIN)/python -m pytest -n auto --dist worksteal -m 'slow and not models and not browser'
	$(BIN)/python -m pytest -m 'models or browser'

# Warnings are errors: a link or an anchor that leads nowhere ends it, and so does a page that fetches from elsewhere.
docs: $(VENV)/docs
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --fresh-env --write-all --quiet --builder html docs build/docs
	@echo "build/docs/index.html"

clean:
	rm -rf $(VENV) .footnote runs build *.egg-info

# Two commands for people: `make start` and `make test`. The rest is for those who work on the project.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# OpenMP threads that spin while they wait make two busy processes about 20 times slower; these must be
# set before Python starts. Tests run in parallel, so each process gets one thread.
export OMP_WAIT_POLICY := PASSIVE
export GOMP_SPINCOUNT := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: start test check demo bench format screenshots physics pocket clean

start: $(VENV)/.ready-labs
	$(BIN)/finetutor

demo: $(VENV)/.ready-labs
	$(BIN)/finetutor lab run first-qlora

test: $(VENV)/.ready-dev
	OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/finetutor quiz lint

bench: $(VENV)/.ready-dev
	$(BIN)/python -m tests.benchmarks

physics: $(VENV)/.ready-dev
	$(BIN)/python -m tests.benchmarks.physics

screenshots: $(VENV)/.ready-dev
	$(BIN)/python -m tests.tui.screenshots

pocket: $(VENV)/.ready-labs
	$(BIN)/python -m labs.pocket build

format: $(VENV)/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-labs: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[labs]'
	touch $@

$(VENV)/.ready-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@ $(VENV)/.ready-labs

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

# make demo | test | lint | check | docs | wheel: each builds .venv on first use and reuses
# it after.
PYTHON ?= python3
BIN := .venv/bin
PYTEST_ARGS ?= -m "not slow"
# Each takes up to 4 GB of memory.
TEST_PROCESSES ?= 2
# uv takes a tenth of pip's time, but knows nothing of a mirror that pip is told of.
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
PIP := $(BIN)/python -m pip install --quiet

.PHONY: demo test lint check docs wheel requirements clean

demo: .venv/ready
	$(BIN)/python -m experiments.demo --out_dir=demo

test: .venv/ready
	$(BIN)/python -m pytest --numprocesses=$(TEST_PROCESSES) --dist=loadfile $(PYTEST_ARGS)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test

docs: .venv/ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

wheel: .venv/ready
	.ci/wheel

# The stamp is written last, so that an interrupted installation is repeated.
.venv/ready: requirements.txt setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'noisy_jax needs Python 3.11 or later: make PYTHON=python3.11 ...'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "Python's venv module is missing: sudo apt install python$$version-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) $$(grep '^uv==' requirements.txt)
	$(UV) --requirement requirements.txt || $(PIP) --requirement requirements.txt
	$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

# Resolves setup.cfg anew for all supported Pythons.
requirements: .venv/ready
	$(BIN)/uv pip compile setup.cfg --extra test --extra docs --extra release --universal \
	  --python-version 3.11 --fork-strategy fewest --upgrade --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command 'make requirements' --output-file requirements.txt

clean:
	rm -rf .venv .cache build dist site *.egg-info

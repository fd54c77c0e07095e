# Everything a person or CI runs. `make help` lists it.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
PORT ?= 8080
export SAM_CLI_TELEMETRY := 0

.venv/ready: requirements/uv.txt requirements/dev.txt pyproject.toml
	@echo "Setting up .venv ..."
	@$(PYTHON) -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@VIRTUAL_ENV=.venv .venv/bin/uv pip sync --quiet --require-hashes --compile-bytecode requirements/uv.txt requirements/dev.txt
	@VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

lock: .venv/ready ## Write the hashed lock files anew from pyproject.toml.
	@compile="env -u UV_INDEX_URL .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header"; \
	for group in uv dev sam checkov; do $$compile --python-version 3.11 --group $$group pyproject.toml -o requirements/$$group.txt; done; \
	$$compile --python-version 3.13 -c requirements/dev.txt pyproject.toml -o functions/requirements.txt

# Everything that a person or CI runs. `make help` lists it.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test test-under-load coverage check proof screens bench template build deploy smoke format mails openapi replacements lock clean

PYTHON ?= python3
PORT ?= 8080
STACK ?= broadsheet
export SAM_CLI_TELEMETRY := 0
export UV_PYTHON_DOWNLOADS := never

UV := .venv/bin/uv
SAM := .venv-sam/bin/sam
cfn-lint := .venv/bin/cfn-lint --config-file infra/template_check/cfn-lint.yaml
check-site := .venv/bin/python -m broadsheet.schemas.site_toml functions/site.toml

# Where `make deploy` deploys to, for who has not set AWS_REGION.
deployed-region = $(if $(AWS_REGION),,$(shell sed -n 's/^region *= *"\(.*\)"/--region \1/p' samconfig.toml | head -n 1))

help: ## List what can be made.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/ready ## Run the whole stack on this machine, with a sample edition. PORT=8080 says where.
	@exec .venv/bin/python -m infra.local --port $(PORT)

# One worker runs all tests that share a deployment: see tests/conftest.py.
pytest := .venv/bin/pytest -n auto --dist loadgroup --no-loadscope-reorder

test: .venv/ready ## Run the tests.
	@TIMEFORMAT='Processor time: %U s user, %S s system'; time $(pytest) -m "not proof"

coverage: .venv/ready ## Run the tests, and show which branches of functions/ they cover; build/coverage/index.html has the rest.
	@rm -rf build/coverage && mkdir -p build/coverage
	@$(pytest) -m "not proof" --cov --cov-report=
	@.venv/bin/coverage report
	@.venv/bin/coverage html --quiet
	@.venv/bin/coverage json --quiet -o build/coverage/coverage.json
	@.venv/bin/python -m tests.coverage_figures build/coverage/coverage.json

# The loops end with this shell, however it ends.
test-under-load: .venv/ready ## Run the tests while two other processes keep the processors busy.
	@for _ in 1 2; do while kill -0 $$$$; do :; done 2>/dev/null & done; $(MAKE) --no-print-directory test

check: .venv/ready .venv-sam/ready .venv-checkov/ready template ## Check style, types, imports, settings, locks and template.
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/complexipy --failed --color no
	@.venv/bin/codespell $$(git ls-files)
	@$(check-site)
	@$(compare-locks)
	@.venv/bin/python -m infra.template_check
	@$(cfn-lint) -- build/template/empty.json
	@$(cfn-lint) --parameter-files build/template/full.parameters.json -- build/template/full.json
	@$(SAM) validate --region us-east-1
	@.venv/bin/cfn-lint --regions us-east-1 --ignore-checks W1100 -- build/template.yaml # SAM writes merge keys out
	@.venv-checkov/bin/checkov --config-file .checkov.yaml

proof: build .venv-schemathesis/ready tests/readers/node_modules/ready tests/browser/node_modules/ready ## Build the functions, and run the slow proofs.
	@$(pytest) -m proof

screens: .venv/ready ## Take pictures of each kind of page and mail, into build/screens.
	@.venv/bin/python -m tests.browser.screens

bench: .venv/ready ## Measure, and write benchmarks/results.md.
	@.venv/bin/python -m benchmarks

template: .venv/ready ## Write build/template.yaml, which SAM reads: template.yaml with its parts.
	@.venv/bin/python -m infra.template

build: .venv/ready .venv-sam/ready template ## Build what ships to Lambda, in .aws-sam/build.
	@$(check-site)
	@$(sam-build)

deploy: build ## Deploy to AWS. The first time asks for what it needs and notes it in samconfig.toml.
	@if grep -q '^region' samconfig.toml; then $(SAM) deploy; else $(SAM) deploy --guided; fi

smoke: .venv/ready ## Try the deployed STACK end to end, or any other by SITE=https://... API=https://...
	@.venv/bin/python -m infra.smoke $(if $(SITE)$(API),$(SITE) $(API),--stack $(STACK) $(deployed-region))

format: .venv/ready ## Format the code and mend what can be mended.
	@.venv/bin/ruff check --fix --quiet || true
	@.venv/bin/ruff format

mails: .venv/ready ## Write the stylesheet of the newsletter's mails into their layout.
	@.venv/bin/python -m infra.email_layout

lock: .venv/ready ## Bring the lock files in step with pyproject.toml. UPGRADE=--upgrade takes newer versions.
	@$(call compile-locks,.,$(UPGRADE))
	@for folder in tests/readers tests/browser; do \
		(cd $$folder && npm $(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts --loglevel=error) >/dev/null; \
	done

openapi: .venv/ready ## Write the API's description anew, from the code.
	@.venv/bin/python -m infra.openapi

replacements: .venv/ready ## Record what an upgrade may not change without replacing it. docs/upgrading.md says when.
	@.venv/bin/python -m infra.template_check --record

clean: ## Remove everything that was made, the environments too.
	@rm -rf .venv .venv-sam .venv-checkov .venv-schemathesis .aws-sam build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@rm -rf tests/readers/node_modules tests/browser/node_modules
	@find . -name __pycache__ -prune -exec rm -rf {} +

# ── Environments, each from its lock file ─────────────────────────────────────────────────────────────────────────────

.venv/ready: requirements/uv.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Broadsheet needs Python 3.11 or newer; PYTHON=... says which to take." >&2; exit 1; }
	@echo "Setting up .venv"
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@test -x $(UV) || .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@VIRTUAL_ENV=.venv $(UV) pip sync --quiet --require-hashes --compile-bytecode requirements/uv.txt requirements/dev.txt
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv-%/ready: requirements/%.txt | .venv/ready
	@echo "Setting up .venv-$*"
	@test -x .venv-$*/bin/python || $(UV) venv --quiet --python .venv/bin/python .venv-$*
	@VIRTUAL_ENV=.venv-$* $(UV) pip sync --quiet --require-hashes requirements/$*.txt
	@touch $@

# Feed parsers that run in Node, and what judges pages. Where there is no npm, their tests are skipped; CI has it, and
# skips nothing.
tests/%/node_modules/ready: tests/%/package.json tests/%/package-lock.json tests/%/.npmrc
	@if command -v npm >/dev/null; then \
		echo "Setting up tests/$*/node_modules"; \
		npm ci --prefix tests/$* --ignore-scripts --loglevel=error >/dev/null; \
		touch $@; \
	else echo "There is no npm, so the tests in tests/$* that need Node are skipped." >&2; fi

# ── Lock files ────────────────────────────────────────────────────────────────────────────────────────────────────────

# dev holds the project's own dependencies too; uv, sam, checkov and schemathesis hold a tool each. What ships takes dev's versions,
# so that the tests run what Lambda runs. None of them names a registry.
compile := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header

compile-shipped := $(compile) --python-version 3.13 --constraints requirements/dev.txt
layers := feeds imaging
locks := requirements/*.txt functions/requirements.txt $(layers:%=layers/%/requirements.txt)

define compile-locks
for tool in uv sam checkov schemathesis; do \
	$(compile) $(2) --python-version 3.11 --group pyproject.toml:$$tool -o $(1)/requirements/$$tool.txt || exit; \
done; \
$(compile) $(2) --python-version 3.11 --group dev pyproject.toml -o $(1)/requirements/dev.txt || exit; \
$(compile-shipped) $(2) pyproject.toml -o $(1)/functions/requirements.txt || exit; \
for layer in $(layers); do \
	$(compile-shipped) $(2) --group pyproject.toml:$$layer -o $(1)/layers/$$layer/requirements.txt || exit; \
done
endef

# Locking a copy again must change nothing. uv's cache is asked first, and the network only if that is not enough.
define compare-locks
rm -rf build/locks && mkdir -p build/locks; \
tar -cf - $(locks) | tar -xf - -C build/locks; \
($(call compile-locks,build/locks,--offline)) 2>/dev/null || ($(call compile-locks,build/locks)) || exit; \
for file in $(locks); do \
	cmp -s $$file build/locks/$$file || { echo "$$file is out of step with pyproject.toml. Run make lock." >&2; exit 1; }; \
done; \
if grep -nE 'https?://|--(extra-)?index' $(locks) || \
	grep -n '"resolved"' tests/*/package-lock.json; then \
	echo "A lock file names a registry." >&2; exit 1; \
fi; \
echo "Lock files are in step with pyproject.toml."
endef

# ── The build ─────────────────────────────────────────────────────────────────────────────────────────────────────────

# pyenv's python3.13 answers only where PYENV_VERSION tells it to. So name every version, the one in use first.
pyenv-versions = { pyenv version-name && pyenv versions --bare; } 2>/dev/null | paste -sd: - || true

define sam-build
export PYENV_VERSION="$$($(pyenv-versions))"; \
python3.13 --version >/dev/null 2>&1 || \
	{ echo "make build needs python3.13 on the PATH, because the functions run on it." >&2; exit 1; }; \
echo "Building the functions. The first time takes a minute or two."; \
mkdir -p build; \
$(SAM) build >build/sam.log 2>&1 || { \
	if grep -qiE 'could not satisfy|name resolution|failed to (resolve|establish)|timed out' build/sam.log; then \
		echo "make build cannot get the functions' dependencies from the package index. Is there a network?" \
			"build/sam.log says more." >&2; \
	else cat build/sam.log >&2; fi; \
	exit 1; \
}; \
echo "Built: $$(ls .aws-sam/build | grep -c Function) functions, in .aws-sam/build."
endef

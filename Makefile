# Everything that a person or CI runs. `make help` lists it.

ifneq (,$(filter 3.%,$(MAKE_VERSION)))
$(error Broadsheet needs GNU make 4.0 or newer, and this is $(MAKE_VERSION). On macOS: brew install make, then gmake instead of make)
endif

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run check-paper port-is-free git-is-missing new-venv test test-under-load coverage check proof docs screens pictures bench template build deploy put-pages smoke format mails openapi baseline replacements lock licences audit release clean

PORT ?= 8080
STACK ?= broadsheet
# The publisher's folder: docs/your-paper.md.
PAPER ?= $(wildcard paper)
export SAM_CLI_TELEMETRY := 0
export UV_PYTHON_DOWNLOADS := never
# Containers often set it. Then each of the hundreds of processes that tests start would compile the code anew.
unexport PYTHONDONTWRITEBYTECODE

UV := .venv/bin/uv
SAM := .venv-sam/bin/sam
cfn-lint := .venv/bin/cfn-lint --config-file infra/template_check/cfn-lint.yaml
zizmor := .venv-audit/bin/zizmor --quiet --offline --pedantic --strict-collection .
check-site := .venv/bin/python -m broadsheet.schemas.site_toml functions/site.toml
check-paper := PAPER_FOLDER="$(PAPER)" .venv/bin/python -m infra.paper_check
check-publisher := .venv/bin/python -m infra.template.publisher "$(PAPER)"

# What tests run in Node, each with its lock file.
node-projects := tests/readers tests/browser tests/clients

# Where `make deploy` deploys to, when AWS_REGION is not set.
deployed-region = $(if $(AWS_REGION),,$(shell sed -n 's/^region *= *"\(.*\)"/--region \1/p' samconfig.toml | head -n 1))

help: ## List what can be made.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

check-paper: .venv/local ## Check your paper, or PAPER=folder: settings, look, templates and words. Each error has its file and line.
	@$(check-paper)
	@$(check-publisher)

# As in a deployment: PARAMETERS='Captcha=turnstile ScriptOrigins="https://a.example https://b.example"'.
run-parameters = $(PARAMETERS)$(if $(FORM_ORIGINS), FormOrigins="$(FORM_ORIGINS)")
run-options = $(if $(filter no,$(SAMPLE)),--no-sample) $(if $(filter yes,$(KEEP)),--keep .local)

run: port-is-free .venv/local ## Run the whole stack on this machine, with your paper or the sample. PORT=8080 says where, PAPER=folder which paper; SAMPLE=no leaves the sample out, KEEP=yes keeps the data.
	@$(if $(PAPER),$(check-paper))
	@exec .venv/bin/python -m infra.local --port $(PORT) --paper "$(PAPER)" --parameters '$(run-parameters)' $(run-options)

# Before the setup, which takes a minute.
port-is-free:
	@$(find-python); \
	"$$python" -c 'import socket, sys; socket.create_server(("127.0.0.1", int(sys.argv[1])))' "$(PORT)" 2>/dev/null || \
		{ echo "Port $(PORT) is not free. Choose another one: make run PORT=9000" >&2; exit 1; }

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

check: .venv/ready .venv-sam/ready .venv-audit/ready .venv-checkov/ready template docs ## Check style, types, imports, settings, locks, workflows, API, template and docs.
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/deptry --no-ansi functions
	@.venv/bin/deptry --no-ansi --config cli/pyproject.toml --per-rule-ignores DEP002=tzdata cli # zoneinfo reads it
	@.venv/bin/deptry --no-ansi functions infra tests benchmarks --ignore DEP004 # these may import dev's
	@.venv/bin/complexipy --failed --color no
	@.venv/bin/codespell $$(git ls-files)
	@.venv/bin/pytest --quiet -n 0 tests/docs/test_glossary.py
	@$(check-site)
	@$(if $(PAPER),$(check-paper))
	@$(check-publisher)
	@$(compare-locks)
	@.venv/bin/python -m infra.release.audit
	@$(zizmor)
	@.venv/bin/python -m infra.openapi.compatibility
	@.venv/bin/python -m infra.template_check
	@$(cfn-lint) -- build/template/empty.json
	@$(cfn-lint) --parameter-files build/template/full.parameters.json -- build/template/full.json
	@$(SAM) validate --region us-east-1
	@.venv/bin/cfn-lint --regions us-east-1 --ignore-checks W1100 -- build/template.yaml # SAM writes merge keys out
	@.venv-checkov/bin/checkov --config-file .checkov.yaml

proof: build .venv-audit/ready .venv-schemathesis/ready .venv-clients/ready $(node-projects:%=%/node_modules/ready) ## Build the functions, and run the slow proofs.
	@$(pytest) -m proof

docs: .venv/ready .venv-docs/ready ## Build the site of the documentation, in build/site-docs. A broken link is an error.
	@.venv/bin/python -m infra.docs_site
	@.venv-docs/bin/zensical build --strict >build/docs.log 2>&1 || { cat build/docs.log >&2; exit 1; }
	@.venv/bin/python -m infra.docs_site --compare
	@echo "Built: the documentation, in build/site-docs/index.html"

screens: .venv/ready ## Take pictures of each kind of page and mail, into build/screens.
	@.venv/bin/python -m tests.browser.screens

pictures: .venv/ready ## Make the pictures in docs/pictures anew: pages and their parts, and the architecture from the template.
	@.venv/bin/python -m infra.diagram
	@.venv/bin/python -m tests.browser.pictures

bench: .venv/ready ## Measure, and write benchmarks/results.md.
	@.venv/bin/python -m benchmarks

template: .venv/ready ## Write build/template.yaml, which SAM reads: template.yaml with its parts.
	@.venv/bin/python -m infra.template "$(PAPER)"

build: .venv/ready .venv-sam/ready template ## Build what ships to Lambda, in .aws-sam/build.
	@$(check-site)
	@$(if $(PAPER),$(check-paper))
	@$(check-publisher)
	@$(sam-build)

deploy: build ## Deploy to AWS. The first time asks for what it needs and notes it in samconfig.toml.
	@if grep -q '^region' samconfig.toml; then $(SAM) deploy; else $(SAM) deploy --guided; fi
	@$(if $(wildcard $(PAPER)/pages),$(MAKE) --no-print-directory put-pages)

put-pages: .venv/ready .venv-sam/ready ## Put the static pages of your paper, PAPER/pages, into the deployed STACK. `make deploy` ends with it.
	@$(put-pages)

smoke: .venv/ready ## Try the deployed STACK end to end, or any other by SITE=https://... API=https://...
	@.venv/bin/python -m infra.smoke $(patsubst %,--settings %,$(wildcard $(addsuffix /site.toml,$(PAPER)))) $(if $(SITE)$(API),$(SITE) $(API),--stack $(STACK) $(deployed-region))

format: .venv/ready ## Format the code and mend what can be mended.
	@.venv/bin/ruff check --fix --quiet || true
	@.venv/bin/ruff format

mails: .venv/ready ## Write the stylesheet of the newsletter's mails into their layout.
	@.venv/bin/python -m infra.email_layout

lock: .venv/ready ## Bring the lock files in step with pyproject.toml. UPGRADE=--upgrade takes newer versions.
	@$(call compile-locks,.,$(UPGRADE) $(addprefix --exclude-newer=,$(BEFORE)))
	@for folder in $(node-projects); do \
		(cd $$folder && npm $(if $(UPGRADE),update,install) $(addprefix --before=,$(BEFORE)) \
			--package-lock-only --ignore-scripts --loglevel=error) >/dev/null; \
	done

audit: .venv/ready .venv-audit/ready ## Look for known vulnerabilities in all lock files. It needs the network.
	@.venv/bin/python -m infra.release.audit --strict
	@for folder in $(node-projects); do npm audit --prefix $$folder --package-lock-only --audit-level=low; done

licences: .venv/ready ## Write THIRD-PARTY.md: the licence of each package that ships.
	@.venv/bin/python -m infra.release.licences

release: .venv/ready .venv-audit/ready ## Build what a release publishes, into build/release. VERSION=1.2.3 says which.
	@.venv/bin/python -m infra.release check "$(VERSION)"
	@$(MAKE) --no-print-directory build
	@.venv/bin/python -m infra.release build "$(VERSION)"

openapi: .venv/ready ## Write the API's description and its page anew, from the code.
	@.venv/bin/python -m infra.openapi

baseline: .venv/ready ## Record the API's description as the latest release's. docs/upgrading.md says when.
	@.venv/bin/python -m infra.openapi.compatibility --record

replacements: .venv/ready ## Record what an upgrade may not change without replacing it. docs/upgrading.md says when.
	@.venv/bin/python -m infra.template_check --record

clean: ## Remove everything that was made: the environments and the data of KEEP=yes too.
	@rm -rf .venv .venv-* .aws-sam .local build
	@rm -rf .cache .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@rm -rf $(node-projects:%=%/node_modules)
	@find . \( -name __pycache__ -o -name '*.egg-info' \) -prune -exec rm -rf {} +

# ── Environments, each from its lock file ─────────────────────────────────────────────────────────────────────────────

projects := pyproject.toml cli/pyproject.toml
uv-pip := VIRTUAL_ENV=.venv $(UV) pip
# On a terminal pip and uv show how far they are.
quiet := $(if $(MAKE_TERMERR),,--quiet)

# The first Python that is new enough: of PYTHON, or else of these names on the PATH.
define find-python
for python in $(if $(PYTHON),"$(PYTHON)",$(if $(missing-venv),,.venv/bin/python) python3 python3.14 python3.13 python3.12 python3.11) ""; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
done; \
[ "$$python" ] || { echo "Broadsheet needs Python 3.11 or newer, and" \
	"$(if $(PYTHON),$(PYTHON) is not,there is none on the PATH). PYTHON=/path/to/python3 says which to take." >&2; exit 1; }; \
[ -z "$(missing-venv)" ] || "$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "$$python has no venv module with pip. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
endef

# uv's cache is asked first, and the network only if that is not enough.
install-locked = $(uv-pip) $(1) --quiet --offline $(locked) $(2) 2>/dev/null || $(uv-pip) $(1) $(quiet) $(locked) $(2)
locked := --require-hashes --compile-bytecode

# The command and the back end, as they are in the working tree.
install-projects = $(uv-pip) install --quiet --no-deps --no-build-isolation --editable . --editable cli

# An environment with uv alone, also in place of one whose Python is gone or whose setup was interrupted.
missing-venv := $(shell test -x .venv/bin/python -a -x $(UV) || echo new-venv)
new-venv:
	@$(find-python); \
	echo "Getting uv, which installs everything else (25 MB)"; \
	"$$python" -m venv --clear .venv; \
	.venv/bin/pip install $(quiet) --disable-pip-version-check --require-hashes -r requirements/uv.txt; \
	$(uv-pip) uninstall --quiet pip setuptools 2>/dev/null

# What `make run` needs. It only adds, because .venv may hold what the tests need too.
.venv/local: $(missing-venv) requirements/uv.txt requirements/local.txt $(projects)
	@echo "Setting up .venv for make run (about a minute, 350 MB)"; \
	$(call install-locked,install,-r requirements/uv.txt -r requirements/local.txt); \
	$(install-projects)
	@touch $@

git-is-missing:
	@echo "The tests and checks need git, and there is none on the PATH." >&2; exit 1
missing-git := $(if $(shell command -v git),,git-is-missing)

# What the tests and checks need too.
.venv/ready: $(missing-git) $(missing-venv) requirements/uv.txt requirements/dev.txt $(projects)
	@echo "Setting up .venv (one to two minutes, 810 MB)"; \
	$(call install-locked,sync,requirements/uv.txt requirements/dev.txt); \
	$(install-projects)
	@touch .venv/local $@

.venv-%/ready: requirements/%.txt | .venv/ready
	@echo "Setting up .venv-$*"
	@test -x .venv-$*/bin/python || $(UV) venv --quiet --python .venv/bin/python .venv-$*
	@VIRTUAL_ENV=.venv-$* $(UV) pip sync $(quiet) --require-hashes requirements/$*.txt
	@touch $@

# Feed parsers that run in Node, and what judges pages and the API's description. Where there is no npm, their tests are skipped; CI has it, and
# skips nothing.
tests/%/node_modules/ready: tests/%/package.json tests/%/package-lock.json tests/%/.npmrc
	@if command -v npm >/dev/null; then \
		echo "Setting up tests/$*/node_modules"; \
		npm ci --prefix tests/$* --ignore-scripts --loglevel=error >/dev/null; \
		touch $@; \
	else echo "There is no npm, so the tests in tests/$* that need Node are skipped." >&2; fi

# ── Lock files ────────────────────────────────────────────────────────────────────────────────────────────────────────

# dev holds the dependencies of the back end and of the command too; the others hold a tool each.
# What ships and what `make run` needs take dev's versions, so that the tests run what Lambda runs. None names a registry.
compile := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header

compile-shipped := $(compile) --python-version 3.13 --constraints requirements/dev.txt
layers := feeds imaging
locks := requirements/*.txt functions/requirements.txt $(layers:%=layers/%/requirements.txt)

define compile-locks
for tool in uv sam audit checkov clients docs schemathesis; do \
	$(compile) $(2) --python-version 3.11 --group pyproject.toml:$$tool -o $(1)/requirements/$$tool.txt || exit; \
done; \
$(compile) $(2) --python-version 3.11 --group dev $(projects) -o $(1)/requirements/dev.txt || exit; \
$(compile) $(2) --python-version 3.11 --group local --constraints requirements/dev.txt $(projects) \
	-o $(1)/requirements/local.txt || exit; \
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

# ── The deployed stack ────────────────────────────────────────────────────────────────────────────────────────────────

# The API's URL is an output of the stack. A page that has not changed writes nothing.
define put-pages
api=$$($(SAM) list stack-outputs --stack-name $(STACK) $(deployed-region) --output json | \
	.venv/bin/python -c 'import json, sys; print({each["OutputKey"]: each["OutputValue"] for each in json.load(sys.stdin)}["ApiUrl"])'); \
.venv/bin/broadsheet pages put "$(PAPER)/pages" --api "$$api"
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

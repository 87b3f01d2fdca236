# `make demo` shows Maildesk at work on this machine; `make test` proves it. Both set up all they need below .local/.
.DEFAULT_GOAL := help
.PHONY: help demo operate test lint format bench fuzz clean environments dovecot
LOCAL := $(CURDIR)/.local
PYTHON = $(shell sh local/find_python.sh)
# A proxy's own certificate authority is known to the system only.
UV := $(LOCAL)/uv/bin/uv --quiet $(if $(wildcard /etc/ssl/certs/ca-certificates.crt),--system-certs)
TEST := $(LOCAL)/test/bin
SAM := $(LOCAL)/sam/bin
MINE := layers local functions tests benchmarks

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

demo: environments ## the whole path on this machine, live; ONCE=1 ends by itself, PORT=… for the local AWS
	@$(TEST)/python -m local.demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

test: environments dovecot ## every test; needs nothing but Python and make
	@$(TEST)/python -m local.deploy
	$(TEST)/python -m pytest -n 2 --dist loadfile -rs

lint: environments ## ruff, mypy, import contracts, the template
	$(TEST)/ruff check $(MINE)
	$(TEST)/ruff format --check --quiet $(MINE)
	$(TEST)/mypy
	PYTHONPATH=layers/maildesk $(TEST)/lint-imports --no-logo
	$(SAM)/cfn-lint template.yaml
	SAM_CLI_TELEMETRY=0 $(SAM)/sam validate --lint --region eu-central-1

format: environments ## ruff's format and its safe repairs
	$(TEST)/ruff check --quiet --fix $(MINE)
	$(TEST)/ruff format --quiet $(MINE)

bench: environments ## measures the budgets of docs/architecture.md
	PYTHONPATH=.:layers/maildesk $(TEST)/python -m benchmarks

fuzz: $(LOCAL)/fuzz/installed ## a million hostile mails (RUNS=…); needs Python 3.12 or 3.13
	mkdir -p $(LOCAL)/fuzz/found
	$(LOCAL)/fuzz/bin/python tests/fuzz/fuzz_parse.py -runs=$(or $(RUNS),1000000) -timeout=5 -rss_limit_mb=1024 \
	  -artifact_prefix=$(LOCAL)/fuzz/found/ $(LOCAL)/fuzz/found

clean: ## forgets all: the demo's tickets, what was built, the environments
	rm -rf $(LOCAL) .aws-sam

environments: $(LOCAL)/test/installed $(LOCAL)/sam/installed $(LOCAL)/aws/installed

dovecot:
	@sh local/install_dovecot.sh

$(LOCAL)/uv/bin/uv: local/requirements-uv.txt
	@test -n "$(PYTHON)"
	$(PYTHON) -m venv $(LOCAL)/uv
	$(LOCAL)/uv/bin/pip install -q -r local/requirements-uv.txt
	@touch $@

# One environment per job: .local/test, .local/sam (SAM CLI) and .local/aws (the local AWS) pin different botocores.
$(LOCAL)/%/installed: local/requirements-%.txt $(LOCAL)/uv/bin/uv
	$(UV) venv --clear -p $(PYTHON) $(LOCAL)/$*
	$(UV) pip install -p $(LOCAL)/$*/bin/python -r $<
	@touch $@

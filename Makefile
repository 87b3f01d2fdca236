# `make demo` shows Maildesk at work on this machine; `make test` proves it. Both set up all they need below .local/.
.DEFAULT_GOAL := help
LOCAL := $(CURDIR)/.local
PYTHON = $(shell sh local/find_python.sh)
UV := $(LOCAL)/uv/bin/uv --quiet
TEST := $(LOCAL)/test/bin

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

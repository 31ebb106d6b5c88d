# Customer Manager: `make run` does everything; `make help` lists the rest.
BIN     := .venv/bin
READY   := .venv/.installed
TOOLS   := .venv/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help run demo test check bench lock screenshots clean

help: ## Show this list.
	@sed -n 's/^\([a-z]*\):[^#]*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: $(READY) ## Set everything up and run web server and sender together; Ctrl-C stops both.
	@$(BIN)/python -m customer_manager.run

demo: $(READY) ## Fill an empty installation with a believable small business (sign in as demo / demo).
	@$(BIN)/python -m customer_manager.prepare
	@$(BIN)/python manage.py demo

test: $(TOOLS) ## Run every test this machine can run, and show the coverage of branches.
	@scripts/test $(TESTS)

check: $(TOOLS) ## Run every check of the code: what CI runs.
	@scripts/check

bench: $(TOOLS) ## Measure what we promise to be fast.
	@$(BIN)/python -m benchmarks

lock: $(TOOLS) ## Renew the locked versions of everything we depend on.
	@scripts/lock

screenshots: $(TOOLS) ## Take the README's pictures from a running demo.
	@$(BIN)/python -m scripts.screenshots

clean: ## Remove what was built or installed here; the data stays.
	rm -rf .venv .built .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache test-results
	find . -name __pycache__ -type d -not -path "./node_modules/*" -prune -exec rm -rf {} +

$(READY): requirements.txt
	@scripts/set-up

$(TOOLS): requirements-dev.txt
	@scripts/set-up --dev

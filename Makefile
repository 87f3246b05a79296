# make demo | make demo ONCE=1 | make test | make lint | make bench | make lab | make env | make shell; the logic is in creditrepair/local/.
PYTHON ?= python3
RUN := .venv/bin/python -m creditrepair.local
PACKAGES := creditrepair cases notices sync

.PHONY: env demo up test lint bench lab shell

env:
	@$(PYTHON) creditrepair/local/setup.py

demo: env
	@$(RUN) --bound demo $(if $(filter-out 0,$(ONCE)),--once)

up: env
	@$(RUN) --bound up

test:
	@$(PYTHON) creditrepair/local/setup.py --tests
	@$(RUN) --bound test $(ARGS)

lint: env
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	$(RUN) exec -- .venv/bin/python -m mypy $(PACKAGES)
	.venv/bin/lint-imports
	$(RUN) exec -- .venv/bin/python manage.py makemigrations --check --dry-run
	$(RUN) exec -- .venv/bin/python manage.py check --deploy --fail-level WARNING

bench: env
	.venv/bin/python -m bench $(ARGS)

lab: env
	.venv/bin/python -W ignore -m tests.lab $(ARGS)

shell: env
	@$(RUN) exec -- $${SHELL:-/bin/sh}

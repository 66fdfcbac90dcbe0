# executor.one: `make run` starts everything, `make help` lists the rest. PYTHON=python3.12 chooses; EXTRAS=meaning,llm
# adds the optional parts.
PYTHON ?= python3
BIN = .venv/bin
MANAGE = $(BIN)/python manage.py
API = docs/reference/openapi.yaml

.PHONY: run test hostile lint types check bench schema clients docs vendor css screenshots stripe-fake help .venv .venv-dev .live .journeys .clients .drift
.DEFAULT_GOAL := help

run: .venv ## start everything; Ctrl-C stops it
	@$(BIN)/python -m executor_one.serve

# What shares the cores: all that is not named here. Then what measures short times, alone. Then what waits for whole
# installations: the journeys of people, one installation for all of them, in Debian's Chromium (without it they are
# left out, aloud), and then the clients, beside the other live tests.
ALONE = tests/actuators tests/serve $(TIMED:%=tests/live/test_%.py)
TIMED = faults goals_run language_model waiting
CLIENTS = $(sort $(foreach one,exo mcp python_client skill typescript,$(wildcard tests/live/test_$(one)*.py)))
LIVE = tests/live $(addprefix --ignore=,$(filter tests/live/%,$(ALONE)) $(CLIENTS))
CHROMIUM = /usr/bin/chromium
JOURNEYS = $(wildcard tests/browser)
PYTEST = $(BIN)/pytest $(if $(SLOW),,-m "not slow")
SIDE_BY_SIDE = --no-print-directory -j2 --output-sync=target

test: .venv-dev ## the whole suite, but for what takes minutes: make test SLOW=1 runs that too
	$(PYTEST) -n 2 --dist worksteal $(addprefix --ignore=,tests/live $(ALONE) $(JOURNEYS))
	$(PYTEST) $(ALONE)
	@$(MAKE) $(SIDE_BY_SIDE) .live $(if $(wildcard $(CHROMIUM)),$(JOURNEYS:%=.journeys)) $(if $(CLIENTS),.clients)
ifneq ($(JOURNEYS),)
ifeq ($(wildcard $(CHROMIUM)),)
	@echo '!! NOT TESTED: $(JOURNEYS), because there is no $(CHROMIUM): apt-get install chromium'
endif
endif

.live:
	$(PYTEST) $(LIVE)

.journeys:
	$(PYTEST) $(JOURNEYS)

.clients:
	$(PYTEST) $(CLIENTS)

hostile: .venv-dev ## what an attacker would try, and nothing else: docs/explanation/security.md
	$(BIN)/pytest -m "hostile and not slow" tests

lint: .venv-dev ## style and import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types: .venv-dev ## mypy --strict
	$(BIN)/mypy .

check: .venv-dev ## lint, types, settings, migrations, schema drift
	@$(MAKE) $(SIDE_BY_SIDE) types lint .drift

.drift:
	$(MANAGE) check
	$(MANAGE) makemigrations --check --dry-run
	@new=$$(mktemp) && trap 'rm -f '$$new EXIT && \
	$(MANAGE) spectacular --validate --fail-on-warn --file $$new && \
	diff -u $(API) $$new || { echo 'Run: make schema'; exit 1; }
	$(MANAGE) routes --check
	$(MANAGE) event_types --check
	$(MANAGE) docs --check
	$(BIN)/python clients/generate.py --check

bench: .venv-dev ## measure, print a table
	$(BIN)/python -m bench

# Needs Node and npm, as nothing else does: what it builds is committed.
vendor: ## fetch what static/vendor holds, as frontend/package-lock.json says
	cd frontend && npm ci --no-audit --no-fund && python3 vendor.py

css: ## build static/css/app.css from frontend/app.css and what the templates use
	cd frontend && npm run css

schema: .venv-dev ## write the OpenAPI document and the lists of endpoints and events
	$(MANAGE) spectacular --validate --fail-on-warn --file $(API)
	$(MANAGE) routes
	$(MANAGE) event_types

clients: .venv-dev ## generate the clients in clients/ from the OpenAPI document
	$(BIN)/python clients/generate.py

docs: .venv-dev ## the documents as a static tree in build/docs; fails on a broken link
	$(MANAGE) docs

screenshots: .venv-dev ## take the pictures of docs/screenshots anew; needs chromium
	$(BIN)/python -m tests.browser.screenshots

# Where its webhooks go: WEBHOOK=http://127.0.0.1:8000/api/billing/webhook
stripe-fake: .venv-dev ## a Stripe of one's own, to click through an upgrade: PORT=12111 WEBHOOK=...
	$(BIN)/python -m tests.stripe_fake $(if $(PORT),--port $(PORT)) $(if $(WEBHOOK),--webhook $(WEBHOOK))

help: ## this list
	@sed -n 's/^\([a-z-]*\):.* ## /  make \1\t/p' Makefile | expand -t20

.venv: # what it needs to run
	@EXTRAS='$(EXTRAS)' $(PYTHON) executor_one/serve/bootstrap.py

.venv-dev: # and what tests, lint and types need
	@$(PYTHON) executor_one/serve/bootstrap.py --dev

# Every target that needs the virtual environment goes through bootstrap.py, which makes it and keeps it up to date.
PYTHON ?= python3
RUN := $(PYTHON) bootstrap.py
DEV := $(PYTHON) bootstrap.py --dev
WORKERS ?= 5
ARGS ?=
COMPILE := uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --no-annotate --python-version 3.11 --universal
# `make check` looks at the settings as a deployment has them.
LIKE_PRODUCTION := DEBUG=0 PLAIN_HTTP=0 ALLOWED_HOSTS=gauge.example ORIGINS=https://gauge.example \
	REDIS_URL=redis://127.0.0.1:6379/0 VAR_DIR=var/check LOG_LEVEL=WARNING \
	SECRET_KEY=only-for-make-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF \
	CREDENTIALS_KEY=bWFrZS1jaGVjay1vbmx5LW1ha2UtY2hlY2stb25seS0=

.DEFAULT_GOAL := help
.PHONY: help run password test test-js check format lock words bench screenshots

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start everything on http://127.0.0.1:8000 (PORT=8001 WATCH=redis://…,unix://…,redis+cluster://…)
	@LOG_LEVEL=$${LOG_LEVEL:-WARNING} $(RUN) python manage.py up

password: ## Print the first operator's password again (RESET=1 sets a new one)
	@LOG_LEVEL=WARNING $(RUN) python manage.py operator_password $(if $(RESET),--reset)

test: test-js ## Run every test (ARGS='tests/core -k lag' WORKERS=4)
	@$(DEV) python -m pytest -n $(WORKERS) $(ARGS)

test-js:
	@node --test --test-reporter=dot tests/js/*.test.mjs

CHECKS := check-style check-types check-layers check-templates check-migrations check-deployment check-words
.PHONY: $(CHECKS)

check: ## Run every check: style, types, layers, templates, migrations, deployment, words
	@$(MAKE) --keep-going --no-print-directory $(CHECKS)

check-style:
	$(DEV) ruff check .
	$(DEV) ruff format --check .

check-types:
	$(DEV) mypy

check-layers:
	$(DEV) lint-imports

check-templates:
	$(DEV) djlint templates --lint --check --quiet

check-migrations:
	@mkdir -p var/check
	@$(LIKE_PRODUCTION) $(DEV) python manage.py makemigrations --check --dry-run

check-deployment:
	@mkdir -p var/check
	@$(LIKE_PRODUCTION) $(DEV) python manage.py check --deploy --fail-level WARNING

check-words: gettext
	$(DEV) python -m tools.words --check

.PHONY: gettext
gettext:
	@command -v xgettext >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get install -y -qq --no-install-recommends gettext >/dev/null; } \
		|| { echo "gettext is needed for this; on Debian or Ubuntu: apt install gettext"; exit 1; }

format: ## Format Python and templates in place
	-$(DEV) ruff check --fix --quiet .
	$(DEV) ruff format .
	-$(DEV) djlint templates --reformat --quiet

lock: ## Compile requirements*.txt from requirements*.in (ARGS=--upgrade takes newer versions)
	@$(DEV) sh -c 'command -v uv >/dev/null || python -m pip install --quiet --require-hashes -r requirements-uv.txt'
	$(DEV) $(COMPILE) $(ARGS) requirements.in -o requirements.txt
	$(DEV) $(COMPILE) $(ARGS) requirements-dev.in -o requirements-dev.txt
	$(DEV) $(COMPILE) $(ARGS) requirements-uv.in -o requirements-uv.txt

words: gettext ## Bring the catalogues in locale/ up to date, compile them, say what is not translated
	$(DEV) python -m tools.words

bench: ## Measure sweep and fan-out beside the raw floor (bench/README.md)
	@$(DEV) python -m bench $(ARGS)

screenshots: ## Make the pictures in docs/ again: each page, both themes, desk and phone
	@$(DEV) python -m docs.screenshots $(ARGS)

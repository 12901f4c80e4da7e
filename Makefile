# make run    the newsroom at http://127.0.0.1:8000/ (PORT, HOST, DATA_DIR, DEMO=0 from the environment or .env)
# make test   the whole suite; ARGS="tests/articles -k publish" narrows it
# make bench  what everything costs, as ratios; ARGS="--stories 1000000" for the large paper

# The first of these that is 3.11 or newer makes .venv.
PYTHON ?= python3.13 python3.12 python3.11 python3
BIN := .venv/bin

# $(call install,requirements file): an environment in .venv with exactly what the file pins. Quick when nothing changed:
# a copy of the file lies beside what was installed from it.
define install
@if ! $(BIN)/python -c 'import pip' 2>/dev/null; then \
	python=$$(for each in $(PYTHON); do \
		$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$each; break; }; done); \
	test -n "$$python" || { echo "Python 3.11 or newer is needed. On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2; exit 1; }; \
	$$python -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }; \
	echo "Making .venv with $$python …"; \
	rm -rf .venv && $$python -m venv .venv || exit 1; \
fi
@if ! cmp -s $(1) .venv/installed-$(1); then \
	echo "Installing what $(1) names …"; \
	$(BIN)/python -W ignore:DEPRECATION -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1) && cp $(1) .venv/installed-$(1); \
fi
endef

.PHONY: run test soak bench lint fmt types messages lock clean install install-dev

# --with-parent: should make itself be killed, nothing stays behind.
run: install
	@$(BIN)/python manage.py serve --with-parent

test: install-dev
	@$(BIN)/python tests/run.py $(ARGS)

# The long form of what kills and floods: 20,000 letters, 200 stories that fall due, many SIGKILLs, a thousand changes under
# readers, a thousand connections to a page, thousands that send slowly or without end; both databases.
soak: install-dev
	@SOAK=1 $(BIN)/python tests/run.py tests/subscriptions/test_kills.py tests/subscriptions/channels/test_kills.py \
		tests/subscriptions/test_push_kills.py tests/articles/test_schedule_kills.py tests/pagecache/test_versions.py \
		tests/pagecache/test_crowds.py tests/newsroom/test_large.py \
		tests/browser/test_desk_pages.py tests/citizen_reports/test_media_kills.py tests/citizen_reports/test_purge_kills.py \
		tests/citizen_reports/mail/test_hostile.py tests/newsroom/test_faults_web.py tests/newsroom/test_faults_disk.py tests/newsroom/test_faults_database.py \
		tests/newsroom/test_deploy.py tests/newsroom/test_faults_queues.py tests/newsroom/test_backups.py tests/jobs/test_clock.py $(ARGS)

bench: install-dev
	@$(BIN)/python -m benchmarks.run $(ARGS)

lint: install-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache --no-logo

fmt: install-dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: install-dev
	@$(BIN)/mypy

# Needs GNU gettext. Collects what is to be translated, then compiles what has been.
messages: install-dev
	@$(BIN)/python manage.py makemessages --all --no-obsolete --no-location --ignore node_modules --ignore data --ignore .venv
	@for each in locale/*/LC_MESSAGES/django.po; do msgfmt --check -o "$${each%.po}.mo" "$$each" || exit 1; done

# Needs uv. Pins and hashes for Python 3.11 and newer, without addresses of any registry.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements.in -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements-dev.in -o requirements-dev.txt
	npm install --package-lock-only

clean:
	rm -rf .venv node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

install:
	$(call install,requirements.txt)

install-dev:
	$(call install,requirements-dev.txt)

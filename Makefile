# Digit Sketchpad. Each target sets up what it needs, in .venv, and is quick the second time.
#
#   make run     serve the page on http://127.0.0.1:7860   (PORT=8000 make run, SHARE=1 make run)
#   make test    the tests, in a real browser too
#   make test-hosting   the app as it is hosted: signals, killed processes, full disks, and with
#                PostgreSQL, nginx, Redis and a false clock: installs and starts these
#   make check   ruff and mypy; Biome for scripts and styles, on Linux
#   make audit   asks whether holes are known in what the app needs
#   make train   train a recipe                            (make train ARGS="--recipe compact")
#   make lock    write requirements.lock anew, after a change of the other requirements
#   make bench   measure the page and the training on this machine; prints Markdown

VENV := .venv
PY := $(VENV)/bin/python
APP := $(VENV)/app.installed
DEV := $(VENV)/dev.installed

# What the tests with services need beside that, of what there is.
MORE := $(wildcard requirements-cluster.txt)
HOSTING := $(VENV)/hosting.installed

# All versions, also of what packages bring along; a package that is not installed is not touched.
LOCKED := --quiet --disable-pip-version-check --constraint requirements.lock

.PHONY: run test test-hosting check audit train bench lock clean

run: $(APP)
	@$(PY) app.py $(if $(PORT),--port "$(PORT)") $(if $(SHARE),--share)

# Nice as workers are, or tests that wait for one would wait until the others leave it a core.
test: $(DEV)
	@$(PY) -m tests.browser.chromium
	@nice -n 19 $(PY) -m pytest -p no:schemathesis --numprocesses 3 --dist loadfile \
		--no-loadscope-reorder

test-hosting: $(HOSTING)
	@$(PY) -m tests.browser.chromium
	@$(PY) -m tests.hosting.servers
	@nice -n 19 $(PY) -m pytest tests/hosting --numprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(DEV)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@! test -x $(VENV)/bin/biome || $(VENV)/bin/biome check --error-on-warnings .

# Strict: what nobody could look up counts as a failure.
audit: $(DEV)
	@$(VENV)/bin/pip-audit --strict --requirement requirements.txt \
		--requirement requirements-hosting.txt --requirement requirements-cluster.txt

train: $(APP)
	@$(PY) -m model train $(ARGS)

# What cannot be measured without MNIST is known, and said, before the page is measured for minutes.
bench: $(DEV)
	@$(PY) -m tests.browser.chromium
	@if $(PY) -m tests.benchmarks.to_99 --check; then \
		$(PY) -m tests.benchmarks.page && $(PY) -m tests.benchmarks.to_99; \
	else $(PY) -m tests.benchmarks.page; fi

# In an environment of its own, so that only what the requirements ask for is in it.
lock:
	@rm -rf $(VENV).lock
	@./.ci/python -m venv $(VENV).lock
	$(VENV).lock/bin/python -m pip install --quiet --disable-pip-version-check \
		-r requirements-dev.txt -r requirements-cluster.txt
	@{ echo "# Made by \`make lock\`: all versions that were tested together, for pip's --constraint."; \
		$(VENV).lock/bin/python -m pip freeze; } > requirements.lock
	@rm -rf $(VENV).lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(APP): requirements.txt requirements.lock
	@./.ci/python -m venv $(VENV)
	$(PY) -m pip install $(LOCKED) -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt requirements-hosting.txt $(APP)
	$(PY) -m pip install $(LOCKED) -r requirements-dev.txt
	@touch $@

$(HOSTING): $(MORE) $(DEV)
	$(if $(MORE),$(PY) -m pip install $(LOCKED) $(MORE:%=-r %))
	@touch $@

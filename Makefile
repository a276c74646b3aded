# The two commands of a fresh machine with Python ≥ 3.11 and make:  make run  ·  make test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url

# Modules are compiled once, not by each of the hundreds of processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run demo test check cloud bench screenshots pictures synth bootstrap deploy diff destroy publish rollback smoke lock clean
.DEFAULT_GOAL := run

run: demo  ## identify the example photos, then serve the website until Ctrl-C
	$(BIN)/fieldmark serve

demo: $(VENV)/.run  ## identify the example photos
	$(BIN)/fieldmark identify examples/photos

test: check  ## the whole check: format, lint, types, import contracts, tests
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

cloud: $(VENV)/.test  ## the whole system on this machine, with doubles of AWS, until Ctrl-C
	$(BIN)/python -m cloud --with-parent $(CLOUD)

bench: $(VENV)/.test  ## the comparisons of docs/benchmarks.md, ratios in one run
	PYTHONPATH=. $(BIN)/python bench/run.py

screenshots: $(VENV)/.test  ## docs/images/*.webp, taken by Chromium
	$(BIN)/python docs/screenshots/take.py

pictures: $(VENV)/.test  ## docs/images/architecture.svg and request.svg, drawn from docs/pictures
	$(BIN)/python docs/pictures/draw.py

synth: $(VENV)/.test  ## the templates of both profiles into build/cdk.*, offline
	for profile in fargate lambda; do \
		CDK_OUTDIR=build/cdk.$$profile $(BIN)/python -m infra profile=$$profile $(SET) || exit 1; \
	done

bootstrap deploy diff: $(VENV)/.test  ## make deploy PROFILE=fargate|lambda [SET="name=value …"]; docs/deploy.md
	$(BIN)/python -m infra.deployment $@ $(if $(PROFILE),profile=$(PROFILE)) $(SET)

destroy: $(VENV)/.test  ## take the service down; PURGE=yes also what is kept
	$(BIN)/python -m infra.deployment destroy $(if $(filter yes,$(PURGE)),purge) $(if $(PROFILE),profile=$(PROFILE)) $(SET)

publish: $(VENV)/.test  ## make publish RELEASE=FILE: lays a release into its bucket and lets a task put it to use
	$(BIN)/python -m infra.deployment publish $(RELEASE) $(SET)

rollback: $(VENV)/.test  ## the release that was in use before is in use again
	$(BIN)/python -m infra.deployment rollback $(SET)

smoke: $(VENV)/.test  ## make smoke URL=https://…: asks a deployed site what it must be able to answer
	$(BIN)/python -m infra.smoke $(URL)

lock:  $(UV)  ## renew the lock files
	$(COMPILE) pyproject.toml --extra cli --extra atlas --extra spark --extra taxonomy --extra birdnet --extra web --extra otel --extra aws --extra publish --group test --group cloud --group infra --group build -o requirements/test.txt
	$(COMPILE) pyproject.toml --extra cli --extra web --group build -c requirements/test.txt -o requirements/run.txt
	$(COMPILE) pyproject.toml requirements/function.in -c requirements/test.txt -o requirements/function.txt
	$(COMPILE) pyproject.toml requirements/function.in --extra web -c requirements/test.txt -o requirements/function-web.txt
	$(COMPILE) pyproject.toml --extra cli --extra web --extra aws --extra publish --extra otel --group build -c requirements/test.txt -o requirements/image.txt
	$(COMPILE) requirements/uv.in -o requirements/uv.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.run: requirements/run.txt pyproject.toml $(UV)
	$(INSTALL) --require-hashes -r requirements/run.txt
	$(INSTALL) --no-build-isolation --no-deps --editable .
	touch $@

$(VENV)/.test: requirements/test.txt pyproject.toml $(UV)
	$(INSTALL) --require-hashes -r requirements/test.txt
	$(INSTALL) --no-build-isolation --no-deps --editable .
	touch $@

$(UV): requirements/uv.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Fieldmark needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	touch $(UV)

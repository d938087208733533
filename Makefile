# Every target uses .venv, which `make setup` builds from requirements.lock.
PYTHON := .venv/bin/python
STAMP := .venv/.ready
# Tests over all cores, neighbours together as long as may be: a module's fixtures are then made once.
SPREAD := -n auto --dist worksteal

.PHONY: setup run run-accel test fast lint types golden docs front bench models clean

setup: $(STAMP)

$(STAMP): requirements-build.lock requirements.lock requirements-torch.lock requirements-docs.lock pyproject.toml scripts/setup.sh
	scripts/setup.sh $(PROGRAMS)
	touch $(STAMP)

run: setup
	$(PYTHON) -m genrf spec=lna_2p4ghz sim=ngspice $(ARGS)

run-accel: setup
	$(PYTHON) -m genrf spec=digits_cnn $(ARGS)

test: setup
	$(PYTHON) -m pytest $(SPREAD) $(ARGS)

fast: setup
	$(PYTHON) -m pytest $(SPREAD) -m "not slow" $(ARGS)

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports

types: setup
	.venv/bin/mypy

golden: setup
	$(PYTHON) -m pytest --update-golden

# The user guide as a site: outputs/docs/docs/index.html. Its page of metrics is written first, from the program.
docs: setup
	$(PYTHON) docs/metrics_page.py
	$(PYTHON) -m sphinx --quiet --fail-on-warning --keep-going -b html -c docs -d outputs/docs/.trees . outputs/docs
	@echo outputs/docs/docs/index.html

# The README's figure: the front of the default run as its report shows it. Needs Chromium.
front: setup
	$(PYTHON) -m genrf hydra.run.dir=outputs/front $(ARGS)
	$(PYTHON) scripts/front.py outputs/front docs/front.png

bench: setup
	$(PYTHON) -m experiments.bench

models: setup
	scripts/models.sh

clean:
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

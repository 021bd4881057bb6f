# The compendium's main job is `make all`; `make help` lists the rest.
# Recipes are POSIX shell; GNU make 3.81 or later.

STUDY ?= yellow-river
# Not taken from the environment, where gettext has a variable of this name
LANGUAGE := en
# Further notebook parameters, such as PARAMETERS="year=2019"
PARAMETERS ?=
# A raw panel to use instead of the one in the study's folder: a file, or a folder of files that are one panel
PANEL ?= $(COORDINATION_PANEL)
OUTPUT_ROOT ?= .
STUDIES := $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard data/raw/*/study.yml)))))

ifneq ($(words $(STUDY)),1)
$(error STUDY: found '$(STUDY)'; expected one name without blanks; write it with hyphens, such as my-region)
endif
# What make or a shell would read as more than a name
HASH := \#
SIGNS := ; : , & | < > ( ) { } [ ] $$ ' " ` * ? ! % = ~ ^ / \ $(HASH)
ifneq ($(strip $(foreach sign,$(SIGNS),$(findstring $(sign),$(STUDY)))),)
$(error STUDY: found '$(STUDY)'; expected letters, digits, - and _; write it with hyphens, such as my-region)
endif

RAW := data/raw/$(STUDY)
OUT := $(OUTPUT_ROOT)/outputs/$(STUDY)
PROCESSED := $(OUTPUT_ROOT)/data/processed/$(STUDY)
SETTINGS := $(PROCESSED)/.settings
MODULES := $(shell find src/coordination -name '*.py')
WORDS := $(filter-out %.pyc,$(wildcard src/coordination/locale/*/*))

export PYTHONPATH := $(CURDIR)/src$(if $(PYTHONPATH),:$(PYTHONPATH))
export PYTHONDONTWRITEBYTECODE :=
# Names and paths in any script, whatever the locale
export PYTHONUTF8 := 1
export COORDINATION_BEGUN := $(shell date +%s)

# Notebooks that do not wait for one another run side by side; `make -j1` runs them one by one.
ifeq ($(MAKELEVEL)$(filter-out all site studies,$(MAKECMDGOALS)),0)
MAKEFLAGS += -j$(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
endif

# An activated environment that has the packages is used as it is; otherwise .venv is made from the lock.
BASE_PYTHON ?= python3
ACTIVE := $(if $(VIRTUAL_ENV)$(CONDA_PREFIX),$(shell python src/coordination/pipeline/environment.py 2>/dev/null && echo yes))
ifeq ($(ACTIVE),yes)
PYTHON := python
ENVIRONMENT :=
else
PYTHON := .venv/bin/python
ENVIRONMENT := .venv/.complete
endif

NOTEBOOKS = $(patsubst %,$(OUT)/notebooks/%.ipynb,$(filter-out $(LEFT_OUT),$(ORDER)))
export COORDINATION_PANEL := $(PANEL)
RUN = $(PYTHON) -m coordination run --study $(STUDY) --output-root $(OUTPUT_ROOT) \
  -p language=$(LANGUAGE) $(foreach p,$(PARAMETERS),-p $(p))

.DELETE_ON_ERROR:
.PHONY: all draft site studies new import check compare consistency test lint lab notebooks clean help FORCE

##@ Main
all: $(OUT)/site/index.html ## regenerate STUDY: figures, tables, paper and site (default: yellow-river)
	@$(if $(MADE),echo "$(STUDY): made $(words $(MADE)) notebooks and the rest; see $(OUT)",$(if $(PUT),echo "$(STUDY): made $(PUT); see $(OUT)",echo "$(STUDY): nothing to do, $(OUT) is up to date"))

studies: $(STUDIES:%=study-%) ## regenerate every study
study-%: $(ENVIRONMENT) .make/rules.mk
	@$(MAKE) --no-print-directory all STUDY=$*

lab: $(ENVIRONMENT) ## open JupyterLab with the guided notebook for a study of your own
	$(PYTHON) -m jupyterlab --notebook-dir=. notebooks/adapt.ipynb

##@ A study of your own
# Further options, such as NEW='--from blank --years 2015-2022 --regions all-provinces'
NEW ?=
new: $(ENVIRONMENT) ## make the folder of a new STUDY (FROM another study, or blank), ready to be filled
	@$(if $(filter file default undefined,$(origin STUDY)),echo "error: name the new study: make new STUDY=my-region" >&2; exit 1)
	@$(PYTHON) -m coordination new "$(STUDY)" --from $(or $(FROM),blank) $(NEW)

import: $(ENVIRONMENT) ## read the statistics in FILES (yearbook exports, workbooks, folders) into STUDY's panel
	@$(PYTHON) -m coordination import --study $(STUDY) $(if $(MAPPING),--mapping $(MAPPING)) \
	  $(if $(YEAR),--year $(YEAR)) $(if $(REPLACE),--replace) $(FILES)

draft: $(ENVIRONMENT) ## a first look at STUDY in draft/: no robustness, papers or site, one LANGUAGE
	@$(PYTHON) -m coordination draft --study $(STUDY) --output-root $(OUTPUT_ROOT)/draft $(if $(PANEL),--panel $(PANEL)) \
	  -p language=$(LANGUAGE) $(foreach p,$(PARAMETERS),-p $(p))

check: $(ENVIRONMENT) ## look for everything that can be wrong with STUDY and its data, without running anything
	@$(PYTHON) -m coordination check --study $(STUDY) --output-root $(OUTPUT_ROOT) \
	  $(if $(filter command,$(origin LANGUAGE)),--language $(LANGUAGE))

compare: $(ENVIRONMENT) ## show how STUDY's results change under what other tools do without saying so
	@$(PYTHON) -m coordination compare --study $(STUDY) --output-root $(OUTPUT_ROOT)

consistency: $(ENVIRONMENT) ## show whether the printed numbers of STUDY's publication can follow from one another
	@$(PYTHON) -m coordination consistency --study $(STUDY) --output-root $(OUTPUT_ROOT)

##@ Upkeep
test: $(ENVIRONMENT) ## run all tests; those that read whole runs take what was made from this commit
	$(PYTHON) -m pytest -n auto --dist loadscope

test-fast: $(ENVIRONMENT) ## run the tests that need no notebook, no pipeline and no browser
	$(PYTHON) -m pytest -n auto --dist worksteal -m "not slow"

# Processes that tests start are measured too. A notebook's kernel is killed when it has run: it saves after every cell.
KERNELS := .make/ipython
coverage: $(ENVIRONMENT) ## run all tests and measure which lines and branches they reach
	@mkdir -p $(KERNELS)/profile_default/startup
	@echo 'get_ipython().events.register("post_run_cell", lambda _: __import__("coverage").Coverage.current().save())' \
	  > $(KERNELS)/profile_default/startup/save.py
	$(PYTHON) -m coverage erase
	IPYTHONDIR=$(CURDIR)/$(KERNELS) $(PYTHON) -m coverage run -m pytest -n auto --dist loadscope
	$(PYTHON) -m coverage combine --quiet
	$(PYTHON) -m coverage report

lint: $(ENVIRONMENT) ## check the style of modules and notebooks
	$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check .

notebooks: $(ENVIRONMENT) ## run the committed notebooks again and save them with their outputs
	$(PYTHON) -m coordination run --output-root $(OUTPUT_ROOT) --save
	cp $(OUTPUT_ROOT)/outputs/yellow-river/figures/moran-by-year.en.svg site/images/moran-by-year.svg

clean: ## remove everything that was made, except the environment
	rm -rf outputs data/processed/*/ .make

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile
	@echo; echo "Variables: STUDY ($(STUDIES)), LANGUAGE (en, zh), PARAMETERS, PANEL, OUTPUT_ROOT"

ifneq ($(filter all site,$(or $(MAKECMDGOALS),all)),)
ifeq ($(wildcard $(RAW)/study.yml),)
$(error $(RAW)/study.yml: found no such file; expected one of the studies $(STUDIES); name one with STUDY=)
endif
endif

# What each notebook depends on is read from the notebooks and modules themselves.
ifneq ($(filter-out test test-fast coverage lint lab new draft import check compare consistency notebooks clean help studies study-%,$(or $(MAKECMDGOALS),all)),)
# LEFT_OUT comes first, as the rules ask for it; ORDER comes with them. The folder itself says when a file came or went.
# Even with -n make makes what it includes, and would set up the environment for it; without it every notebook is listed.
DRY := $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
include $(if $(and $(DRY),$(ENVIRONMENT),$(if $(wildcard .venv/.complete),,new)),,.make/$(STUDY).mk) .make/rules.mk
endif
.make/$(STUDY).mk: $(RAW) $(RAW)/study.yml src/coordination/sections.py | $(ENVIRONMENT)
	@$(PYTHON) -m coordination sections --study $(STUDY) --to $@
.make/rules.mk: $(wildcard notebooks/*.ipynb) $(MODULES) $(WORDS)
	@$(BASE_PYTHON) -m coordination depends --to $@

$(OUT)/notebooks/%.ipynb: $(SETTINGS) requirements.lock | $(ENVIRONMENT)
	@$(RUN) $*
	$(eval MADE += $*)

$(OUT)/notebooks/01-indicators.ipynb: $(PANEL) $(if $(PANEL),$(wildcard $(PANEL)/*.csv))

# Written by the notebooks they depend on; the empty command lets make look at their time again.
$(PROCESSED)/%.csv: ;@:
$(OUT)/tables/%.csv: ;@:

$(OUT)/results.json: $(NOTEBOOKS) | $(ENVIRONMENT)
	@$(PYTHON) -m coordination collect --study $(STUDY) --output-root $(OUTPUT_ROOT)

$(OUT)/paper.en.pdf: $(OUT)/results.json $(wildcard src/coordination/publishing/paper/*.py paper/* $(RAW)/paper/*) $(WORDS)
	@$(PYTHON) -m coordination paper --study $(STUDY) --output-root $(OUTPUT_ROOT)
	$(eval PUT += paper)

$(OUT)/explorer.en.html: $(patsubst %,$(PROCESSED)/%.csv,normalised weights scores coordination) $(wildcard src/coordination/publishing/explorer/*.*) $(WORDS)
	@$(PYTHON) -m coordination explorer --study $(STUDY) --output-root $(OUTPUT_ROOT)
	$(eval PUT += explorer)

site: $(OUT)/site/index.html ## the reviewer's site of STUDY alone
$(OUT)/site/index.html: $(OUT)/paper.en.pdf $(OUT)/explorer.en.html $(shell find site src/coordination/publishing/site -type f ! -name "*.pyc") \
  .make/reference.made
	@$(PYTHON) -m coordination site --study $(STUDY) --output-root $(OUTPUT_ROOT)
	$(eval PUT += site)

# The pages about functions wait for no result, and all studies share them. Begun together with the first notebook:
# make would wait for them alone if they began before it.
.make/reference.made: requirements.lock $(MODULES) $(wildcard site/conf.py site/static/* site/templates/*/* site/templates/* src/coordination/locale/en/site.yml) \
  | $(ENVIRONMENT) $(SETTINGS)
	@$(PYTHON) -m coordination reference
	@touch $@

# A file that changes only when the settings do; what was made with others is made again.
SAID := language=$(LANGUAGE) panel=$(PANEL) $(PARAMETERS)
$(SETTINGS): $(shell [ "$$(cat $(SETTINGS) 2>/dev/null)" = "$(SAID)" ] || echo FORCE)
	@mkdir -p $(@D) && echo "$(SAID)" > $@

.venv/.complete: requirements.lock
	@$(BASE_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: $$($(BASE_PYTHON) --version); Python 3.11 or later is needed; name one with BASE_PYTHON=" >&2; exit 1; }
	@echo "Setting up .venv from requirements.lock (once)"
	@$(BASE_PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check "$$(grep -o '^uv==[0-9.]*' requirements.lock)"
	@UV_LINK_MODE=$${UV_LINK_MODE:-hardlink} .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock
	@.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
	@touch $@

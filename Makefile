# The compendium's main job is `make all`; `make help` lists the rest.
# Recipes are POSIX shell; GNU make 3.81 or later.

STUDY ?= yellow-river
# Not taken from the environment, where gettext has a variable of this name
LANGUAGE := en
# Further notebook parameters, such as PARAMETERS="year=2019"
PARAMETERS ?=
# A raw panel to use instead of the one in the study's folder: a file, or a folder of files that are one panel
PANEL ?= $(COORDINATION_PANEL)
# A Dask scheduler that makes the multiverse, such as tcp://host:8786; the result is the same
SCHEDULER ?= $(COORDINATION_SCHEDULER)
OUTPUT_ROOT ?= .
# Anything, such as 1, keeps results that were changed by hand, and marks what depends on them
KEEP ?=
STUDIES = $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard data/raw/*/study.yml)))))

ifneq ($(words $(STUDY)),1)
$(error STUDY: found '$(STUDY)'; expected one name without blanks; write it with hyphens, such as my-region)
endif
# What make or a shell would read as more than a name
HASH := \#
SIGNS := ; : , & | < > ( ) { } [ ] $$ ' " ` * ? ! % = ~ ^ / \ $(HASH)
ifneq ($(strip $(foreach sign,$(SIGNS),$(findstring $(sign),$(STUDY)))),)
$(error STUDY: found '$(STUDY)'; expected letters, digits, - and _; write it with hyphens, such as my-region)
endif

# As one word for the shell, whatever is in it
quoted = '$(subst ','\'',$(1))'

RAW := data/raw/$(STUDY)
OUT := $(if $(filter-out .,$(OUTPUT_ROOT)),$(OUTPUT_ROOT)/)outputs/$(STUDY)
PROCESSED := $(if $(filter-out .,$(OUTPUT_ROOT)),$(OUTPUT_ROOT)/)data/processed/$(STUDY)

export PYTHONPATH := $(CURDIR)/src$(if $(PYTHONPATH),:$(PYTHONPATH))
export PYTHONDONTWRITEBYTECODE :=
# Names and paths in any script, whatever the locale
export PYTHONUTF8 := 1
export COORDINATION_PANEL := $(PANEL)
export COORDINATION_SCHEDULER := $(SCHEDULER)

# Where there may be nothing to do, that is found out before anything else.
BASE_PYTHON ?= python3
FLAGS := $(filter-out --%,$(firstword -$(MAKEFLAGS)))
ANY_PYTHON := $(if $(VIRTUAL_ENV)$(CONDA_PREFIX),python,$(BASE_PYTHON))
STAMP = $(call quoted,$(OUTPUT_ROOT)/.make/plan/$(STUDY).stamp) \
  $(call quoted,$(STUDY) $(LANGUAGE) $(PANEL)$(if $(PARAMETERS), $(PARAMETERS))$(if $(KEEP), --keep))
UNMOVED = $(if $(strip $(foreach flag,B n q t,$(findstring $(flag),$(FLAGS)))),false,$(ANY_PYTHON) -S src/coordination/pipeline/stamp.py $(STAMP))

# An activated environment that has the packages is used as it is; otherwise .venv is made from the lock.
PLANNED := all site studies help clean
ifneq ($(filter-out $(PLANNED) $(OUT)/% $(PROCESSED)/%,$(or $(MAKECMDGOALS),all)),)
ACTIVE := $(if $(VIRTUAL_ENV)$(CONDA_PREFIX),$(shell python src/coordination/pipeline/environment.py 2>/dev/null && echo yes))
endif
ifeq ($(ACTIVE),yes)
PYTHON := python
ENVIRONMENT :=
else
PYTHON := .venv/bin/python
ENVIRONMENT := .venv/.complete
endif

CHOSEN = --study $(call quoted,$(STUDY)) --output-root $(call quoted,$(OUTPUT_ROOT))
SETTING = --language $(call quoted,$(LANGUAGE)) $(foreach p,$(PARAMETERS),-p $(call quoted,$(p))) $(if $(KEEP),--keep)
# A dry run sets nothing up, and needs no package.
PLAN = $$(command -v $(PYTHON) || echo $(BASE_PYTHON)) -m coordination

.DELETE_ON_ERROR:
MAKE_IT = $(MAKE) --no-print-directory
.PHONY: all archive audit draft site studies plan-all plan-site plan-studies verify new import check compare diff consistency test test-fast torture coverage lint lab notebooks profiles bench county-benchmark clean clean-cache help plan-file FORCE

##@ Main
all: ## regenerate STUDY: figures, tables, paper and site (default: yellow-river)
	+@$(UNMOVED) || $(MAKE_IT) plan-all

site: ## the reviewer's site of STUDY alone
	+@$(MAKE_IT) plan-site

studies: ## regenerate every study
	+@$(MAKE_IT) plan-studies

# What is out of date is decided by content, by the planner; with what is set up by then.
plan-all: $(ENVIRONMENT)
	+@$(PLAN) all $(CHOSEN) $(SETTING)
plan-site: $(ENVIRONMENT)
	+@$(PLAN) all $(CHOSEN) $(SETTING) site
plan-studies: $(ENVIRONMENT)
	+@$(PLAN) studies --output-root $(call quoted,$(OUTPUT_ROOT)) $(SETTING)
plan-file: $(ENVIRONMENT)
	+@$(PLAN) all $(CHOSEN) $(SETTING) $(call quoted,$(FILE))
$(OUT)/%: FORCE
	+@$(MAKE_IT) plan-file FILE=$(call quoted,$@)
$(PROCESSED)/%: FORCE
	+@$(MAKE_IT) plan-file FILE=$(call quoted,$@)

lab: $(ENVIRONMENT) ## open JupyterLab with the guided notebook for a study of your own
	$(PYTHON) -m jupyterlab --notebook-dir=. notebooks/adapt.ipynb

##@ A study of your own
# Further options, such as NEW='--from blank --years 2015-2022 --regions all-provinces'
NEW ?=
new: $(ENVIRONMENT) ## make the folder of a new STUDY (FROM another study, or blank), ready to be filled
	@$(if $(filter file default undefined,$(origin STUDY)),echo "error: name the new study: make new STUDY=my-region" >&2; exit 1)
	@$(PYTHON) -m coordination new $(call quoted,$(STUDY)) --from $(call quoted,$(or $(FROM),blank)) $(NEW)

import: $(ENVIRONMENT) ## read the statistics in FILES (yearbook exports, workbooks, folders) into STUDY's panel
	@$(PYTHON) -m coordination import --study $(call quoted,$(STUDY)) $(if $(MAPPING),--mapping $(call quoted,$(MAPPING))) \
	  $(if $(YEAR),--year $(call quoted,$(YEAR))) $(if $(REPLACE),--replace) $(FILES)

draft: $(ENVIRONMENT) ## a first look at STUDY in draft/: no robustness, papers or site, one LANGUAGE
	@$(PYTHON) -m coordination draft --study $(call quoted,$(STUDY)) --output-root $(call quoted,$(OUTPUT_ROOT)/draft) \
	  $(if $(PANEL),--panel $(call quoted,$(PANEL))) $(foreach p,language=$(LANGUAGE) $(PARAMETERS),-p $(call quoted,$(p)))

check: $(ENVIRONMENT) ## look for everything that can be wrong with STUDY and its data, without running anything
	@$(PYTHON) -m coordination check $(CHOSEN) \
	  $(if $(filter command,$(origin LANGUAGE)),--language $(call quoted,$(LANGUAGE)))

compare: $(ENVIRONMENT) ## show how STUDY's results change under what other tools do without saying so
	@$(PYTHON) -m coordination compare $(CHOSEN)

diff: $(ENVIRONMENT) ## show what changed between two runs: A and B are their outputs, such as outputs/yellow-river
	@$(if $(and $(A),$(B)),,echo "error: name two runs: make diff A=earlier/outputs/x B=outputs/x" >&2; exit 1)
	@$(PYTHON) -m coordination diff $(call quoted,$(A)) $(call quoted,$(B))

consistency: $(ENVIRONMENT) ## show whether the printed numbers of STUDY's publication can follow from one another
	@$(PYTHON) -m coordination consistency $(CHOSEN)

profiles: $(ENVIRONMENT) ## compile the profiles of all regions of STUDY that has been made, however many
	@$(PYTHON) -m coordination profiles $(CHOSEN)

##@ Handing over
archive: $(ENVIRONMENT) ## write outputs/STUDY.zip: a finished run, what it was made from, and what programs need to know
	@$(PYTHON) -m coordination archive $(CHOSEN) $(SETTING)

verify: $(ENVIRONMENT) ## make the run of ARCHIVE again in an empty folder, and say which files agree (INTO=, TRUST=yes)
	@$(if $(ARCHIVE),,echo "error: name the archive: make verify ARCHIVE=outputs/yellow-river.zip" >&2; exit 1)
	@$(PYTHON) -m coordination verify $(call quoted,$(ARCHIVE)) $(if $(INTO),--into $(call quoted,$(INTO))) \
	  $(if $(filter yes,$(TRUST)),--trust)

audit: $(ENVIRONMENT) ## packages against their hashes, known vulnerabilities, licences, and STUDY run without a network
	@$(PYTHON) -m coordination audit $(CHOSEN) --language $(call quoted,$(LANGUAGE))

##@ Upkeep
# The commit whose whole runs and figures are compared with, and of how many pairs of calls the median counts
BEFORE ?= c66d484
REPEATS ?= 3
bench: $(ENVIRONMENT) ## print every ratio of speed in one run: to the commit BEFORE, to other software, from size to size
	$(PYTHON) benchmarks/run.py $(call quoted,$(BEFORE)) --pairs $(call quoted,$(REPEATS))
	$(PYTHON) benchmarks/figures.py --before $(call quoted,$(BEFORE)) --repeats $(call quoted,$(REPEATS))
	$(PYTHON) benchmarks/inference.py --repeats $(call quoted,$(REPEATS))
	$(PYTHON) benchmarks/multiverse.py
	$(MAKE_IT) county-benchmark

county-benchmark: $(ENVIRONMENT) ## take 2 850 made-up counties through the pipeline, and say what it costs
	$(PYTHON) benchmarks/county.py --sizes 9,333 --years 10 --limits
	$(PYTHON) benchmarks/county.py --limits

test: $(ENVIRONMENT) ## run all tests; those that read whole runs take what was made from this commit
	$(PYTHON) -m pytest -n auto --dist loadscope --no-loadscope-reorder

test-fast: $(ENVIRONMENT) ## run the tests that need no notebook, no pipeline and no browser
	$(PYTHON) -m pytest -n auto --dist worksteal -m "not slow"

# Processes that tests start are measured too. A notebook's kernel is killed when it has run: it saves after every cell.
KERNELS := .make/ipython
coverage: $(ENVIRONMENT) ## run all tests and measure which lines and branches they reach
	@mkdir -p $(KERNELS)/profile_default/startup
	@echo 'get_ipython().events.register("post_run_cell", lambda _: __import__("coverage").Coverage.current().save())' \
	  > $(KERNELS)/profile_default/startup/save.py
	$(PYTHON) -m coverage erase
	IPYTHONDIR=$(CURDIR)/$(KERNELS) $(PYTHON) -m coverage run -m pytest -n auto --dist loadscope --no-loadscope-reorder
	$(PYTHON) -m coverage combine --quiet
	$(PYTHON) -m coverage report

# Seconds that make torture may take
BUDGET ?= 3600
# Only kills, fuzz or environments; the figures of the others are kept as they are
ONLY ?=
SEED ?= 0
# Where the figures go; the site's page on reliability reads this one
RECORD ?= site/torture.yml
torture: $(ENVIRONMENT) ## kill runs, corrupt inputs, spoil environments: an hour, or BUDGET seconds
	$(PYTHON) benchmarks/torture.py --budget $(call quoted,$(BUDGET)) --seed $(call quoted,$(SEED)) \
	  $(if $(ONLY),--only $(call quoted,$(ONLY))) --write $(call quoted,$(RECORD))

lint: $(ENVIRONMENT) ## check the style of modules and notebooks
	$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check .

notebooks: $(ENVIRONMENT) ## run the committed notebooks again and save them with their outputs
	$(PYTHON) -m coordination run --output-root $(call quoted,$(OUTPUT_ROOT)) --save
	COORDINATION_OUTPUT_ROOT=$(call quoted,$(OUTPUT_ROOT)) $(PYTHON) benchmarks/front.py

clean: ## remove everything that was made, except the environment and figures kept so as not to be drawn again
	@[ ! -f src/coordination/pipeline/scratch.py ] || $(ANY_PYTHON) -S src/coordination/pipeline/scratch.py . $(call quoted,$(OUTPUT_ROOT))
	rm -rf outputs data/processed/*/ $(filter-out .make/figures,$(wildcard .make/*))

clean-cache: ## remove these figures too
	rm -rf .make/figures

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile
	@echo; printf '%s\n' $(call quoted,Variables: STUDY ($(STUDIES)), LANGUAGE (en, zh), PARAMETERS, PANEL, SCHEDULER, KEEP, OUTPUT_ROOT)

ifneq ($(filter all site,$(or $(MAKECMDGOALS),all)),)
ifeq ($(wildcard $(RAW)/study.yml),)
$(error $(RAW)/study.yml: found no such file; expected one of the studies $(STUDIES); name one with STUDY=)
endif
endif

UNREACHED = { echo "error: .venv: found packages of requirements.lock that could not be installed, as said above; expected" \
  "a package registry that answers; connect to the network or set PIP_INDEX_URL and UV_INDEX_URL, then run make again" >&2; exit 1; }
.venv/.complete: requirements.lock
	@$(BASE_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: $$($(BASE_PYTHON) --version); Python 3.11 or later is needed; name one with BASE_PYTHON=" >&2; exit 1; }
	@echo "Setting up .venv from requirements.lock (once)"
	@$(BASE_PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check "$$(grep -o '^uv==[0-9.]*' requirements.lock)" || $(UNREACHED)
	@UV_LINK_MODE=$${UV_LINK_MODE:-hardlink} .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock || $(UNREACHED)
	@.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
	@touch $@

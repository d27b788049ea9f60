# `make` lists what there is. What a target needs is installed into .venv when it first runs, and
# again when the requirements change. README.md shows the same without make.

PYTHON ?= python3
PORT ?= 5000
export PORT

ifeq ($(OS),Windows_NT)
  BIN := .venv/Scripts
else
  BIN := .venv/bin
endif
REQUIREMENTS := pyproject.toml constraints.txt hatch_build.py
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# The shell of macOS leaves the ~ of APP=~/my-app as it is, and between quotes every shell does.
FOLDER = $(if $(filter ~/%,$(firstword $(APP))),$(patsubst ~/%,$(HOME)/%,$(APP)),$(APP))
RUN_STEP = $(BIN)/flask --app "$(1)/app" run --debug --port $(PORT)
CHECK = $(BIN)/python -m pytest tests/steps --app="$(or $(FOLDER),$(error say which app: make $@ APP=../my-app))" --upto $(1) \
  --quiet --no-header -o console_output_style=classic --maxfail $(or $(2),3) --patience 5 $(if $(ONLY),-k "$(ONLY)")

.DEFAULT_GOAL := help
.PHONY: help run cluster demo step-00 step-01 step-02 step-03 step-04 step-05 step-06 step-07 new serve shell services \
  check-00 check-01 check-02 check-03 check-04 check-05 check-06 check-07 test stories check carry fast \
  mutants load faults bench text tutorial lint audit lock

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 20

run: .venv/run ## run the final app with its demo people (PORT=5000)
	@$(BIN)/python -m final

cluster: .venv/scale ## run the final app in two processes, behind nginx (PORT=5000)
	@$(BIN)/python -m tools.cluster

demo: .venv/test ## play the story in browsers side by side (STEP=03 for one step, APP= for your app)
	@$(BIN)/python -m tools.demo $(if $(STEP),--step $(STEP)) $(if $(APP),--app "$(FOLDER)")

step-00: .venv/run ## run the scaffold (PORT=5000)
	@$(call RUN_STEP,steps/00-start)

step-01: .venv/run ## run step 01: sessions
	@$(call RUN_STEP,steps/01-sessions)

step-02: .venv/run ## run step 02: the socket shares the session
	@$(call RUN_STEP,steps/02-socket-share)

step-03: .venv/run ## run step 03: a route finds a user's sockets
	@$(call RUN_STEP,steps/03-user-registry)

step-04: .venv/run ## run step 04: friends are notified
	@$(call RUN_STEP,steps/04-friend-notify)

step-05: .venv/run ## run step 05: the same app, with browser tests
	@$(call RUN_STEP,steps/05-browser-tests)

step-06: .venv/run ## run step 06: catch up on what came meanwhile
	@$(call RUN_STEP,steps/06-catch-up)

step-07: .venv/scale ## run step 07: one of two processes (PORT=5001 MONGODB_URI=... REDIS_URL=...)
	@$(call RUN_STEP,steps/07-two-processes)

new: .venv/run ## begin an app of your own from the scaffold (APP=../my-app)
	@$(BIN)/python -m tools.new_app "$(or $(FOLDER),$(error say where: make new APP=../my-app))"

serve: .venv/run ## run your app (APP=../my-app)
	@$(call RUN_STEP,$(or $(FOLDER),$(error say which app: make serve APP=../my-app)))

shell: .venv/run ## open a Python shell that can import the modules of your app (APP=../my-app)
	@$(BIN)/python -m tools.shell "$(or $(FOLDER),$(error say which app: make shell APP=../my-app))"

services: .venv/scale ## start MongoDB, Redis and nginx for two processes of your app (APP=../my-app)
	@$(BIN)/python -m tools.services "$(or $(FOLDER),steps/07-two-processes)"

check-00: .venv/test ## check your app against the scaffold (APP=../my-app)
	@$(call CHECK,00)

check-01: .venv/test ## check your app up to step 01 (APP=../my-app ONLY=words in a check's name)
	@$(call CHECK,01)

check-02: .venv/test ## check your app up to step 02
	@$(call CHECK,02)

check-03: .venv/test ## check your app up to step 03
	@$(call CHECK,03)

check-04: .venv/test ## check your app up to step 04
	@$(call CHECK,04)

check-05: .venv/test ## check your app up to step 05, and what your tests notice
	@$(call CHECK,05,12)

check-06: .venv/test ## check your app up to step 06
	@$(call CHECK,06)

check-07: .venv/scale ## check your app up to step 07, as two processes
	@$(call CHECK,07)

test: .venv/scale lint ## run all tests on all apps: forty minutes (TEST_ARGS= for pytest's options)
	$(BIN)/python -m pytest --numprocesses 4 $(TEST_ARGS)

stories: .venv/test ## play all stories as tests, in one browser (BROWSER=firefox)
	$(BIN)/python -m pytest tests/steps -k "the_story or the_tests_pass" --browser $(or $(BROWSER),chromium)
	$(BIN)/python -m pytest tests/final/story --browser $(or $(BROWSER),chromium)

check: .venv/scale $(if $(ONLY),,lint) ## lint, unit tests, and the checks of the steps that you changed: a minute
	@$(BIN)/python -m tools.check $(if $(ONLY),--only "$(ONLY)")

fast: .venv/scale ## run the tests of final/ on its fast transport
	FAST=1 $(BIN)/python -m pytest --numprocesses 4 tests/final tests/scale tests/fuzz tests/load

mutants: .venv/scale ## take each mechanism out of final/, one after the other: a test has to fail
	$(BIN)/python -m pytest tests/test_guarantees.py --numprocesses 4 --all-mutants

load: .venv/test ## 500 people and 10,000 comments on a real MongoDB, 1,000 on the embedded one
	$(BIN)/python -m pytest tests/load -k embedded
	$(BIN)/python -m pytest tests/load -k mongodb --load-comments 10000

lint: .venv/test ## lint, format, types, and which folder imports which
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/oxlint --format unix final steps

faults: .venv/scale ## kill parts of a cluster under load, and count what is lost: about ten minutes
	$(BIN)/python -m tools.faults $(if $(SEEDS),--seeds $(SEEDS))

bench: .venv/scale ## final/ beside Express and Flask-SocketIO: twenty minutes (QUICK=1: one or two)
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

carry: .venv/run ## carry your change of a step through the later steps (SINCE=HEAD MARKERS=1)
	@$(BIN)/python -m tools.carry $(if $(SINCE),--since $(SINCE)) $(if $(MARKERS),--markers)

text: .venv/scale ## put code and results into the tutorial and docs/ again
	$(BIN)/python -m tools.tutorial --text

tutorial: .venv/scale ## the same, and record all pictures and terminals again
	$(BIN)/python -m tools.tutorial

audit: .venv/run ## ask PyPI whether a version in constraints.txt is known to be unsafe
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip --strict

lock: .venv/run ## renew constraints.txt: the exact versions of everything
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --all-extras --no-header \
	  --python-version 3.11 --output-file constraints.txt pyproject.toml

.venv/run: $(REQUIREMENTS)
	@echo "Installing what the apps need ..."
	@$(PYTHON) -m venv .venv
	@$(INSTALL) --editable .
	@touch $@

.venv/test: .venv/run
	@echo "Installing what the tests need, a browser included ..."
	@$(INSTALL) --editable ".[dev,test]"
	@$(BIN)/python -m tools.browser
	@touch $@

.venv/scale: .venv/test
	@echo "Installing what several processes need, nginx and Redis included ..."
	@$(INSTALL) --editable ".[dev,test,scale,bench]"
	@$(BIN)/python -m tools.programs
	@touch $@

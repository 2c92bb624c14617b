# crosspoint: every task a person needs. `make` alone lists them.
# Needs Node 20+ with npm; Java 17+ and Maven for the embedded Kafka (or Docker, or a Kafka of yours).

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo chaos soak bench test check up down clean

# Options for `crosspoint demo`, `chaos` or the benchmark, as in: make demo ARGS="--calls 500 --seed 7"
ARGS ?=

NODE := node_modules/.bin/node
# Says where the cluster of `make up` is, as long as there is one.
KEPT := .crosspoint/up.json

help: ## list the tasks
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | sed 's/\$$\$$/$$/' | awk -F '\t' '{printf "  make %-7s %s\n", $$1, $$2}'

setup: ## install what package-lock.json names and make what services run from, when it changed
	@infra/setup.sh

demo: setup ## watch calls being routed on real Kafka while dependencies fail (ARGS="--help")
	@bin/crosspoint demo $(ARGS)

chaos: setup ## break it on purpose, all of the fault table (35 minutes), and write docs/faults.md
	@bin/crosspoint chaos --page docs/faults.md $(ARGS)

soak: setup ## the same at random for half an hour (ARGS="--duration 2h --seed 7")
	@bin/crosspoint chaos --soak --page docs/faults.md $(ARGS)

bench: setup ## measure it beside its floor and Kafka Streams (an hour and a half, alone; ARGS="--help")
	@npm run --silent bench -- $(ARGS)

test: setup ## run all tests; starts an embedded Kafka unless KAFKA_BROKERS is set
	@npm test --silent

check: setup ## format, lint, types, dead code, generated files
	@npm run check --silent

up: setup ## keep one Kafka with registry running, topics and schemas applied; eval "$$(make -s up)"
	@$(NODE) infra/embedded/main.ts up

# Nothing is installed for it: without a Node of ours only what an earlier one left behind can run.
down: ## stop it and remove its data
	@if [ ! -e $(KEPT) ] && [ ! -x $(NODE) ]; then echo 'Nothing was running.' >&2; \
	else { [ -x $(NODE) ] || infra/setup.sh; } && $(NODE) infra/embedded/main.ts down; fi

clean: down ## stop what runs and remove all that was fetched or made, but node_modules
	@rm -rf .crosspoint

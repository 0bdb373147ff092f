# Every target works from a fresh clone, in paths with spaces, and in an empty environment.
SHELL := /bin/sh
VENV := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help install run up down demo status test lint bench faults lock clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

install: ## the virtual environment .venv with everything locked
	@sh infra/local/install.sh

run: install ## everything in the foreground: installs, starts, plays the demo, stays up until Ctrl-C
	@exec $(VENV)/python -m infra.local run

up: install ## the same stack in the background; addresses and secrets in .local/stack.env
	@exec $(VENV)/python -m infra.local up

down: ## stop the stack and verify that nothing of it is left
	@if [ ! -d .local/run ]; then echo "Nothing was running."; exit; fi; \
	[ -x $(VENV)/python ] || sh infra/local/install.sh; exec $(VENV)/python -m infra.local down

demo: install ## up, the demo with its timeline, down; fails when a step is missing
	@exec $(VENV)/python -m infra.local demo

status: ## the processes of the stack
	@exec $(VENV)/python -m infra.local status

test: install ## the whole suite, on servers of its own, two modules at a time
	@exec $(VENV)/python -m pytest -n 2

lint: install ## style, types and architecture
	$(VENV)/python -m ruff check .
	$(VENV)/python -m ruff format --check .
	$(VENV)/python -m mypy
	$(VENV)/lint-imports --no-cache

bench: install ## the side-by-side benchmark
	@exec $(VENV)/python -m benchmarks

faults: install ## the long run of fault injection
	@exec $(VENV)/python -m pytest -m 'faults or long'

lock: install ## compile requirements/*.in into locks with hashes
	cd requirements && for name in runtime local dev node; do \
		UV_SYSTEM_CERTS=true ../.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header --override overrides.txt -o $$name.txt $$name.in || exit 1; \
	done

clean: down ## stop the stack and remove its data, the caches and .venv
	rm -rf .local .venv .mypy_cache .ruff_cache .pytest_cache askpro.egg-info

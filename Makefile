.DEFAULT_GOAL := help
.PHONY: help run test prove bench fmt
MAKEFLAGS += --no-print-directory

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Set up, then run the demo: a private PostgreSQL, the server and its clock
	@scripts/setup
	@cargo run -- demo

test: ## Set up, then run every test, the browser's included
	@scripts/setup --tests
	@cargo fmt --check
	@cargo clippy --all-targets -- -D warnings
	@cargo test

prove: ## Run the tests of reliability at their full figures (takes long)
	@scripts/setup --tests
	@SURETY_PROVE=full cargo test --release

bench: ## Measure, as a table of ratios
	@scripts/setup
	@cargo bench

fmt: ## Format the code
	@cargo fmt

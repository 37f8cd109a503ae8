# Every recipe is one line: the logic stands in packaging/dev, where it can say in a sentence what went wrong.
# PYTHON=... names the Python to build .venv with; ARGS=... is handed on, e.g. make test ARGS="-k gate".

.DEFAULT_GOAL := run
.PHONY: run demo test lint bench soak catalogues mutants screens packages clean
export PYTHON

run: ## start Ringfence: on your login when there is one, else the demo
	@packaging/dev/run $(ARGS)

demo: ## start the demo: the same app on a simulated account
	@packaging/dev/run demo $(ARGS)

test: ## everything: style, types, layers, and all tests, those of the desktop in one of their own
	@packaging/dev/test $(ARGS)

lint: ## style, types and layers alone
	@packaging/dev/lint

bench: ## start-up, memory, idle cost, speed of the gate
	@packaging/dev/bench $(ARGS)

soak: ## ten simulated days of everything that goes wrong (docs/reliability.md)
	@packaging/dev/soak $(ARGS)

catalogues: ## the catalogues of the languages: ARGS="update|compile|missing [LANGUAGE...]" (docs/translating.md)
	@packaging/dev/catalogues $(ARGS)

mutants: ## small changes of the gate's reader and decision that no test notices (docs/mutants.md)
	@packaging/dev/mutants $(ARGS)

screens: ## every screen in every state, drawn for a person to look at
	@packaging/dev/screens $(ARGS)

packages: ## wheel, bundle, .deb and .rpm: built, and each started as a new user would
	@packaging/dev/packages $(ARGS)

clean: ## away with everything that can be made again
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks .coverage dist build mutants
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

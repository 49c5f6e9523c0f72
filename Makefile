# Handover. `make` prints what there is.

MODULES  := . standalone
BIN      := bin
SCENARIO ?= leaver
ONCE     ?=
KILLS    ?= 50
RECORDED ?= leaver sole-admin drift undo annual-contract approvals brake doors joiner space review

GOLANGCI     := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
WORKFLOWCHECK := go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0
GOVULNCHECK  := golang.org/x/vuln/cmd/govulncheck@v1.9.0

# The simulator's contract tests compare with the vendor's OpenAPI document.
APOLLO_OPENAPI ?= $(wildcard $(abspath ../shared/apollo-openapi.json))
ifneq ($(APOLLO_OPENAPI),)
export APOLLO_OPENAPI
endif

.DEFAULT_GOAL := help
.PHONY: help demo test check format vet lint house workflowcheck bench e2e record vuln build up down secrets clean

help: ## print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z][a-z0-9_-]*:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  The first build takes minutes: Temporal's server is compiled into the standalone binary."

demo: $(BIN)/handover-standalone ## offboard a sample person in one process; SCENARIO=list names the stories, ONCE=1 exits when done
	@$(BIN)/handover-standalone --demo $(SCENARIO) $(if $(ONCE),--once) $(if $(INTERACTIVE),--interactive) $(DEMO_FLAGS)

# go build decides by itself what is stale; the flags are those of the tests, so
# that the embedded server is compiled once.
.PHONY: $(BIN)/handover $(BIN)/handover-standalone
$(BIN)/handover:
	@go build -o $@ ./cmd/handover

$(BIN)/handover-standalone:
	@[ -f $@ ] || echo "building: the first time takes minutes"
	@cd standalone && go build -o ../$@ .

build: $(BIN)/handover $(BIN)/handover-standalone ## bin/handover (against a Temporal cluster), bin/handover-standalone (all in one)

test: ## all tests of both modules but the browser's; race detector on the root module
	go test -race -timeout 30m ./...
	cd standalone && go test -timeout 30m ./...

check: format vet lint house workflowcheck test ## test and every static check

format: ## fail where gofmt would change something
	@out=$$(git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 -r ls -d 2>/dev/null | xargs -r gofmt -l); \
	if [ -n "$$out" ]; then echo "gofmt would change:"; echo "$$out"; exit 1; fi

vet: ## go vet in both modules
	@for m in $(MODULES); do (cd $$m && echo "go vet: $$m" && go vet -tags e2e ./...) || exit 1; done

lint: ## golangci-lint in both modules
	@bad=0; for m in $(MODULES); do (cd $$m && echo "lint: $$m" && go run $(GOLANGCI) run --config $(CURDIR)/.golangci.yml ./...) || bad=1; done; exit $$bad

house: ## the rules of the house: arrows, sizes, names, documents
	go test -count=1 ./internal/house

workflowcheck: ## workflow code is deterministic
	go run $(WORKFLOWCHECK) ./workflows

bench: build ## benchmarks with a table of results; fails when a stated bound is missed; UPDATE=1 writes docs/benchmarks.md
	cd standalone && go test -run '^$$' -bench . -benchtime 1x -timeout 60m ./bench $(if $(UPDATE),-update-docs)

# Pages take their time: one package after another, and nothing else beside them.
e2e: build ## browser tests: recipes on changed pages, the reviewer's page, a browser that dies; needs Chromium or Chrome
	go test -race -tags e2e -count=1 -p 1 -timeout 30m ./internal/browser ./internal/console ./internal/app
	cd standalone && go test -tags e2e -count=1 -timeout 30m -run Browser ./e2e

record: $(BIN)/handover-standalone ## record today's histories as replay fixtures; run once for each release, never edit what is there
	@mkdir -p workflows/testdata
	@for s in $(RECORDED); do $(BIN)/handover-standalone --demo $$s --once --data .handover/record --record workflows/testdata \
		--http 127.0.0.1:0 --temporal 127.0.0.1:0 --temporal-ui "" --apollo-sim 127.0.0.1:0 --slack-sim 127.0.0.1:0 || exit 1; done

vuln: ## known vulnerabilities in what is linked; needs the internet
	@for m in $(MODULES); do (cd $$m && echo "govulncheck: $$m" && go run $(GOVULNCHECK) ./...) || exit 1; done

# Slack is added where its token is among the secrets.
COMPOSE_FILES = -f docker-compose.yml $(if $(wildcard .handover/secrets/slack_bot_token),-f docker-compose.slack.yml)

up: secrets ## start the production shape with docker compose; docs/operations.md says what it needs
	@[ -f handover.yaml ] || { echo "handover.yaml is missing: start from docs/handover.example.yaml"; exit 1; }
	@[ -s .handover/secrets/apollo_api_key ] || { echo ".handover/secrets/apollo_api_key is missing: put the app's API key there"; exit 1; }
	docker compose $(COMPOSE_FILES) up --build

# Makes what is missing and never replaces what is there. The folder is closed to
# others; the files are readable for the containers' own users.
secrets: ## make the secrets of `make up` that can be made
	@mkdir -p -m 700 .handover .handover/secrets
	@cd .handover/secrets && for name in postgres_password handover_db_password temporal_db_password; do \
		[ -s $$name ] || openssl rand -hex 24 > $$name; done; \
	[ -s encryption_keys ] || echo "k1:$$(openssl rand -base64 32)" > encryption_keys; \
	[ -s signing_key ] || openssl rand -base64 32 > signing_key; \
	[ -s database_url ] || echo "postgres://handover:$$(cat handover_db_password)@postgres:5432/handover?sslmode=disable" > database_url; \
	chmod 644 *

down: ## stop what `make up` started; volumes stay
	docker compose $(COMPOSE_FILES) down

clean: ## remove what was built; data under .handover stays
	rm -rf $(BIN)

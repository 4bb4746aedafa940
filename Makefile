# `make help` lists the targets.

# Downloads and tools live outside the checkout, so that a second run is quick.
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/swarmgrid-dev

# The Locust releases that tests run against: the newest, and the last with the
# other verbs of /stop and /stats/reset.
LOCUST_VERSION     := 2.47.0
LOCUST_OLD_VERSION := 2.46.3
LOCUST_PYTHON      := $(CACHE)/locust-$(LOCUST_VERSION)/bin/python
LOCUST_OLD_PYTHON  := $(CACHE)/locust-$(LOCUST_OLD_VERSION)/bin/python

GOLANGCI_VERSION := v2.15.0
GOLANGCI         := $(CACHE)/bin/golangci-lint-$(GOLANGCI_VERSION)

# Long runs end with what failed, and why, instead of a line among thousands.
GOTESTSUM_VERSION := v1.13.0
GOTESTSUM         := $(CACHE)/bin/gotestsum-$(GOTESTSUM_VERSION)
TESTSUM            = $(GOTESTSUM) --hide-summary skipped $(RERUN)

# With SECOND_TRY=1 a failed test runs once more, alone, and is listed in bin/flaky-TARGET.txt.
ifdef SECOND_TRY
RERUN = --rerun-fails=1 --rerun-fails-max-failures=5 --rerun-fails-abort-on-data-race --rerun-fails-report=bin/flaky-$@.txt
endif

# What build makes: the programs, and the service of the tutorial.
PROGRAMS := ./cmd/... ./examples/shop

# What the container image is called.
IMAGE   ?= swarmgrid.dev/swarmgrid:dev
CLUSTER := go run ./test/cluster -cache $(CACHE) -locust-python $(LOCUST_PYTHON)

export SWARMGRID_TEST_LOCUST_PYTHON     := $(LOCUST_PYTHON)
export SWARMGRID_TEST_LOCUST_PYTHON_OLD := $(LOCUST_OLD_PYTHON)

# Where `make install` puts the programs.
BINDIR = $(if $(PREFIX),$(PREFIX)/bin,$(or $(shell go env GOBIN),$(HOME)/.local/bin))

# How many times `make chaos` kills the driver, and how long `make fuzz` spends per target.
KILLS    ?= 50
FUZZTIME ?= 60s

.DEFAULT_GOAL := help
.PHONY: help build install uninstall demo image test lint cross generate web page pictures verify bench bench-page e2e e2e-local e2e-cluster cluster-up cluster-down chaos windows fuzz truth clean

##@ Daily

build: ## Build the programs into bin/
	go build -o bin/ $(PROGRAMS)

demo: build ## Show the main job: scale a service, load it, measure it, write the reports
	PATH="$(CURDIR)/bin:$$PATH" bin/swarmgrid run examples/demo.yaml

test: $(LOCUST_PYTHON) $(LOCUST_OLD_PYTHON) $(GOTESTSUM) web/node_modules ## Run all tests with the race detector, those with real Locust too
	@# -count 1: some tests build and run the programs, which the test cache does not see
	@mkdir -p bin
	$(TESTSUM) --format standard-quiet --packages ./... -- -race -count 1 -timeout 20m
	@# Those of bounded memory are smaller under the race detector, and whole here.
	go test -count 1 -run '^TestMemory' ./internal/swarm/...
	npm --prefix web test --silent

lint: $(GOLANGCI) ## Run the linters of .golangci.yml
	$(GOLANGCI) run ./...

generate: ## Write the generated files again: docs/cli.md, deploy/ and the goldens
	go test ./internal/cli ./internal/draft ./internal/report ./internal/page ./internal/manifests -update

web: web/node_modules ## Build the page of web/ into internal/page/dist (Node 20 or newer)
	npm --prefix web run --silent build

verify: ## Fail when generated files, formatting or go.mod are out of date
	hack/verify.sh

page: build web/node_modules $(GOTESTSUM) ## Look at the page of reports in a real Chromium; what it looked like is in bin/page
	hack/chromium.sh
	$(TESTSUM) --format standard-quiet --packages ./test/page/... -- -tags page -timeout 10m -count 1

e2e-local: build $(LOCUST_PYTHON) $(LOCUST_OLD_PYTHON) $(GOTESTSUM) ## Run the end-to-end tests that `make test` leaves out: the full matrix, real Locust, kills
	$(TESTSUM) --format standard-verbose --packages ./test/e2e -- -tags e2e -run "$$(hack/long-tests.sh)" -timeout 60m -count 1 -args -kills $(KILLS)

clean: ## Remove what was built; downloads stay in the cache
	rm -rf bin

##@ Now and then

help: ## Show this list
	@awk -F ':.*## ' '/^##@ /{printf "%s%s:\n", gap, substr($$0, 5); gap = "\n"} /^[a-z0-9-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## Build the programs into GOBIN, else ~/.local/bin, or with PREFIX=DIR into DIR/bin
	@hack/install.sh "$(BINDIR)"

uninstall: ## Remove them from there
	rm -f $(patsubst cmd/%,"$(BINDIR)"/%,$(wildcard cmd/*))

image: ## Write the container images, and those of the services to try, to bin/*-image.tar, without Docker
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/image/ $(PROGRAMS)
	go run ./hack/image $(IMAGE) bin/image/swarmgrid bin/swarmgrid-image.tar
	go run ./hack/image swarmgrid.dev/inference-sim:dev bin/image/inference-sim bin/inference-sim-image.tar
	go run ./hack/image swarmgrid.dev/shop:dev bin/image/shop bin/shop-image.tar

cross: ## Compile for the systems on which only the cluster verbs and the load run
	GOOS=windows go build -o /dev/null $(PROGRAMS)
	GOOS=darwin go build -o /dev/null $(PROGRAMS)

bench: ## Compare our load path with its peers, side by side
	go test -run '^$$' -bench . -benchmem ./internal/httpuser ./internal/swarm/... ./internal/stats

bench-page: build ## Time reports and their page: writing, first paint, every interaction
	hack/chromium.sh
	go test -tags page -count 1 -v -run '^TestSpeed$$' ./test/page -args -speed

pictures: build ## Draw the pictures of docs/pictures again, from a simulated run of examples/demo.yaml
	hack/chromium.sh
	go test -tags page -count 1 -run '^TestPictures$$' ./test/page -args -pictures

e2e: e2e-local e2e-cluster ## Run all end-to-end tests: e2e-local, then those in a real Kubernetes on this machine, as root

# A cluster of your own is taken only from the command line, never from the environment:
# nobody's production is loaded because a shell happened to have KUBECONFIG.
ifeq ($(origin KUBECONFIG),command line)
e2e-cluster: export SWARMGRID_TEST_KUBECONFIG = $(KUBECONFIG)
else
e2e-cluster: export SWARMGRID_TEST_KUBECONFIG = $(CACHE)/cluster/admin.kubeconfig
e2e-cluster: export SWARMGRID_TEST_TESTBED = $(CACHE)/cluster
e2e-cluster: cluster-up
endif
e2e-cluster: $(GOTESTSUM) ## Run those in Kubernetes: against the testbed, or any cluster with KUBECONFIG=FILE
	@# -p 1: a test of one package stops the API server, which those of the next need
	@mkdir -p bin
	$(TESTSUM) --format standard-verbose --packages "./test/kube/... ./internal/driver ./internal/cluster ./internal/platform/kube" -- -tags cluster -timeout 60m -p 1 -count 1

cluster-up: $(LOCUST_PYTHON) ## Start a real Kubernetes of one node on this machine, as root (docs/testbed.md)
	$(CLUSTER) up

cluster-down: ## End it and take its traces away
	$(CLUSTER) down

chaos: build ## Kill the driver KILLS times at random moments and see that nothing is lost
	go test -tags e2e -timeout 60m -count 1 -v -run TestKills ./test/e2e -kills $(KILLS)

windows: build $(LOCUST_PYTHON) ## Compare windows of Python Locust of every length with what the target counts
	go test -tags e2e -timeout 60m -count 1 -v -run TestReportPhases ./test/e2e -windows

truth: ## Hold what is measured of simulated and real queues against what is known of them, at length
	go test -count 1 -v -timeout 60m ./internal/queueing/queuetest ./internal/stats/interval ./internal/stats/steady ./internal/search -args -truth
	go test -tags e2e -count 1 -v -timeout 90m -run TestTruthOf ./test/e2e -args -truth -answers 20

fuzz: ## Run every fuzz target for FUZZTIME
	hack/fuzz.sh $(FUZZTIME)

web/node_modules: web/package-lock.json
	npm --prefix web ci --silent
	@touch $@

$(CACHE)/locust-%/bin/python:
	hack/locust-venv.sh $* $(CACHE)/locust-$*

$(GOLANGCI):
	GOBIN=$(CACHE)/bin/new go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(CACHE)/bin/new/golangci-lint $@

$(GOTESTSUM):
	GOBIN=$(CACHE)/bin/new go install gotest.tools/gotestsum@$(GOTESTSUM_VERSION)
	mv $(CACHE)/bin/new/gotestsum $@

# Everything a checkout can do, on a machine with Python 3.11 or later, git and make. `make` alone lists it.
#
#   PYTHON=python3.12   the interpreter the virtual environment is made of
#   ARGS="-k batch"     further arguments of the tool behind a target (pytest, ansible-test sanity, the emulated tenant, ...)
#   JOBS=2              test processes; 0 runs the tests in pytest's own process
#   EXAMPLES=100        how many option sets `make property-tests` draws for each type of object

.POSIX:
.SUFFIXES:
.DEFAULT_GOAL := help
SHELL := /bin/sh

ARGS =
JOBS = 2
EXAMPLES = 100
ANSWERS = 20000
PYTHON =

PY = "$(CURDIR)/.venv/bin/python"
# Ansible and its tools find a collection by this path only; the checkout may lie anywhere.
TREE = .build/ansible_collections/mobilesec/intune
IN_TREE = cd $(TREE) && PYTHONPATH="$(CURDIR)/.build:$(CURDIR)/$(TREE)"

export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.build
export ANSIBLE_HOME := $(CURDIR)/.build/ansible
export GIT_CEILING_DIRECTORIES := $(CURDIR)
export LC_ALL := C.UTF-8
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Neither the user's Ansible settings nor the user's own tenant have a part in what happens here.
export ANSIBLE_CONFIG := $(CURDIR)/.build/ansible.cfg
unexport AZURE_AUTHORITY_HOST AZURE_CLIENT_CERTIFICATE_PASSWORD AZURE_CLIENT_CERTIFICATE_PATH AZURE_CLIENT_ID AZURE_CLIENT_SECRET \
	AZURE_CLOUD_ENVIRONMENT AZURE_FEDERATED_TOKEN_FILE AZURE_SECRET AZURE_TENANT AZURE_TENANT_ID \
	HARMONY_ACCESS_KEY HARMONY_CLIENT_ID HARMONY_URL INTUNE_ACCESS_TOKEN INTUNE_CA_PATH INTUNE_GRAPH_URL INTUNE_IN_PROCESS INTUNE_TOKEN_CACHE

# A virtual environment does not survive a move of its directory.
ifneq ($(shell cat .venv/.place 2>/dev/null || echo "$(CURDIR)"),$(CURDIR))
$(shell rm -rf .venv)
endif

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-24s %s\n", $$1, $$2}'

.PHONY: demo
demo: tree ## onboard an emulated tenant, find drift, ask for the health, and offboard it, within two minutes
	@$(IN_TREE) $(PY) tests/demo/demo.py $(ARGS)

.PHONY: test
test: tree ## unit and integration tests, the first guide, and the short forms of the long targets below
	@echo "This takes about 13 minutes on two cores. Shorter: make unit"
	@$(IN_TREE) $(PY) -m pytest -n $(JOBS) tests/unit tests/integration tests/guides/test_first_onboarding.py tests/faults tests/canary $(ARGS)

.PHONY: unit
unit: tree ## unit tests
	@$(IN_TREE) $(PY) -m pytest -n $(JOBS) tests/unit $(ARGS)

.PHONY: units
units: tree ## the unit tests as ansible-test runs them, each in a process of its own: ARGS="tests/unit/plugins/modules/"
	@$(PY) tests/tools/run_ansible_test.py .build/home $(TREE) units --local --num-workers $(JOBS) \
		--python "$$($(PY) -c 'import sys; print("%d.%d" % sys.version_info[:2])')" $(ARGS)

.PHONY: integration
integration: tree ## the modules and the role, run by ansible-playbook against the emulated tenant
	@$(IN_TREE) $(PY) -m pytest -n $(JOBS) tests/integration $(ARGS)

.PHONY: integration-targets
integration-targets: tree ## tests/integration/targets by ansible-test, on an emulated tenant or on yours: ARGS="intune_group"
	@$(IN_TREE) $(PY) -m tests.tools.integration_targets "$(CURDIR)" "$(CURDIR)/$(TREE)" $(ARGS)

.PHONY: molecule
molecule: tree .venv/.molecule-installed ## the scenarios of extensions/molecule, each on emulated tenants of its own: ARGS="onboard"
	@set -e; cd $(TREE)/extensions; for scenario in $(or $(ARGS),onboard adopt offboard many_tenants threat_consequence); do \
		echo "molecule: $$scenario"; molecule --base-config molecule/config.yml test -s $$scenario; done

.PHONY: awx ee
awx: tree .venv/.awx-installed .build/awx/.installed ## what extensions/awx sets up: by the schema of awx.awx, and its jobs by ansible-runner
	@$(IN_TREE) AWX_COLLECTIONS="$(CURDIR)/.build/awx" $(PY) -m pytest -n 0 tests/awx $(ARGS)

.PHONY: eda
eda: tree .venv/.eda-installed ## the rulebooks by ansible-rulebook, and the event source with 50,000 devices; needs Java 17
	@$(IN_TREE) $(PY) -m pytest -s -rs -n 0 tests/eda $(ARGS)

ee: .venv/.awx-installed ## the build context of the execution environment, in .build/ee
	@ansible-builder create --file extensions/ee/execution-environment.yml --context .build/ee

.PHONY: browser
browser: tree .venv/.browser-installed ## the page of the playbook report in Chromium, if it is installed; screenshots in .build/browser
	@$(IN_TREE) BROWSER_OUTPUT="$(CURDIR)/.build/browser" $(PY) -m pytest -n 0 tests/browser $(ARGS)

.PHONY: versions
versions: tree ## the demo with every version of ansible-core that fits a Python of this machine: ARGS="2.17 2.21"
	@$(IN_TREE) $(PY) tests/tools/versions.py "$(CURDIR)/.build/versions" $(ARGS)

.PHONY: integration-both
integration-both: tree ## every integration test in Ansible's own process and as modules, and every playbook for many tenants
	@$(IN_TREE) TENANTS=all $(PY) -m pytest -n $(JOBS) tests/integration --both-ways $(ARGS)

.PHONY: guides
guides: tree ## follow every guide: its commands in order, on emulated tenants, with the output that it shows
	@$(IN_TREE) $(PY) -m pytest -n $(JOBS) tests/guides $(ARGS)

.PHONY: test-faults fuzz canary race
test-faults: tree ## every module, the inventory and the role under every fault, into docs/fault_matrix.md: ARGS="429 batch"
	@$(IN_TREE) $(PY) -m tests.faults.matrix --jobs $(JOBS) --output "$(CURDIR)/docs/fault_matrix.md" $(ARGS)
	@$(IN_TREE) FAULTS=all $(PY) -m pytest -q -n $(JOBS) tests/faults/test_role.py

fuzz: tree ## mutated answers for everything that reads or writes: ANSWERS=20000
	@$(IN_TREE) $(PY) -m tests.fuzz.fuzz --jobs $(JOBS) --answers $(ANSWERS) $(ARGS)
	@$(IN_TREE) FAULTS=all $(PY) -m pytest -q -n $(JOBS) tests/faults/test_role.py -k mutated

canary: tree ## a secret in every option that takes one, in both ways of running, and what can be found of it afterwards
	@$(IN_TREE) CANARY=all $(PY) -m pytest -n $(JOBS) tests/canary $(ARGS)

race: tree ## onboardings of one tenant at once, of many tenants at once, and runs that are killed at each write
	@$(IN_TREE) $(PY) -m tests.race.race $(ARGS)

.PHONY: property-tests
property-tests: tree ## many more of the drawn option sets that "make test" tries: EXAMPLES=300
	@$(IN_TREE) PROPERTY_EXAMPLES=$(EXAMPLES) $(PY) -m pytest -n $(JOBS) tests/unit/properties $(ARGS)

.PHONY: round-trip
round-trip: tree ## whether what a tenant has is shown and given back unchanged: 1,000 bodies drawn from Microsoft's schema
	@$(IN_TREE) ROUND_TRIP=16 $(PY) -m pytest -q -s tests/unit/properties/test_round_trip.py $(ARGS)

.PHONY: samples
samples: tree ## which samples of Microsoft's documentation the modules can express
	@$(IN_TREE) $(PY) -m pytest -q -s tests/unit/plugins/module_utils/intune/test_documentation_samples.py $(ARGS)

.PHONY: bench bench-azure
bench: tree ## tasks, the role, loops and tenants in process and as modules beside ping, uri and azure_rm_adgroup, into docs/bench: ARGS="--rounds 15"
	@$(IN_TREE) $(PY) -m tests.bench.tasks --azure "$(CURDIR)/.build/azure/bin/python" \
		--clients "$(CURDIR)/.build/bench/bin/python" --output "$(CURDIR)/docs/bench" $(ARGS)

bench-azure: .venv/.installed ## install azure.azcollection and all that it requires for bench to compare with
	@$(PY) -m venv .build/azure
	@.build/azure/bin/python -m pip install --quiet --quiet --disable-pip-version-check "ansible>=12,<13"
	@.build/azure/bin/python -m pip install --quiet --quiet --disable-pip-version-check \
		-r .build/azure/lib/python*/site-packages/ansible_collections/azure/azcollection/requirements.txt

.PHONY: bench-fleet bench-coverage bench-tenants bench-charts bench-clients
bench-fleet: tree ## read fleets of 1k, 20k and 100k devices in several ways, into docs/bench: ARGS="--large --rounds 5"
	@$(IN_TREE) $(PY) -m tests.bench.fleet --clients "$(CURDIR)/.build/bench/bin/python" --output "$(CURDIR)/docs/bench" $(ARGS)

bench-coverage: tree ## compare 100,000 devices of Intune with those of Harmony Mobile; ARGS="--devices 1000"
	@$(IN_TREE) $(PY) -m tests.bench.coverage $(ARGS)

bench-tenants: tree ## playbooks over 50 tenants, side by side and one after the other, into docs/bench: ARGS="--tenants 10"
	@$(IN_TREE) $(PY) -m tests.bench.tenants --output "$(CURDIR)/docs/bench" $(ARGS)

bench-charts: tree ## draw the charts of docs/bench anew from its figures
	@$(IN_TREE) $(PY) -m tests.bench.redraw "$(CURDIR)/docs/bench"

bench-clients: .venv/.installed ## install IntuneCD and msgraph-sdk for bench and bench-fleet to compare with
	@$(PY) -m venv .build/bench
	@.build/bench/bin/python -m pip install --quiet --quiet --disable-pip-version-check -r tests/requirements-bench.txt

.PHONY: check check-all
check: lint doc sanity-versions test guides molecule ## linters, documentation, sanity of three versions of ansible-core, tests, guides and molecule

check-all: ## the same with every version of ansible-core that fits a Python of this machine, and all other checks
	@$(MAKE) --no-print-directory lint doc test guides molecule ARGS=
	@$(MAKE) --no-print-directory sanity-versions ARGS=all
	@$(MAKE) --no-print-directory versions ARGS=
	@$(MAKE) --no-print-directory integration-both units integration-targets awx ee eda browser installed importer ARGS=

.PHONY: lint ruff radon mypy yamllint ansible-lint docs-lint licenses
lint: ruff radon mypy yamllint ansible-lint docs-lint licenses ## all linters; `make -k lint` goes on after a finding

ruff: .venv/.lint-installed
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .

# No function of complexity D or worse.
radon: .venv/.lint-installed
	@! $(PY) -m radon cc --show-complexity --min D plugins | grep .

mypy: tree .venv/.lint-installed
	@cd .build && MYPYPATH=. $(PY) -m mypy --config-file "$(CURDIR)/pyproject.toml" --package ansible_collections.mobilesec.intune.plugins
	@cd $(TREE) && MYPYPATH="$(CURDIR)/$(TREE):$(CURDIR)/.build" $(PY) -m mypy -p tests

yamllint: .venv/.lint-installed
	@$(PY) -m yamllint --strict .

ansible-lint: tree .venv/.lint-installed
	@cd $(TREE) && ansible-lint --strict -q

docs-lint: tree .venv/.lint-installed
	@cd $(TREE) && antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self .
	@cd $(TREE) && antsibull-changelog lint

licenses: .venv/.lint-installed
	@$(PY) -m reuse lint --quiet || $(PY) -m reuse lint

.PHONY: sanity
sanity: tree ## ansible-test sanity of the installed ansible-core
	@$(PY) tests/tools/run_ansible_test.py .build/home $(TREE) sanity --local $(ARGS)

.PHONY: sanity-versions
sanity-versions: tree ## sanity of the oldest, the middle and the newest ansible-core that fits a Python of this machine: ARGS="2.18", ARGS=all
	@$(IN_TREE) $(PY) -m tests.tools.sanity_versions "$(CURDIR)/.build/versions" "$(CURDIR)/$(TREE)" $(ARGS)

.PHONY: build
build: tree ## the collection as a tarball, in dist/
	@mkdir -p dist
	@ansible-galaxy collection build --force --output-path dist $(TREE)

.PHONY: installed
installed: build ## install the tarball offline where nothing else is, and run a playbook of it
	@PYTHONPATH="$(CURDIR)" $(PY) -m tests.tools.installed \
		"dist/mobilesec-intune-$$(sed -n 's/^version: *//p' galaxy.yml).tar.gz"

.PHONY: importer
importer: build .venv/.lint-installed ## what Galaxy checks when a collection is uploaded
	@mkdir -p .build/importer
	@cd .build/importer && GALAXY_IMPORTER_CONFIG="$(CURDIR)/tests/tools/galaxy-importer.cfg" $(PY) -m galaxy_importer.main \
		"$(CURDIR)/dist/mobilesec-intune-$$(sed -n 's/^version: *//p' ../../galaxy.yml).tar.gz"

.PHONY: doc
doc: tree .venv/.lint-installed ## the documentation as HTML, in .build/doc/html
	@rm -rf .build/doc && mkdir -p .build/doc/rst && chmod go-w .build/doc/rst
	@antsibull-docs sphinx-init --use-current --squash-hierarchy --lenient --dest-dir .build/doc \
		--title mobilesec.intune mobilesec.intune > /dev/null
	@# The inventories of other projects' documentation come from hosts that a closed network does not reach.
	@$(PY) tests/tools/ansible_inventory.py .build/doc/ansible.inv
	@echo "intersphinx_mapping = {'ansible': ('https://docs.ansible.com/ansible/devel/', '$(CURDIR)/.build/doc/ansible.inv')}" >> .build/doc/conf.py
	@cd .build/doc && antsibull-docs --config-file antsibull-docs.cfg collection --use-current --squash-hierarchy --cleanup everything \
		--fail-on-error --dest-dir rst mobilesec.intune > /dev/null
	@$(PY) -m sphinx -q -W --keep-going -b html .build/doc/rst .build/doc/html -c .build/doc

.PHONY: changelog
changelog: .venv/.lint-installed tree ## what the changelog of the next release will say
	@cd $(TREE) && antsibull-changelog generate --output - --output-format md --only-latest

.PHONY: derived
derived: tree ## after adding a module: write action plugins, action group, lists and permission notes
	@PYTHONPATH="$(CURDIR)/.build" $(PY) tests/tools/derive.py
	@$(MAKE) --no-print-directory permissions

.PHONY: permissions
permissions: tree ## write the permissions of the catalogue into notes and guide; ARGS=--check
	@PYTHONPATH="$(CURDIR)/.build" $(PY) tests/tools/permission_docs.py $(ARGS)

.PHONY: contract
contract: .venv/.installed ## write the emulated tenant's schema data anew from the published packages
	@$(PY) tests/emulator/contract/generate.py $(ARGS)

.PHONY: contract-check
contract-check: .venv/.installed ## say whether the emulated tenant's schema data is what its generator makes
	@$(PY) tests/emulator/contract/generate.py --check $(ARGS)

.PHONY: emulator
emulator: .venv/.installed ## start the emulated tenant: ARGS="--port 8443 --devices 300"
	@PYTHONPATH="$(CURDIR)" $(PY) -m tests.emulator $(ARGS)

.PHONY: venv install
venv: .venv/.installed ## the virtual environment of the demo and the tests
install: venv

.PHONY: tree
tree: .venv/.installed ## copy the checkout to where Ansible finds it
	@$(PY) tests/tools/sync_tree.py . $(TREE)
	@echo '[defaults]' > .build/ansible.cfg

.PHONY: constraints
constraints: .venv/.lint-installed .venv/.molecule-installed .venv/.awx-installed .venv/.eda-installed ## write the versions in .venv to tests/constraints.txt
	@{ echo "# Versions of the tools that worked together; made by 'make constraints'."; $(PY) -m pip freeze; } > tests/constraints.txt

.PHONY: clean
clean: ## remove what the other targets made
	rm -rf .build .venv dist .mypy_cache .pytest_cache .ruff_cache

.venv/.installed: requirements.txt tests/requirements.txt
	@set -e; \
	for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Python 3.11 or later is needed and none was found; name one with: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$found has no venv module; on Debian and Ubuntu install the package python3-venv" >&2; exit 1; \
	fi; \
	echo "Installing the requirements into .venv ..."; \
	$$found -m venv .venv; \
	echo "$(CURDIR)" > .venv/.place; \
	$(PY) -m pip install --quiet --quiet --disable-pip-version-check -r tests/requirements.txt; \
	touch $@

.venv/.%-installed: .venv/.installed tests/requirements-%.txt
	@echo "Installing tests/requirements-$*.txt into .venv ..."
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check -r tests/requirements-$*.txt
	@touch $@

# The collection awx.awx comes with the package ansible.
.build/awx/.installed: .venv/.installed
	@echo "Installing awx.awx into .build/awx ..."
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check --no-deps --target .build/awx "ansible>=12,<13"
	@touch $@

# Liaison. `make help` lists the targets.
#   BUILD=release|debug|asan   OUT=build/$(BUILD)   PORT_BASE=8600 (moves every port of `make run`)
BUILD     ?= release
OUT       ?= build/$(BUILD)
PORT_BASE ?= 8600
PYTHON    ?= /usr/bin/python3
SERVICES  := ctl intake feed notify dashboard
VERSION   := 0.1.0
export BUILD OUT PORT_BASE

PKGS_common    := libzmq libpq jansson libuv libsodium expat icu-uc icu-i18n
PKGS_intake    := $(PKGS_common) geos
PKGS_feed      := $(PKGS_common) openssl
PKGS_notify    := $(PKGS_common) libcurl gmime-3.0 libxml-2.0
PKGS_dashboard := $(PKGS_common) openssl libcurl
PKGS_ctl       := $(PKGS_notify) libical
PKGS_http      := $(PKGS_common) openssl
PKGS_unit      := $(PKGS_common) libcurl gmime-3.0 libxml-2.0
LLHTTP         ?= /usr/share/llhttp# Debian ships llhttp, a parser of HTTP, as source (node-llhttp)
LISTENING      := feed dashboard # they link common/http
LIBS_common    := -linih -lm
LIBS_intake    := -lgeos_c
LIBS_feed      := -lcsv -lz

# Symbols are bound at start-up (-z now), so calls need no stubs. Objects contain machine code and the data for
# link-time optimisation. Only intake, which all events pass, is linked with it; the others link faster without.
CFLAGS_release := -O3 -g -D_FORTIFY_SOURCE=2 -fno-plt -flto=auto -ffat-lto-objects
PLAIN_release  := -fno-lto
CFLAGS_debug   := -Og -g3
CFLAGS_asan    := -O1 -g3 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDFLAGS_asan   := -fsanitize=address,undefined
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Wpointer-arith -Werror
CFLAGS   += -std=gnu17 -D_GNU_SOURCE -DLIAISON_VERSION='"$(VERSION)"' -fvisibility=hidden -fstack-protector-strong \
            $(WARNINGS) $(CFLAGS_$(BUILD)) $(EXTRA_CFLAGS) -I. -Icommon -Icommon/http -Icommon/message -isystem $(LLHTTP)/../include/llhttp
LDFLAGS  += $(LDFLAGS_$(BUILD)) -Wl,-z,relro,-z,now -Wl,--as-needed

pkg-cflags = $(shell pkg-config --cflags $(filter-out geos,$(1)) 2>/dev/null)
pkg-libs   = $(shell pkg-config --libs $(filter-out geos,$(1)) 2>/dev/null)

# The folders of a service's headers, which its own files and the tests may include.
# liaisonctl tries rules by the code of notify that decides, behind one header.
headers = $(addprefix -I,$(sort $(patsubst %/,%,$(dir $(wildcard services/$(1)/*.h services/$(1)/*/*.h)))) $(TRIES_$(1)))
TRIES_ctl := services/notify/trial
obj     = $(patsubst %.c,$(OUT)/obj/%.o,$(1))
sql     = $(patsubst %.sql,$(OUT)/obj/%.sql.o,$(wildcard $(1)/sql/*.sql) $(patsubst %.in,%,$(wildcard $(1)/sql/*.sql.in)))
COMMON  := $(call obj,$(wildcard common/*.c common/message/*.c)) $(call sql,common) $(patsubst %,$(OUT)/obj/%.o,$(wildcard common/words/*.json))
HTTP    := $(call obj,$(wildcard common/http/*.c)) $(patsubst %,$(OUT)/obj/llhttp/%.o,api http llhttp)
program = $(if $(filter ctl,$(1)),liaisonctl,liaison-$(1))
BINS    := $(foreach s,$(SERVICES),$(if $(wildcard services/$(s)/main.c),$(OUT)/bin/$(call program,$(s))))
UNITS   := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(wildcard tests/unit/test_*.c))

all: $(BINS) $(OUT)/gen/event.schema.json web ## Build the programs, the generated files and the page
.PHONY: all $(SERVICES) web unit integration browser fuzz generated generated-fields generated-settings test test-faults test-mutants test-scale test-containers nightly bench lint format run stop demo-city clean install help deps

$(OUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc    $<"
	@$(CC) $(CFLAGS) $(call headers,$(if $(filter services/%,$<),$(word 2,$(subst /, ,$<)),$(if $(filter tests/%,$<),*))) \
	    $(call pkg-cflags,$(PKGS_$(or $(filter $(SERVICES) http unit,$(word 2,$(subst /, ,$<))),common))) -MMD -MP -c $< -o $@

# Statements: a file of SQL is a list of them (common/db.h).
.PRECIOUS: $(OUT)/gen/%.sql.c
$(OUT)/gen/%.sql.c: %.sql deploy/sql-to-c.awk
	@mkdir -p $(@D)
	@awk -f deploy/sql-to-c.awk $< > $@ || { rm -f $@; exit 1; }

# A statement over all columns is a template; they come from common/dictionary.def.
$(OUT)/bin/intake-columns: $(call obj,services/intake/tools/intake-columns.c services/intake/store/columns.c) $(OUT)/libcommon.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(LDFLAGS) $(PLAIN_$(BUILD)) -o $@ $^ $(call pkg-libs,$(PKGS_common)) $(LIBS_common)

$(OUT)/gen/columns: $(OUT)/bin/intake-columns
	@mkdir -p $(@D)
	@$< > $@

.PRECIOUS: $(OUT)/gen/%.sql
$(OUT)/gen/%.sql: %.sql.in $(OUT)/gen/columns deploy/sql-expand.awk
	@mkdir -p $(@D)
	@awk -f deploy/sql-expand.awk $(OUT)/gen/columns $< > $@ || { rm -f $@; exit 1; }

$(OUT)/gen/%.sql.c: $(OUT)/gen/%.sql deploy/sql-to-c.awk
	@awk -f deploy/sql-to-c.awk $< > $@ || { rm -f $@; exit 1; }

$(OUT)/obj/%.sql.o: $(OUT)/gen/%.sql.c
	@mkdir -p $(@D)
	@echo "  sql   $*.sql"
	@$(CC) $(CFLAGS) $(call pkg-cflags,$(PKGS_common)) -MMD -MP -c $< -o $@

# The catalogue of texts for people (common/catalogue.h).
.PRECIOUS: $(OUT)/gen/%.json.c
$(OUT)/gen/%.json.c: %.json deploy/words-to-c.awk
	@mkdir -p $(@D)
	@LC_ALL=C awk -f deploy/words-to-c.awk $< > $@ || { rm -f $@; exit 1; }

$(OUT)/obj/%.json.o: $(OUT)/gen/%.json.c
	@mkdir -p $(@D)
	@echo "  words $*.json"
	@$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

# In llhttp's strict mode, and without our warnings.
$(OUT)/obj/llhttp/%.o: $(LLHTTP)/%.c
	@mkdir -p $(@D)
	@echo "  cc    $<"
	@$(CC) -std=gnu17 -D_GNU_SOURCE -DLLHTTP_STRICT_MODE=1 -fvisibility=hidden -fstack-protector-strong \
	    $(CFLAGS_$(BUILD)) $(EXTRA_CFLAGS) -I$(LLHTTP)/../include/llhttp -c $< -o $@

$(OUT)/libcommon.a: $(COMMON)
	@rm -f $@ && $(AR) rcs $@ $^

$(OUT)/libhttp.a: $(HTTP)
	@rm -f $@ && $(AR) rcs $@ $^

# A service is a library of its modules, which unit tests link, and a main that wires them.
define SERVICE
OBJ_$(1) := $$(call obj,$$(filter-out services/$(1)/main.c services/$(1)/tools/%,$$(wildcard services/$(1)/*.c services/$(1)/*/*.c))) \
    $$(call sql,services/$(1))
$$(OUT)/lib$(1).a: $$(OBJ_$(1))
	@rm -f $$@ && $$(AR) rcs $$@ $$^
$$(OUT)/bin/$$(call program,$(1)): $$(call obj,services/$(1)/main.c) $$(OUT)/lib$(1).a \
    $(if $(filter ctl,$(1)),$$(OUT)/libnotify.a) $(if $(filter $(1),$(LISTENING)),$$(OUT)/libhttp.a) $$(OUT)/libcommon.a
	@mkdir -p $$(@D)
	@echo "  ld    $$(@F)"
	@$$(CC) $$(CFLAGS) $$(LDFLAGS) $(if $(filter-out intake,$(1)),$$(PLAIN_$$(BUILD))) -o $$@ $$^ $$(call pkg-libs,$$(PKGS_$(1))) $$(LIBS_$(1)) $$(LIBS_common)
$(1): $$(OUT)/bin/$$(call program,$(1)) ## Build one service
endef
$(foreach s,$(SERVICES),$(eval $(call SERVICE,$(s))))

$(OUT)/bin/liaison-dictionary: $(call obj,common/tools/liaison-dictionary.c) $(OUT)/libcommon.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(LDFLAGS) $(PLAIN_$(BUILD)) -o $@ $^ $(call pkg-libs,$(PKGS_common)) $(LIBS_common)

$(OUT)/gen/event.schema.json: $(OUT)/bin/liaison-dictionary
	@mkdir -p $(@D)
	@$< schema > $@

# Files that are generated from the dictionary and the tables of settings, and committed; tests compare them.
CONFIGURED := $(foreach s,$(filter-out ctl,$(SERVICES)),$(OUT)/bin/$(call program,$(s)))

generated: generated-fields generated-settings ## Make the files that follow from the dictionary and the settings

generated-fields: $(OUT)/bin/liaison-dictionary $(OUT)/gen/deploy/schema/r_fold.sql
	@$< markdown > docs/data-dictionary.md
	@cp $(OUT)/gen/deploy/schema/r_fold.sql deploy/schema/r_fold.sql

generated-settings: $(CONFIGURED)
	@awk -f deploy/settings.awk $(CONFIGURED) > docs/settings.md

web: ## Build the page (services/dashboard/web) into $(OUT)/web
	@if [ -f services/dashboard/web/build.sh ]; then OUT=$(abspath $(OUT)) services/dashboard/web/build.sh; fi

$(OUT)/unit/%: $(OUT)/obj/tests/unit/%.o $(foreach s,$(SERVICES),$(OUT)/lib$(s).a) $(OUT)/libhttp.a $(OUT)/libcommon.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(LDFLAGS) $(PLAIN_$(BUILD)) -o $@ $< $(foreach s,$(SERVICES),$(OUT)/lib$(s).a) $(OUT)/libhttp.a $(OUT)/libcommon.a \
	    $(call pkg-libs,$(PKGS_intake) $(PKGS_notify) $(PKGS_dashboard) $(PKGS_ctl)) $(LIBS_intake) $(LIBS_feed) -lcmocka $(LIBS_common)

unit: $(UNITS) ## Unit tests (cmocka)
	@fail=0; for t in $^; do echo "== $$(basename $$t)"; $$t || fail=1; done; exit $$fail

deps: ## Install what is missing (Debian packages), and say so
	@deploy/install-deps.sh

test: deps ## All tests: unit, integration, faults, browser, a short fuzz pass, with sanitizers
	@tests/run.sh

integration browser: all ## Black-box tests with real parts; pages in a real browser
	@tests/run.sh $@

test-faults: all ## The fault tests (ROUNDS=N SLOW_ROUNDS=N)
	@tests/run.sh faults

test-scale: ## What statements touch beside a long history (SIZE=large: a million calls)
	@tests/run.sh scale

test-containers: ## docker-compose.yml on a real engine, from nothing; skipped where there is none
	@tests/run.sh containers

nightly: ## What is too long for `make test`: lint, long fuzz, mutants, long HTTP pass, growth, containers
	@tests/nightly.sh

test-mutants: ## Plant defects one by one; each must turn the tests red
	@tests/mutants/run.sh

fuzz: ## A short fuzz pass (SECONDS_EACH=30)
	@tests/run.sh fuzz

bench: all ## Ratios against floors and peers; see tests/bench/README.md
	@tests/bench/run.sh

run: ## Start the private stack with demo data, and print where to look
	@deploy/install-deps.sh run
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@deploy/stack.sh start

stop: ## Stop the private stack
	@deploy/stack.sh stop

demo-city: ## Bring a real city's year in as a backfill: DATA=../shared/data
	@deploy/demo-city.sh "$(DATA)"

lint: ## clang-format, cppcheck, house rules (TIDY=1: clang-tidy)
	@deploy/lint.sh

format: ## Lay out the C code
	@git ls-files '*.c' '*.h' | xargs clang-format -i

-include tests/bench/Makefile.inc

install: all ## Install programs, man pages, units under $(DESTDIR)$(PREFIX)
	@deploy/install.sh

clean: ## Remove build/
	rm -rf build

help: ## This list
	@awk -F':.*## ' '/^[a-z$$(][^:]*:.*## / {n = $$1; if (n ~ /\$$/) next; printf "  make %-22s %s\n", n, $$2}' $(MAKEFILE_LIST)

-include $(wildcard $(OUT)/obj/*/*.d $(OUT)/obj/*/*/*.d $(OUT)/obj/*/*/*/*.d)

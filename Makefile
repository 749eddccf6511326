# SPDX-License-Identifier: GPL-2.0
# Kbuild builds the modules (the file Kbuild); this is for people. `make help` lists what there is.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= debian-6.12
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
version := $(file < VERSION)
LAB := $(CURDIR)/lab/lab

# O= ARCH= CROSS_COMPILE= LLVM= W= C= of the command line reach the kernel's make by themselves.
kbuild = $(MAKE) -C $(KDIR) M=$(CURDIR)

# The kernel's make takes a path with a space for two.
ifneq ($(words $(CURDIR)$(DESTDIR)$(PREFIX)),1)
$(error a path with a space in it, which the kernel's make cannot handle: $(CURDIR) $(DESTDIR)$(PREFIX))
endif

# Programs and the library; all else of ours is where its sources are.
OUT := $(CURDIR)/build/tools
release = $(file < $(KDIR)/include/config/kernel.release)
destdir := $(if $(DESTDIR),$(abspath $(DESTDIR)))
files = DESTDIR=$(destdir) PREFIX=$(PREFIX) LIBDIR=$(LIBDIR) OUT=$(OUT) RELEASE=$(release) dist/files

# Suites that are joined by a + share a boot, those that provoke a splat at its end. Programs of 32 bits run on
# amd64's kernels.
user32 := $(if $(filter-out %-arm64 %-armhf %-i386 %-ppc64el %-riscv64 %-s390x,$(KERNEL)),user32+)
kunit := $(KERNEL):kunit $(KERNEL):death $(KERNEL):misuse
samples := $(KERNEL):samples+incident-oops
user := $(KERNEL):user $(KERNEL):$(user32)user-misuse
fuzz := debug:fuzz
# The longest first: they run side by side, two more than there are processors. What nothing depends on the machine
# in is run once, where the sanitizers look; "quick" also on the kernel that people run, for its races and its scheduler.
default := debug:quick+fuzz+misuse $(KERNEL):samples+$(user32)incident-oops+user-misuse $(KERNEL):quick+death static
default += tests vet $(KERNEL):counts $(KERNEL):user explore
conversions := debug-btrfs:conversions

.PHONY: all modules tests tools kdir run shell install install-tools uninstall modules_install headers_install uninstall-headers
.PHONY: dkms-install dkms-remove dist deb intree htmldocs clean help
.PHONY: check check-kunit check-user check-fuzz bench bench-user check-samples check-conversions check-static check-vet coccicheck sweep check-lab check-dump check-torture check-install check-dkms check-model check-explore check-quick check-mutants check-matrix coverage

all: modules ## build kwaitgroup.ko for KDIR (default: the running kernel)

modules: kdir
	$(kbuild) modules

tests: kdir ## and the modules that test it and show how it is used
	$(kbuild) KWAITGROUP_TESTS=y modules

tools: ## build kwgctl and libkwaitgroup, in build/tools
	@mkdir -p $(OUT)
	$(MAKE) -C tools/kwgctl OUT=$(OUT)
	$(MAKE) -C tools/libkwaitgroup OUT=$(OUT)

kdir:
	@test -e $(KDIR)/Makefile || { \
		echo "no kernel headers in $(KDIR): apt-get install linux-headers-$$(uname -r), or give KDIR=" >&2; \
		exit 1; }

run: ## boot a stock Debian kernel in QEMU, load the module, replay the incident
	@$(LAB) run $(KERNEL)

shell: ## a VM with everything loaded, a prompt on this terminal
	@$(LAB) shell $(KERNEL)

check: ## the default tests: KUnit, exploration, user space, fuzzer, also on a sanitizer kernel; samples, static checks
	@$(LAB) check $(default)

check-kunit: ## the KUnit suites, with more time for the races; DEATHS=1000
	@$(LAB) check $(kunit)

check-samples: ## the sample drivers
	@$(LAB) check $(samples)

check-conversions: ## what samples/patches converts of Linux 6.12, before and after; builds a kernel with btrfs
	@$(LAB) check $(conversions)

check-user: ## /dev/kwaitgroup from user space: the harness, also with 32 bits, and kwgctl
	@$(LAB) check $(user)

check-fuzz: ## random requests on a sanitizer kernel with failing allocations: FUZZ_OPS=, FUZZ_SEED=
	@$(LAB) check $(fuzz)

# Of what is not committed the commit says so.
commit = $(or $(shell git describe --always --dirty --exclude='*' 2>/dev/null),unknown)
ifdef BARE
bench: tests
	@bench/bare --condition "kwaitgroup $(version), commit $(commit)"
else
bench: ## what a group costs, beside what drivers use today: tables, bench/RESULTS.md; BARE=1: on this machine
	@$(LAB) bench $(KERNEL) $(commit)
endif

bench-user: ## what a group costs user space, next to an eventfd and a futex
	@$(LAB) boot $(KERNEL) bench-user

check-static: ## warnings, sparse, checkpatch, shellcheck, kernel-doc, disassembly
	@$(LAB) check static

check-vet: ## the semantic patches of tools/cocci find what their fixtures say, and no more
	@$(LAB) check vet

MODE ?= report
KIND ?= vet
DIR ?= samples torture bench
coccicheck: ## mistakes with wait groups in DIR: MODE=report|org|patch, KIND=vet|idioms|NAME
	@$(LAB) coccicheck $(MODE) $(KIND) $(DIR:%=--dir %)

sweep: ## wait groups by hand in the kernel: makes Documentation/findings.rst anew, in a quarter of an hour
	@$(LAB) sweep

check-lab: ## the lab's own tests: planted splats, guests that hang; the prompt of shell, what texts say that run prints, foreign drivers
	@$(LAB) check tests "prompt $(KERNEL)" "printed $(KERNEL)" "driver $(KERNEL)" "driver debian-7.3"

check-dump: ## what drgn reads in a crash dump is what debugfs had; builds a kernel with debugging information
	@$(LAB) check dump:dump dump:dump-oops

check-torture: ## random mixes with stretched races: TORTURE_SECONDS=300, TORTURE_SEED=
	@$(LAB) check $(KERNEL):torture

check-model: ## SPIN models, exhaustively, and litmus tests
	@$(LAB) model

check-explore: ## every interleaving of the core's scenarios, in user space; and data races
	@$(LAB) explore

check-quick: ## what needs no boot: exploration, models, static checks
	@$(LAB) check static explore quick-model

check-mutants: ## seeded bugs: each must make a suite or a model fail; AUTO=60 SEED=n: as many made by a program
	@$(LAB) $(if $(AUTO),mutants-auto $(AUTO) $(or $(SEED),1),mutants)

coverage: ## lines and branches of module/ that the suites reach, a table and HTML
	@$(LAB) coverage

check-matrix: ## every suite on every kernel, a table: KERNELS="..." SUITES="..." MATRIX=fresh JUNIT= JSON=
	@SUITES="$(SUITES)" MATRIX="$(MATRIX)" $(LAB) matrix $(if $(JUNIT),--junit $(JUNIT)) $(if $(JSON),--json $(JSON)) $(KERNELS)

# Elsewhere than here there is nothing to run the module, and so nobody to tell where it is. The kernel's
# make would, but not with the headers of a distribution, which have no System.map.
modules_install: modules ## install kwaitgroup.ko for KDIR's kernel
	$(kbuild) INSTALL_MOD_PATH=$(destdir) DEPMOD=true modules_install
	$(if $(destdir),,depmod -a $(release))

headers_install: ## the headers of drivers and of programs, below PREFIX
	@$(files) install headers

uninstall-headers:
	@$(files) uninstall headers

# Programs find a library where the linker's cache says; a PREFIX of a user's own has none.
ldconfig = $(if $(destdir),,@test ! -w /etc/ld.so.cache || PATH=$$PATH:/sbin ldconfig)

install-tools: tools ## all that needs no kernel: kwgctl, kwgtop and the like, libkwaitgroup, headers, man pages
	@$(files) install headers library tools system
	$(ldconfig)

install: modules_install install-tools ## module, tools, library, headers; PREFIX=/usr/local, DESTDIR=
	@$(files) install symvers

uninstall: ## remove just that, with the same KDIR, PREFIX and DESTDIR
	@$(files) uninstall module symvers headers library tools system
	$(if $(destdir),,depmod -a $(release))
	$(ldconfig)

dkms-install: ## build and install through DKMS, for this kernel and later ones
	@dist/dkms install

dkms-remove: ## and take it away again
	@dist/dkms remove

# Of what is committed, with its time, so that whoever makes it gets the same bytes.
tarball := build/kwaitgroup-$(version).tar
dist: ## the sources of the newest commit as a tarball, in build
	@mkdir -p build
	@git archive --prefix=kwaitgroup-$(version)/ -o $(tarball) HEAD
	@gzip -9nf $(tarball)
	@sha256sum $(tarball).gz

deb: ## Debian's packages, in build/deb; lintian has nothing to say, and they are installed and used
	@$(LAB) deb

intree: ## patches for the kernel's own tree, checked, built one by one and booted: KSRC=path of a kernel's source
	@$(LAB) intree $(if $(KSRC),--dir $(KSRC))

htmldocs: ## the documentation as HTML, in build/htmldocs
	@$(LAB) htmldocs

check-dkms: ## install, upgrade and remove by Debian's DKMS
	@$(LAB) dkms

check-install: ## what make install installs, alone, without the rest of check-lab
	@$(LAB) install

clean: ## remove what was built; downloads and kernels stay in the cache
	@test ! -e $(KDIR)/Makefile || $(kbuild) $(if $(wildcard kunit),KWAITGROUP_TESTS=y) clean
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z_-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "KERNEL= selects the kernel of run, shell, bench-user and of the checks that boot one (default: debian-6.12):"
	@cd lab/kernels && printf '  %s\n' *
	@echo "Downloads and kernels are kept in $${XDG_CACHE_HOME:-~/.cache}/kwaitgroup"

# SPDX-License-Identifier: GPL-2.0
# Kbuild builds the modules (the file Kbuild); this is for people. `make help` lists what there is.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= debian-6.12
PREFIX ?= /usr/local
LAB := $(CURDIR)/lab/lab

# O= ARCH= CROSS_COMPILE= LLVM= W= C= of the command line reach the kernel's make by themselves.
kbuild = $(MAKE) -C $(KDIR) M=$(CURDIR)

kunit := $(KERNEL):kunit $(KERNEL):misuse
samples := $(KERNEL):samples

.PHONY: all modules kdir run shell install modules_install dkms-install clean help
.PHONY: check check-kunit check-samples check-static check-lab check-torture check-model check-mutants check-matrix

all: modules ## build the modules for KDIR (default: the running kernel)

modules: kdir
	$(kbuild) modules

kdir:
	@test -e $(KDIR)/Makefile || { \
		echo "no kernel headers in $(KDIR): apt-get install linux-headers-$$(uname -r), or give KDIR=" >&2; \
		exit 1; }

run: ## boot a stock Debian kernel in QEMU, load the module, replay the incident
	@$(LAB) boot $(KERNEL) run

shell: ## a VM with everything loaded, a prompt on this terminal
	@$(LAB) shell $(KERNEL)

check: ## the default tests: KUnit, samples, static checks, the lab's own tests
	@$(LAB) check $(kunit) $(samples) static tests

check-kunit: ## the KUnit suites
	@$(LAB) check $(kunit)

check-samples: ## the sample drivers
	@$(LAB) check $(samples)

check-static: ## warnings, sparse, checkpatch, shellcheck, kernel-doc, disassembly
	@$(LAB) check static

check-lab: ## the lab's own tests: planted splats, guests that hang
	@$(LAB) check tests

check-torture: ## random mixes with stretched races: TORTURE_SECONDS=300, TORTURE_SEED=
	@$(LAB) check $(KERNEL):torture

check-model: ## SPIN models, exhaustively, and litmus tests
	@$(LAB) model

check-mutants: ## seeded bugs: each must make a suite or a model fail
	@$(LAB) mutants

check-matrix: ## every suite on every kernel (or KERNELS="..."), a table at the end
	@$(LAB) matrix $(KERNELS)

modules_install: modules ## install the modules for KDIR's kernel
	$(kbuild) modules_install

install: modules_install ## modules_install, and the public header below PREFIX (default /usr/local)
	install -D -m 644 module/include/linux/kwaitgroup.h \
		$(DESTDIR)$(PREFIX)/include/kwaitgroup/linux/kwaitgroup.h

dkms-install: ## build and install through DKMS, for this kernel and later ones
	@lab/dkms-install

clean: ## remove what was built; downloads and kernels stay in the cache
	@test ! -e $(KDIR)/Makefile || $(kbuild) clean
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z_-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "KERNEL= selects the kernel of run, shell, check-kunit, check-samples (default: debian-6.12):"
	@cd lab/kernels && printf '  %s\n' *
	@echo "Downloads and kernels are kept in $${XDG_CACHE_HOME:-~/.cache}/kwaitgroup"

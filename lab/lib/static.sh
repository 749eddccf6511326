# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Checks that need no boot. Each is a command that passes when it has nothing to say.

# Kernels that the default tests do not boot, and the modules must build for: another compiler, the
# oldest version, 32 bits. Every build has W=1, and no warnings.
static_kernels=(debian-6.12-arm64 debian-6.1-i386)

# The project's own files whose names match one of the patterns.
source_files() {
	local pattern tests=()

	for pattern; do
		tests+=(-o -name "$pattern")
	done
	find "$top" \( -path "$build" -o -name .git -o -name __pycache__ -o -name '*.mod.c' \) -prune -o \
		-type f \( "${tests[@]:1}" \) -print
}

# A folder of its own, made anew: what is not compiled again does not warn again.
static_farm() {
	rm -rf "$1"
	farm_refresh "$1"
}

# static_versions: of the programs that a build depends on.
static_versions() {
	local program

	for program in "$k_cc" clang sparse; do
		"$program" --version 2>&1 || true
	done
}

# static_once COMMAND...: a build that has passed of the same sources, for the same kernel, by the same programs and
# this lab, passes.
static_once() {
	local key mark found

	key=$({ echo "$k_tree" "$*"; static_versions; cat "$lab"/lib/{static,modules,kernel}.sh
		cd "$top" && module_sources | sort | xargs -d '\n' sha256sum; } | content_key -)
	mark=$cache/static/$key
	[ ! -e "$mark" ] || return 0
	found=$("$@" 2>&1) || { echo "$found"; return 1; }
	[ -z "$found" ] || { echo "$found"; return 0; }
	mkdir -p "${mark%/*}"
	touch "$mark"
}

static_build() {
	static_farm "$1"
	kbuild "$1" W=1 KWAITGROUP_DEBUG=y modules 2>&1
}

# static_rooms_build FARM ROOM: the module without that room and what needs it. All of them in the same folder:
# what does not look at the room is the same, and compiled once.
static_rooms_build() {
	static_farm "$1"
	kbuild "$1" W=1 KWAITGROUP_DEBUG=y KWAITGROUP_TESTS= "CONFIG_KWAITGROUP_$2=" modules 2>&1 &&
		size "$1/module/kwaitgroup.o" | awk 'NR == 2 { print "# " $1 " bytes of text" }' >"$1-$2.size"
}

# What gcc's headers say of the compiler, and clang is not.
static_no_gcc=(CONFIG_CC_IS_GCC= CONFIG_CC_IS_CLANG=y CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT= CONFIG_UBSAN_BOUNDS_STRICT=
	CONFIG_FTRACE_MCOUNT_USE_CC= CONFIG_FTRACE_MCOUNT_USE_OBJTOOL=y CONFIG_GCC_VERSION=0 CONFIG_CC_OPT_INLINE_MEMSET=
	CONFIG_CC_IMPLICIT_FALLTHROUGH=-Wimplicit-fallthrough "KCFLAGS=-Werror -Wno-duplicate-decl-specifier")

# static_clang FARM: the module, with Debian's headers, and but for what the kernel's make says of its versions.
# The tests are built by clang for the kernel that is.
static_clang() {
	static_farm "$1"
	kbuild "$1" LLVM=1 CC='ccache clang' "${static_no_gcc[@]}" W=1 KWAITGROUP_DEBUG=y KWAITGROUP_TESTS= modules 2>&1 |
		grep -vE '^warning: (the compiler|pahole version) differs|^  (The kernel was built (by|with)|You are using):' ||
		[ $? -eq 1 ]
}

static_sparse() {
	static_farm "$1"
	kbuild "$1" C=2 modules 2>&1
}

static_disasm() {
	rm -rf "$1"
	mkdir -p "$1/disasm"
	cp "$lab"/disasm/Kbuild "$lab"/disasm/done.c "$1/disasm"
	# A driver has no more than the headers that are installed.
	make -s -C "$top" headers_install DESTDIR= "PREFIX=$1" &&
		kbuild "$1/disasm" done.o && python3 "$lab/disasm.py" "$1/disasm/done.o" "${k_cross}objdump"
}

# filtered TABLE: drops what a "regular expression | why" table allows.
filtered() {
	grep -vEf <(sed -n 's/ | .*//; /^[^#]/p' "$1") || [ $? -eq 1 ]
}

# static_checkpatch: of a file it takes a second, and says the same the next time: what has passed is in a list, each
# file with what it says, under what else it depends on.
static_checkpatch() {
	local tool=$kernel_tools/scripts/checkpatch.pl passed sums found

	passed=$cache/checkpatch/$(content_key "$tool" "${tool%/*}"/{const_structs.checkpatch,spelling.txt} "$lab/checkpatch.allow")
	mkdir -p "${passed%/*}"
	touch "$passed"
	mapfile -t sums < <(source_files '*.[ch]' | xargs -d '\n' sha256sum | grep -vxFf "$passed" || true)
	[ "${#sums[@]}" -gt 0 ] || return 0
	# 123: it has found something, which may be allowed.
	found=$({ printf '%s\n' "${sums[@]#*  }" | xargs -d '\n' -n 20 -P "$jobs" perl "$tool" --no-tree --strict --terse \
		--show-types --no-summary -f 2>&1 || [ $? -eq 123 ]; } | sed "s|^$top/||" | filtered "$lab/checkpatch.allow") || return
	# What it keeps for the next time, where it was started.
	rm -f .checkpatch-camelcase.*
	if [ -n "$found" ]; then
		echo "$found"
	else
		printf '%s\n' "${sums[@]}" >>"$passed"
	fi
}

# static_patches: those for the kernel, by what its maintainers go by.
static_patches() {
	(cd "$kernel_tools" && perl scripts/checkpatch.pl --strict --terse --show-types --no-summary "$top"/samples/patches/*.patch)
	rm -f "$kernel_tools"/.checkpatch-camelcase.*
}

static_kernel_doc() {
	local files

	mapfile -t files < <(source_files '*.[ch]')
	perl "$kernel_tools/scripts/kernel-doc" -none -Wall "${files[@]}" 2>&1
}

# The project's own programs whose first line matches a regular expression of awk.
source_programs() {
	source_files '*' | xargs -d '\n' awk \
		"FNR == 1 && /$1/ { print FILENAME } { nextfile }"
}

# Programs, and the fragments they source: those find their variables in one another.
static_shell() {
	local programs fragments

	mapfile -t programs < <(source_programs '^#!.*\/(ba)?sh$')
	mapfile -t fragments < <(source_files '*' | xargs -d '\n' grep -l '^# shellcheck shell=')
	cd "$top" && shellcheck -x "${programs[@]}" && shellcheck -e SC2154,SC2034 "${fragments[@]}"
}

static_python() {
	local files

	mapfile -t files < <({ source_files '*.py'; source_programs '^#!.*python3$'; } | sort -u)
	pyflakes3 "${files[@]}"
}

# Words that are none in English: an argument of an ioctl, the waiters of a model that come late, half of a mode.
static_codespell() {
	source_files '*' | grep -vE '\.svg$|/samples/patches/.*\.patch$' | xargs -d '\n' codespell -L bu,inout,lates
}

# Texts for people and figures carry their licence in COPYING alone, patches for the kernel in what they change and
# Debian's files in debian/copyright, VERSION is one word, litmus tests start with their name, and the tables in
# tests/debugfs are what the kernel prints.
static_spdx() {
	source_files '*' | grep -vE '/(COPYING|VERSION|LICENSES/.*|debian/.*|tests/debugfs/[a-z]*|samples/patches/(7\.3/)?[^/]*\.patch|[^/]*\.(md|rst|svg|png|json|txt|litmus))$' | while IFS= read -r file; do
		sed 3q "$file" | grep -q 'SPDX-License-Identifier: ' || echo "${file#"$top"/}: no SPDX line"
	done
}

# The rooms of module/, and whose doors each may open.
declare -A room_uses=([core]="" [member]=core [percpu]=core [batch]="core member" [observe]="core member percpu batch" [device]="core observe")

# static_rooms: an include of another room must be one of its door, or arrows would point down, too.
static_rooms() {
	local room used allowed

	for room in "${!room_uses[@]}"; do
		allowed='\.\./(compat|mutants)\.h'
		for used in ${room_uses[$room]}; do
			allowed+="|\.\./$used/$used\.h"
		done
		grep -nE '^#[[:space:]]*include "[^"]*/' "$top/module/$room"/*.[ch] | grep -vE "\"($allowed)\"" || true
	done
	grep -nE '^#[[:space:]]*include "' "$top/module/main.c" | grep -vE '"([a-z]+)/\1\.h"' || true
}

# static_sizes: a file is one concern, a function one step. The headers for others are their documentation.
static_sizes() {
	find "$top/module" "$top/explore" -name include -prune -o -name '*.[ch]' -print0 2>/dev/null | xargs -0 awk -v "top=$top/" '
		FNR == 1 { name = substr(FILENAME, length(top) + 1); begin = 0 }
		FNR == 401 { print name ": more than 400 lines" }
		/^{$/ { begin = FNR }
		/^}$/ && begin { if (FNR - begin > 51) print name ":" begin ": a function of more than 50 lines"; begin = 0 }'
}

# static_reuse: of a copy: what was built or is kept by git is not the project's.
static_reuse() {
	local copy=$build/static/reuse

	rm -rf "$copy"
	mkdir -p "$copy"
	(cd "$top" && source_files '*' | sed "s|^$top/||" | xargs -d '\n' cp --parents -t "$copy")
	reuse --root "$copy" lint --quiet || reuse --root "$copy" lint
}

static_one() {
	local what=$1 log verdict=ok

	shift
	number=$((number + 1))
	log=${static_logs:-$build/static}/$number.log
	logged "$what" "$log" "$@" || verdict='not ok'
	[ ! -s "$log" ] || verdict='not ok'
	if [ "$verdict" = ok ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		sed 's/^/# /; 40q' "$log"
	fi
	echo "$verdict $number $what"
}

static_run() {
	local passed=0 failed=0 number=0 kernel room

	need build static docs boot gcc-14-amd64 clang
	mkdir -p "$build/static"
	for kernel in "${static_kernels[@]}"; do
		kernel_read "$kernel"
		need "$k_compiler"
		kernel_get "$kernel"
		static_one "$kernel: the modules build without a warning (W=1)" static_once static_build "$build/static/$kernel"
	done
	kernel_get debian-7.3
	static_one "debian-7.3: clang builds the module without a warning (LLVM=1 W=1)" static_once static_clang "$build/static/clang"
	kernel_get debian-6.12
	for room in MEMBERS PERCPU BATCH OBSERVE DEVICE; do
		static_one "without KWAITGROUP_$room the module builds (W=1)" \
			static_once static_rooms_build "$build/static/without" "$room"
		cat "$build/static/without-$room.size" 2>/dev/null || true
	done
	static_one "sparse finds nothing (C=2)" static_once static_sparse "$build/static/sparse"
	for kernel in debian-6.12 debian-6.12-arm64; do
		kernel_get "$kernel"
		static_one "$kernel: done is one atomic operation and one branch" static_disasm "$build/static/disasm"
	done
	kernel_tools_get
	static_one "no room of module/ reaches into another but through its door" static_rooms
	static_one "no file of module/ and explore/ is above 400 lines, no function above 50" static_sizes
	static_one "checkpatch --strict finds nothing" static_checkpatch
	static_one "checkpatch --strict finds nothing in samples/patches" static_patches
	static_one "kernel-doc finds nothing" static_kernel_doc
	docs_checks
	static_one "the header for user space is C90 and C++" user_headers
	static_one "shellcheck finds nothing" static_shell
	static_one "pyflakes finds nothing" static_python
	static_one "codespell finds nothing" static_codespell
	static_one "every file has an SPDX line" static_spdx
	static_one "reuse finds a licence for each file" static_reuse
	echo "$passed $failed 0" >"$build/static/counts"
	[ "$failed" -eq 0 ] || exit 1
}

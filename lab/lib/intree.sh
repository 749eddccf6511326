# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The patches for the kernel's own tree: made of this one by lab/series, applied, built one by one, and the tree with
# all of them booted.

# The kernel that they are for, if nobody names another one.
intree_version=7.3
intree=$build/intree

# intree_git ARGUMENT...: git, as somebody with no configuration of his own.
intree_git() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git -c gc.auto=0 -c user.name=lab -c user.email=lab@localhost "$@"
}

# intree_repository: sets $repository, in which the source that the patches are for is the commit "source": of the lab's
# once, of a folder that somebody has named as it is now. What a kernel's .gitignore leaves out is what was built there.
intree_repository() {
	local all=()

	if [ -n "${INTREE_KSRC:-}" ]; then
		source_tree=$INTREE_KSRC repository=$intree/ksrc.git
		[ -e "$source_tree/scripts/checkpatch.pl" ] || die "no source of a kernel: $source_tree"
	else
		source_get "$intree_version"
		repository=$cache/series/$(basename "$source_tree").git all=(--force)
		[ ! -e "$repository/complete" ] || return 0
	fi
	mkdir -p "$repository"
	say "putting the kernel's source into a git repository"
	logged "the kernel's source" "$build/log/intree-source.log" intree_commit "${all[@]}" ||
		die "cannot: $(tail -n 1 "$build/log/intree-source.log")"
}

intree_commit() {
	local tree

	intree_git init -q --bare "$repository" &&
		intree_git -C "$source_tree" --git-dir="$repository" --work-tree="$source_tree" -c core.bare=false add -A "$@" . &&
		tree=$(intree_git --git-dir="$repository" write-tree) &&
		tree=$(intree_git --git-dir="$repository" commit-tree -m "$(basename "$source_tree")" "$tree") &&
		intree_git --git-dir="$repository" tag -f source "$tree" &&
		touch "$repository/complete"
}

# intree_inputs: what decides what the patches are.
intree_inputs() {
	intree_git --git-dir="$repository" rev-parse source
	cd "$top" && find module kunit Documentation samples/patches lab/series Kconfig "bench/counts.debian-$intree_version" \
		-type f ! -path '*/__pycache__/*' -print0 | sort -z | xargs -0 sha256sum
}

# intree_make: the repository $intree/linux, with the patches made in it, and applied as a maintainer would. What the
# source is made of is the cache's, all else its own: another clone of this tree makes its patches at the same time.
intree_make() {
	local linux=$intree/linux made

	rm -f "$intree/made"
	[ "$(cat "$intree/repository" 2>/dev/null)" = "$repository" ] && [ -e "$linux/.git" ] || {
		rm -rf "$linux" &&
			intree_git clone -q --shared --no-checkout "$repository" "$linux" &&
			echo "$repository" >"$intree/repository"
	} || return
	intree_git -C "$linux" am --abort 2>/dev/null
	intree_git -C "$linux" reset -q --hard source &&
		GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 python3 "$lab/series/make.py" "$top" "$linux" "$intree/patches" || return
	made=$(intree_git -C "$linux" rev-parse 'HEAD^{tree}')
	intree_git -C "$linux" reset -q --hard source &&
		intree_git -C "$linux" am -q "$intree"/patches/000[1-9]-*.patch "$intree"/patches/00[1-9]*.patch || return
	[ "$(intree_git -C "$linux" rev-parse 'HEAD^{tree}')" = "$made" ] || { echo "what git am takes is not what was made"; return 1; }
	intree_inputs >"$intree/made"
}

# intree_get: have the patches, and the tree with all of them; sets $source_tree.
intree_get() {
	local log=$build/log/intree.log

	need series vet source build boot
	writable "$intree" "work in a clone of your own"
	with_lock series intree_repository
	if [ "$(intree_inputs | content_key -)" != "$({ cat "$intree/made" 2>/dev/null || true; } | content_key -)" ]; then
		say "making the patches for the kernel's tree"
		logged "the patches" "$log" intree_make || die "no patches: $(tail -n 1 "$log") (all of it: $log)"
		grep '^left out' "$log" || true
	fi
	source_tree=$intree/linux
}

# intree_make_x86 OUT ARGUMENT...: the kernel's make, in a folder of its own.
intree_make_x86() {
	make -s -j "$jobs" -C "$intree/linux" "O=$1" ARCH=x86_64 "CC=ccache x86_64-linux-gnu-gcc-14" "${@:2}"
}

# intree_configure OUT: as the kernel `intree` is, as modules, with what there is by then.
intree_configure() {
	local config=$lab/configs

	mkdir -p "$1"
	intree_make_x86 "$1" tinyconfig &&
		cat "$config/base.config" "$config/base-$intree_version.config" "$config/intree.config" >>"$1/.config" &&
		intree_make_x86 "$1" olddefconfig
}

# intree_config_um COMMIT FILE: what kunit.py is to configure: of what the suites want what there is by then.
intree_config_um() {
	local line symbols

	symbols=$(intree_git -C "$intree/linux" show "$1:lib/kwaitgroup/Kconfig" | sed -nE 's/^(menu)?config //p')
	while IFS= read -r line; do
		[[ $line != CONFIG_*KWAITGROUP* ]] || grep -qx "$(expr "$line" : 'CONFIG_\(.*\)=.*')" <<<"$symbols" || continue
		echo "$line"
	done <"$top/kunit/.kunitconfig" >"$2"
}

# intree_config_x86_64 COMMIT FILE: the kernel `intree`, with all of ours built in. It is a third of what the kernel is when
# kunit.py is told of nothing but the suites.
intree_config_x86_64() {
	intree_configure "$intree/objects" &&
		sed -nE 's/^(CONFIG_KWAITGROUP.*)=m$/\1=y/; /^CONFIG_\w+=y$|^# CONFIG_\w+ is not set$/p' "$intree/objects/.config" >"$2"
}

intree_subject() { intree_git -C "$intree/linux" log -1 --format=%s "$1"; }

# intree_kunit ARCH COMMIT ACTION [ARGUMENT...]: the kernel's own kunit.py, on the tree with the patches up to there.
intree_kunit() {
	local out=$intree/$1

	mkdir -p "$out"
	intree_git -C "$intree/linux" checkout -q --detach "$2" &&
		"intree_config_$1" "$2" "$out/kunitconfig" &&
		cd "$intree/linux" &&
		python3 tools/testing/kunit/kunit.py "$3" --arch "$1" --build_dir "$out" --jobs "$jobs" \
			--kunitconfig "$out/kunitconfig" --make_options "CC=ccache gcc" "${@:4}"
}

# intree_objects COMMIT: what its patches bring and touch, as modules where that can be, without a warning.
intree_objects() {
	local out=$intree/objects objects=(lib/kwaitgroup/ kernel/exit.o) test

	intree_git -C "$intree/linux" checkout -q --detach "$1" &&
		intree_configure "$out" || return
	for test in TEST_VMALLOC TEST_OBJPOOL TEST_FIRMWARE; do
		! grep -qx "CONFIG_$test=m" "$out/.config" || objects+=("lib/${test,,}.o")
	done
	intree_make_x86 "$out" KCFLAGS=-Werror W=1 "${objects[@]}"
}

# intree_without COMMIT: a kernel that has no wait groups calls none.
intree_without() {
	local out=$intree/without

	mkdir -p "$out"
	intree_git -C "$intree/linux" checkout -q --detach "$1" &&
		intree_make_x86 "$out" tinyconfig &&
		intree_make_x86 "$out" kernel/exit.o || return
	! nm "$out/kernel/exit.o" | grep kwaitgroup
}

# intree_check: checkpatch --strict of each, without to ask for the maintainers of each file, which takes minutes.
# Findings are by the names that files have here.
intree_check() {
	local found

	# 123: it has found something, which may be allowed.
	found=$(cd "$intree/linux" && { printf '%s\0' "$intree"/patches/0*.patch | xargs -0 -n 1 -P "$jobs" perl scripts/checkpatch.pl \
		--no-tree --strict --terse --showfile --show-types --no-summary 2>&1 || [ $? -eq 123 ]; }) || { echo "$found"; return 1; }
	sed 's|^lib/kwaitgroup/tests/|kunit/|; s|^lib/kwaitgroup/|module/|; s|^include/|module/include/|' <<<"$found" |
		filtered "$lab/checkpatch.allow" | sed '/^$/d'
}

# intree_each: each patch alone, and all up to it.
intree_each() {
	local commit commits action

	static_one "checkpatch --strict finds nothing" intree_check
	mapfile -t commits < <(intree_git -C "$intree/linux" rev-list --reverse source.."$1")
	for commit in "${commits[@]}"; do
		static_one "as modules it builds without a warning: $(intree_subject "$commit")" silent intree_objects "$commit"
	done
	static_one "a kernel without wait groups calls none" silent intree_without "$1"
	for commit in "${commits[@]}"; do
		action=(run "${intree_short[@]}")
		# The first one has no suites yet.
		intree_git -C "$intree/linux" cat-file -e "$commit:lib/kwaitgroup/tests/Makefile" 2>/dev/null || action=(build)
		intree_tested "on UML, ${action[0]}: $(intree_subject "$commit")" um "$commit" "${action[@]}"
	done
}

# With little time for the races: all of it is tested by other suites, too.
intree_short=(--timeout 1800 --kernel_args kwaitgroup_kunit.race_ms=1000 --kernel_args kwaitgroup_death_kunit.race_ms=1000
	--kernel_args kwaitgroup_death_kunit.stop_ms=1000)

# silent COMMAND...: what it says is for who asks why it failed.
silent() { "$@" >"$intree/said" 2>&1 || { tail -n 40 "$intree/said"; return 1; }; }

# intree_tested WHAT ARGUMENT...: intree_kunit, and how many have passed.
intree_tested() {
	static_one "$1" silent intree_kunit "${@:2}"
	sed -n 's/.*Testing complete\. /# /p' "$intree/said"
}

# intree_run [--dir FOLDER]: all of it.
intree_run() {
	local passed=0 failed=0 number=0 last static_logs=$build/log/intree

	[ "${1:-}" != --dir ] || export INTREE_KSRC=$2
	need boot-amd64 gcc-14-amd64
	intree_get
	say "the patches: $intree/patches"
	last=$(intree_git -C "$intree/linux" rev-parse HEAD)
	intree_each "$last"
	# kunit.py takes each /dev/kvm; the lab's root has a view of its own of /dev.
	has_kvm || [ ! -e /dev/kvm ] || mount --bind /dev/null /dev/kvm
	# There is no race on one processor.
	intree_tested "on x86_64, built in: all of it" x86_64 "$last" run "${intree_short[@]}" --qemu_args="-smp 2 -cpu max"
	static_one "on x86_64, as modules: all of it" silent "$lab/lab" boot intree load+kunit+misuse+death
	mkdir -p "$build/intree-counts"
	echo "$passed $failed 0" >"$build/intree-counts/counts"
	say "$(counts_line "$passed" "$failed" 0)"
	[ "$failed" -eq 0 ] || exit 1
}

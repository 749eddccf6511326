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

# intree_config COMMIT FILE: what kunit.py is to configure: of what the suites want what there is by then.
intree_config() {
	local line symbols

	symbols=$(intree_git -C "$intree/linux" show "$1:lib/kwaitgroup/Kconfig" | sed -nE 's/^(menu)?config //p')
	while IFS= read -r line; do
		[[ $line != CONFIG_*KWAITGROUP* ]] || grep -qx "$(expr "$line" : 'CONFIG_\(.*\)=.*')" <<<"$symbols" || continue
		echo "$line"
	done <"$top/kunit/.kunitconfig" >"$2"
}

intree_subject() { intree_git -C "$intree/linux" log -1 --format=%s "$1"; }

# intree_kunit ARCH FOLDER COMMIT ACTION [ARGUMENT...]: the kernel's own kunit.py, on the tree with the patches up to there.
intree_kunit() {
	mkdir -p "$2"
	intree_config "$3" "$2/kunitconfig" &&
		cd "$intree/linux" && intree_git checkout -q --detach "$3" &&
		python3 tools/testing/kunit/kunit.py "$4" --arch "$1" --build_dir "$2" --jobs "$jobs" --kunitconfig "$2/kunitconfig" \
			--make_options "CC=ccache gcc" "${@:5}"
}

# intree_objects COMMIT: what its patches bring and touch, as modules where that can be, without a warning.
intree_objects() {
	local out=$intree/objects linux=$intree/linux objects=(lib/kwaitgroup/ kernel/exit.o) test

	mkdir -p "$out"
	intree_git -C "$linux" checkout -q --detach "$1" || return
	cat "$lab/configs/base.config" "$lab/configs/base-$intree_version.config" "$lab/configs/intree.config" >"$out/fragment"
	make -s -C "$linux" "O=$out" ARCH=x86_64 "CC=ccache gcc-14" tinyconfig &&
		cat "$out/fragment" >>"$out/.config" &&
		make -s -C "$linux" "O=$out" ARCH=x86_64 "CC=ccache gcc-14" olddefconfig || return
	for test in TEST_VMALLOC TEST_OBJPOOL TEST_FIRMWARE; do
		! grep -qx "CONFIG_$test=m" "$out/.config" || objects+=("lib/${test,,}.o")
	done
	make -s -j "$jobs" -C "$linux" "O=$out" ARCH=x86_64 "CC=ccache gcc-14" KCFLAGS=-Werror W=1 "${objects[@]}"
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
	for commit in "${commits[@]}"; do
		action=(run "${intree_short[@]}")
		# The first one has no suites yet.
		intree_git -C "$intree/linux" cat-file -e "$commit:lib/kwaitgroup/tests/Makefile" 2>/dev/null || action=(build)
		static_one "on UML, ${action[0]}: $(intree_subject "$commit")" \
			silent intree_kunit um "$intree/um" "$commit" "${action[@]}"
	done
}

# With little time for the races: all of it is tested by other suites, too.
intree_short=(--timeout 1800 --kernel_args kwaitgroup_kunit.race_ms=1000 --kernel_args kwaitgroup_death_kunit.race_ms=1000
	--kernel_args kwaitgroup_death_kunit.stop_ms=1000)

# silent COMMAND...: what it says is for who asks why it failed.
silent() {
	local said

	said=$("$@" 2>&1) || { tail -n 40 <<<"$said"; return 1; }
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
	static_one "on x86_64, built in: all of it" silent intree_kunit x86_64 "$intree/x86_64" "$last" run "${intree_short[@]}"
	static_one "on x86_64, as modules: all of it" silent "$lab/lab" boot intree load+kunit+misuse+death
	mkdir -p "$build/intree-counts"
	echo "$passed $failed 0" >"$build/intree-counts/counts"
	say "$(counts_line "$passed" "$failed" 0)"
	[ "$failed" -eq 0 ] || exit 1
}

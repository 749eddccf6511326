# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A copy of this tree in the kernel's own, as README.md says it: built in, run by the kernel's kunit.py.

# intree_copy FOLDER: a kernel's source with kwaitgroup in it. Hard links, where that can be.
intree_copy() {
	local tree=$1 part

	rm -rf "$tree"
	mkdir -p "${tree%/*}"
	cp -al "$source_tree" "$tree" 2>/dev/null || { rm -rf "$tree" && cp -a "$source_tree" "$tree"; } || return
	mkdir "$tree/drivers/kwaitgroup" || return
	for part in "${module_parts[@]}" Kconfig; do
		cp -r "$top/$part" "$tree/drivers/kwaitgroup" || return
	done
	# By new files: the old ones are shared.
	sed -i '$i source "drivers/kwaitgroup/Kconfig"' "$tree/drivers/Kconfig" &&
		sed -i '$a obj-y += kwaitgroup/' "$tree/drivers/Makefile"
}

# intree_run VERSION ARCH: um, which needs no machine, or x86_64, in QEMU.
intree_run() {
	local tree=$build/intree/$1-$2/source out=$build/intree/$1-$2 source_tree counts status=0

	need boot boot-amd64 source
	source_get "$1"
	logged "copying the kernel's source" "$out.log" intree_copy "$tree" || die "cannot copy it: $(tail -n 1 "$out.log")"
	say "linux $1, $2: building a kernel with kwaitgroup in it, and running its suites"
	logged "kunit.py, $2" "$out.log" intree_kunit "$tree" "$out/build" "$2" || status=1
	grep -E '^\[[0-9:]*\] (\[FAILED\]|Testing complete|ERROR)|error:' "$out.log" || true
	counts=$(sed -nE 's/.*Testing complete\. Ran [0-9]+ tests: //p' "$out.log" | tail -n 1)
	mkdir -p "$build/intree-$1-$2"
	echo "$(intree_count passed) $(($(intree_count failed) + $(intree_count crashed) + status)) $(intree_count skipped)" \
		>"$build/intree-$1-$2/counts"
	[ "$status" -eq 0 ] || die "linux $1, $2: not all of it passed (all of it: $out.log)"
}

# intree_count WHAT: of what kunit.py has counted.
intree_count() { grep -oE "$1: [0-9]+" <<<"${counts:-}" | grep -oE '[0-9]+' || echo 0; }

intree_kunit() {
	cd "$1" && python3 tools/testing/kunit/kunit.py run --arch "$3" --build_dir "$2" --jobs "$jobs" \
		--timeout 1800 --kunitconfig drivers/kwaitgroup/kunit 'kwaitgroup*'
}

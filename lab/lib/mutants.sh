# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Seeded bugs: the module is loaded with one after the other, and the suites must notice.

# What may notice, the quickest first: KERNEL:SUITE. A row may name one of explore's scenarios, explore:SCENARIO.
read -ra mutant_hunters <<<"${MUTANT_HUNTERS:-debian-6.12:quick debian-6.12:misuse debian-6.12:death debian-6.12:user debug:quick kcsan:quick}"

# mutant_rows: the table of module/mutants.h.
mutant_rows() { sed -n '/^ \* name\t/,/^ \*\//s/^ \* \([a-z]*_[a-z0-9_]*[\t ]\)/\1/p' "$top/module/mutants.h"; }

mutant_names() { mutant_rows | sed 's/[\t ].*//'; }

# mutant_firsts: a line for each that names who is asked first, in brackets at the end of its row: NAME KERNEL:SUITE.
mutant_firsts() {
	mutant_rows | sed -nE 's/^([a-z0-9_]+)[\t ].*\[([^]]*)\]$/\1 \2/p' | sed '/:/!s/ / debian-6.12:/'
}

# mutant_hunters_of NAME: first the one that its row names.
mutant_hunters_of() {
	local first item

	first=$(mutant_firsts | sed -n "s/^$1 //p")
	[ -z "$first" ] || echo "$first"
	for item in "${mutant_hunters[@]}"; do
		[ "$item" = "$first" ] || echo "$item"
	done
}

# mutant_verdict LOG: the first thing that went wrong: an expectation, or what the verdict says.
mutant_verdict() {
	grep -m 1 -oE 'EXPECTATION FAILED at .*|# hangs\? .*|^(# )?FAILED: .*|ERROR: AddressSanitizer: .*' "$1" |
		sed -E 's/^EXPECTATION FAILED at .*\/([a-z_]*\.c:)/\1/; s/^(# )?FAILED: //' | cut -c 1-72 || true
}

# mutant_ask ITEM NAME: fails if it notices.
mutant_ask() {
	case $1 in
	explore:*) explore_mutant "$2" "${1#*:}" ;;
	*) KWAITGROUP_MUTANT=$2 "$lab/lab" boot "${1%%:*}" "${1#*:}" ;;
	esac
}

# mutant_hunt NAME: a line that says who has caught it and how, and a count in which one that nobody
# caught has failed.
mutant_hunt() {
	local name=$1 dir=$build/mutant-$1 item items log counts

	kernel_read debian-6.12
	mkdir -p "$dir"
	mapfile -t items < <(mutant_hunters_of "$name")
	for item in "${items[@]}"; do
		log=$dir/${item/:/-}.log
		counts=$build/${item/://}-$name/counts
		rm -f "$counts"
		! logged "$item" "$log" mutant_ask "$item" "$name" || continue
		# No counts: it has not been run, for whatever reason. That catches nothing.
		[ -s "$counts" ] || die "$item could not be run (all of it: $log)"
		printf '%-22s %-20s %s\n' "$name" "$item" "$(mutant_verdict "$log")" | tee "$dir/caught"
		echo 1 0 0 >"$dir/counts"
		return
	done
	printf '%-22s %-20s %s\n' "$name" - SURVIVED | tee "$dir/caught"
	echo 0 1 0 >"$dir/counts"
	exit 1
}

# mutant_control: the suites that are asked first must be silent where there is no bug, in the same build.
mutant_control() {
	local item items passed=0 failed=0 skipped=0 counted

	mkdir -p "$build/mutant-control"
	# Of explore's scenarios "explore" is the control.
	mapfile -t items < <(mutant_firsts | grep -v ' explore:' | sed 's/.* //; s/:kwaitgroup_.*/:kwaitgroup_*/' | sort -u)
	for item in "${items[@]}"; do
		KWAITGROUP_MUTANT=control "$lab/lab" boot "${item%%:*}" "${item#*:}" || true
		add_counts "$build/${item/://}-control/counts"
	done
	echo "$passed $failed $skipped" >"$build/mutant-control/counts"
	[ "$failed" -eq 0 ] || exit 1
}

# mutants_run [NAME...]: all of them and those of the models, or some.
mutants_run() {
	local name names items=()

	mapfile -t names < <(mutant_names)
	[ $# -eq 0 ] || names=("$@")
	for name in "${names[@]}"; do
		rm -f "$build/mutant-$name/caught"
		items+=("mutant $name")
	done
	[ $# -gt 0 ] || items=(mutant-control explore model-mutants "${items[@]}")
	items_run "${items[@]}"
	printf '\n%-22s %-20s %s\n' mutant 'caught by' first
	for name in "${names[@]}"; do
		cat "$build/mutant-$name/caught" 2>/dev/null || printf '%-22s %s\n' "$name" '- could not be hunted'
	done
	items_sum "${items[@]}"
}

# Whom those that a program makes are shown to.
auto_hunters="debian-6.12:quick debian-6.12:misuse debian-6.12:death debian-6.12:user debian-6.12:tools debian-6.12:trace debug:quick"

# auto_score LIST TREE: how many of each room were caught, and what those are that were not.
auto_score() {
	local name room place kind

	while read -r name room place kind; do
		[ "$(cat "$2/build/mutant-$name/counts" 2>/dev/null)" != "1 0 0" ] || echo "$room caught"
		echo "$room all"
	done <"$1" | awk '{ n[$1 " " $2]++; rooms[$1] } END { for (r in rooms) printf "%-10s %3d of %3d caught, %3d %%\n", r, n[r " caught"], n[r " all"], 100 * n[r " caught"] / n[r " all"] }'
	while read -r name room place kind; do
		grep -qx "1 0 0" "$2/build/mutant-$name/counts" 2>/dev/null || sed "1s/$/ ($name, $kind)/" "$2/build/auto/$name.diff"
	done <"$1"
}

# mutants_auto COUNT SEED: bugs that a program has seeded in a copy of this tree.
mutants_auto() {
	local tree=$build/auto-$2-$1 names status=0

	rm -rf "$tree"
	mkdir -p "$tree/build/auto"
	tar -C "$top" --exclude=./build --exclude=./.git -cf - . | tar -C "$tree" -xf -
	"$lab/mutate.py" "$tree" "$1" "$2" >"$tree/build/auto/list"
	mapfile -t names < <(sed 's/ .*//' "$tree/build/auto/list")
	MUTANT_HUNTERS=${MUTANT_HUNTERS:-$auto_hunters} "$tree/lab/lab" mutants "${names[@]}" || status=1
	printf '\nof %d that seed %s has made:\n' "$1" "$2"
	auto_score "$tree/build/auto/list" "$tree"
	exit "$status"
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The core in user space: every interleaving of its scenarios, and those again with threads; see explore/README.md.

explore_make() {
	need explore
	logged "building explore" "$build/log/explore.log" make -C "$top/explore" -j"$jobs" "OUT=$build/explore" ||
		die "explore does not build: $(grep -m 1 -E 'error|Error' "$build/log/explore.log") (all of it: $build/log/explore.log)"
}

# explore_counts LOG...: the sum of what they end with, "passed failed skipped".
explore_counts() {
	tail -qn 1 "$@" | awk '/^[0-9]+ passed, [0-9]+ failed$/ { p += $1; f += $3; next } { f++ } END { print p + 0, f + 0, 0 }'
}

# explore_run: all of it. What fails is shown with its schedule.
explore_run() {
	local dir=$build/explore status=0 p f _ program

	rm -f "$dir/counts"
	with_lock "explore-$tree_key" explore_make
	for program in explore threads; do
		"$dir/$program" | tee "$dir/$program.log" || status=1
	done
	read -r p f _ < <(explore_counts "$dir/explore.log" "$dir/threads.log")
	echo "$p $f 0" >"$dir/counts"
	counts_line "$p" "$f" 0
	printf '\n'
	return "$status"
}

# explore_mutant NAME SCENARIO: fails if the scenario, or one of "all", does with this seeded bug in it, as a
# boot would.
explore_mutant() {
	local counts=$build/explore/$2-$1/counts scenario=("$2") status=0

	with_lock "explore-$tree_key" explore_make
	mkdir -p "${counts%/*}"
	if [ "$2" = all ]; then
		scenario=()
		# Nearly always enough, and it takes a second.
		"$build/explore/explore" --bound 1 --mutant "$1" || status=$?
	fi
	[ "$status" -ne 0 ] || "$build/explore/explore" --mutant "$1" "${scenario[@]}" || status=$?
	case $status in
	0) echo 1 0 0 >"$counts" ;;
	1) echo 0 1 0 >"$counts" ;;
	# It could not be run. That catches nothing.
	*) return ;;
	esac
	return "$status"
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Which lines and branches of module/ the suites reach, on a kernel that counts.

coverage_suites=(quick misuse death death-poll user user-misuse fuzz trace torture)

coverage_gcovr() {
	gcovr --root "$top" --filter "$top/module/" --gcov-executable x86_64-linux-gnu-gcov-14 "$@"
}

# coverage_trace SUITE: one boot's counters as gcovr's JSON. gcov wants them beside the notes that the
# compiler wrote; the guest names them by where those are.
coverage_trace() {
	local dir=$build/gcov/$1/coverage counters notes

	rm -rf "$dir"
	mkdir -p "$dir"
	tar -xf "$build/gcov/$1/files.tar" -C "$dir"
	find "$dir" -path '*/module/*' -name '*.gcda' | while IFS= read -r counters; do
		notes=${counters#"$dir"}
		cp "${notes%.gcda}.gcno" "${counters%/*}"
	done
	# The sources are compiled through links, in a folder for each variant: they are the same files.
	coverage_gcovr --json - "$dir" | sed 's|"build/gcov/[^/]*/module/|"module/|g' >"$build/coverage/$1.json"
}

# coverage_run: boots the suites, adds up what they reached, and says what they did not.
coverage_run() {
	local suite items=() traces=()

	need coverage gcc-14-amd64
	mkdir -p "$build/coverage/html"
	for suite in "${coverage_suites[@]}"; do
		items+=("gcov:$suite")
		traces+=(-a "$build/coverage/$suite.json")
	done
	(export TORTURE_SECONDS=${TORTURE_SECONDS:-20} FUZZ_OPS=${FUZZ_OPS:-20000} && tally_run "${items[@]}") || die "without suites that pass there is no coverage"
	for suite in "${coverage_suites[@]}"; do
		logged "reading the counters of $suite" "$build/coverage/$suite.log" coverage_trace "$suite" ||
			die "cannot read them: $(tail -n 1 "$build/coverage/$suite.log")"
	done
	coverage_gcovr "${traces[@]}" --json "$build/coverage/all.json" \
		--html-details "$build/coverage/html/index.html" --html-title "kwaitgroup"
	say "the sources, line by line: $build/coverage/html/index.html"
	python3 "$lab/coverage.py" "$build/coverage/all.json" "$lab/coverage.gaps" || exit 1
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Seeded bugs: the module is built with each of them, and the suites must notice.

# What may notice, the quickest first: KERNEL:SUITE.
mutant_hunters=(debian-6.12:quick debian-6.12:misuse debug:quick)

# The names in the table of module/mutants.h.
mutant_names() { sed -n '/^ \* name\t/,/^ \*\//s/^ \* \([a-z]*_[a-z_]*\)[\t ].*/\1/p' "$top/module/mutants.h"; }

# mutant_verdict LOG: the first thing that went wrong: an expectation, or what the verdict says.
mutant_verdict() {
	grep -m 1 -oE 'EXPECTATION FAILED at .*|^FAILED: .*' "$1" |
		sed 's/^EXPECTATION FAILED at .*\/\([a-z_]*\.c:\)/\1/; s/^FAILED: //' | cut -c 1-72
}

# mutant_hunt NAME: sets $hunter to who has caught it and $how, or leaves them empty.
mutant_hunt() {
	local item log counts

	hunter='' how=''
	for item in "${mutant_hunters[@]}"; do
		log=$build/mutants/$1-${item/:/-}.log
		counts=$build/${item/://}-$1/counts
		rm -f "$counts"
		! KWAITGROUP_MUTANT=$1 logged "$1: $item" "$log" "$lab/lab" boot "${item%%:*}" "${item#*:}" ||
			continue
		# No counts: it has not been run, for whatever reason. That catches nothing.
		[ -s "$counts" ] || die "$1: $item could not be run (all of it: $log)"
		hunter=$item how=$(mutant_verdict "$log")
		return
	done
}

# mutants_run [NAME...]: all of them, or some; a table, and a count in which a survivor has failed.
mutants_run() {
	local passed=0 failed=0 skipped=0 counted name names hunter how table=()

	mkdir -p "$build/mutants"
	[ $# -gt 0 ] || mapfile -t names < <(mutant_names)
	for name in "${@:-${names[@]}}"; do
		mutant_hunt "$name"
		if [ -n "$hunter" ]; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1)) hunter=- how='SURVIVED'
		fi
		table+=("$(printf '%-22s %-20s %s' "$name" "$hunter" "$how")")
		say "mutant ${table[-1]}"
	done
	# The models' own, when all are asked for; they print a table too.
	[ $# -gt 0 ] || model_run model-mutants --mutants || true
	[ $# -gt 0 ] || add_counts "$build/model-mutants/counts"
	printf '\n%-22s %-20s %s\n' mutant 'caught by' first
	printf '%s\n' "${table[@]}"
	counts_line "$passed" "$failed" "$skipped"
	printf '\n'
	[ "$failed" -eq 0 ] || exit 1
}

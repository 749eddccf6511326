# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Several checks in a row, each in a process of its own, and their sum.

# add_counts FILE: one check's "passed failed skipped"; one that could not run at all has failed.
add_counts() {
	local p=0 f=1 s=0

	[ ! -s "$1" ] || read -r p f s <"$1"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	counted=$(counts_line "$p" "$f" "$s")
}

counts_line() {
	printf '%d passed, %d failed' "$1" "$2"
	[ "$3" -eq 0 ] || printf ', %d skipped' "$3"
}

# one_check ITEM: runs it, adds it up.
one_check() {
	local item=$1 counts

	case $item in
	*:*) counts=$build/${item/://}/counts; set -- boot "${item%%:*}" "${item#*:}" ;;
	*) counts=$build/$item/counts ;;
	esac
	rm -f "$counts"
	"$lab/lab" "$@" || true
	add_counts "$counts"
}

# tally_run ITEM...: KERNEL:SUITE boots, anything else is a command of the lab's own.
tally_run() {
	local passed=0 failed=0 skipped=0 counted item summary=()

	for item; do
		say "check $item"
		one_check "$item"
		summary+=("$(printf '%-32s %s' "$item" "$counted")")
	done
	if [ $# -gt 1 ]; then
		printf '\n'
		printf '%s\n' "${summary[@]}"
	fi
	counts_line "$passed" "$failed" "$skipped"
	printf '\n'
	[ "$failed" -eq 0 ] || exit 1
}

# matrix_cells KERNEL: the suites that this kernel can run. A suite names the kernels it is for by
# patterns, and is left out of the matrix by "# kernels: none".
matrix_cells() {
	local suite pattern patterns

	for suite in $(suite_names); do
		read -ra patterns <<<"$(suite_get "$lab/suites/$suite" kernels '*')"
		for pattern in "${patterns[@]}"; do
			# shellcheck disable=SC2053 # a pattern it is
			if [[ $1 == $pattern ]]; then
				echo "$suite"
				break
			fi
		done
	done
}

# matrix_run [KERNEL...]: all suites on all kernels, or on some.
matrix_run() {
	local passed=0 failed=0 skipped=0 counted kernel kernels suite table=()

	mapfile -t kernels < <(kernel_names)
	[ $# -eq 0 ] || kernels=("$@")
	for kernel in "${kernels[@]}"; do
		for suite in $(matrix_cells "$kernel"); do
			say "check $kernel:$suite"
			one_check "$kernel:$suite"
			table+=("$(printf '%-20s %-16s %s' "$kernel" "$suite" "$counted")")
		done
	done
	printf '\n%-20s %-16s %s\n' kernel suite result
	printf '%s\n' "${table[@]}"
	counts_line "$passed" "$failed" "$skipped"
	printf '\n'
	[ "$failed" -eq 0 ] || exit 1
}

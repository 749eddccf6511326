# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Kernels by suites. A cell is a boot. What has come of it is a line in build/matrix/KERNEL/SUITE.row, with
# the key of what it depends on, so that a run that was ended goes on, and one that failed is not all done again.

# What no boot depends on, in the tree: texts, reports, what a build has left, what is checked without one. And
# the kernels and suites, of which each cell has its own.
matrix_apart='\.(md|xml|json|o|ko|mod|a)$|\.cmd$|/(Module\.symvers|modules\.order)$'
matrix_apart+="|^$top/(debian|dist|model|Documentation|LICENSES|\.github)/"
matrix_apart+="|^$lab/(tests|kernels|suites|configs)/|^$lab/(ci\.py|lava\.yaml|packages|lib/(static|tests|hosts|mutants|model)\.sh)$"

# matrix_key: what all cells depend on: the tree, and how long their tests are.
matrix_key() {
	{
		source_files '*' | grep -vE "$matrix_apart" | sort | xargs -d '\n' sha256sum
		echo "$FUZZ_OPS $DEATHS ${FUZZ_SEED-} ${TORTURE_SECONDS-} ${TORTURE_SEED-}"
	} | content_key -
}

# matrix_cell_key KERNEL SUITE: and what this one depends on.
matrix_cell_key() {
	{
		echo "$MATRIX_KEY"
		cat "$lab/kernels/$1" "$lab/suites/$2"
		[ -z "$k_configs" ] || cat "$lab/configs"/*
	} | content_key -
}

# matrix_cells KERNEL: the suites that this kernel can run. A suite names the kernels it is for by
# patterns, and is left out of the matrix by "# kernels: none" if it is not asked for; a kernel may name the suites
# itself. SUITES= chooses some.
matrix_cells() {
	local suite suites

	kernel_read "$1"
	read -ra suites <<<"${SUITES:-$(suite_names | tr '\n' ' ')}"
	for suite in "${suites[@]}"; do
		[ -f "$lab/suites/$suite" ] || die "no suite '$suite'; there are: $(suite_names | tr '\n' ' ')"
		! matrix_fits "$1" "$suite" || echo "$1 $suite"
	done
}

# matrix_fits KERNEL SUITE: after kernel_read.
matrix_fits() {
	local pattern patterns

	if [ -n "$k_suites" ]; then
		[[ " $k_suites " == *" $2 "* ]]
		return
	fi
	read -ra patterns <<<"$(suite_get "$lab/suites/$2" kernels '*')"
	[ "${patterns[*]}" != none ] || [ -z "${SUITES:-}" ] || return 0
	for pattern in "${patterns[@]}"; do
		# shellcheck disable=SC2053 # a pattern it is
		[[ $1 != $pattern ]] || return 0
	done
	return 1
}

# matrix_why LOG: in one line, why its boot failed.
matrix_why() {
	{ grep -m 1 -oE 'EXPECTATION FAILED at .*|^FAILED: .*|\[FAILED\] .*|^lab: failed unexpectedly: .*' "$1" ||
		tail -n 1 "$1"; } | tr '\t' ' ' | cut -c -160
}

# matrix_cell KERNEL SUITE: boots it, and keeps what has come of it.
matrix_cell() {
	local dir=$build/matrix/$1 verdict=passed seconds p=0 f=1 s=0 why='' counts=$build/$1/$2/counts key

	kernel_read "$1"
	key=$(matrix_cell_key "$1" "$2")
	mkdir -p "$dir" "$build/cell-$1-$2"
	rm -f "$dir/$2.row" "$counts"
	"$lab/lab" boot "$1" "$2" 2>&1 | tee "$dir/$2.log" || verdict=failed
	! grep -q '^lab: failed unexpectedly: ' "$dir/$2.log" || verdict=failed
	[ ! -s "$counts" ] || read -r p f s <"$counts"
	[ "$verdict" = passed ] || why=$(matrix_why "$dir/$2.log")
	seconds=$(sed -nE 's/^lab: .* (passed|FAILED), ([0-9]+) s, .*/\2/p' "$dir/$2.log")
	printf '%s\t' "$key" "$1" "$2" "$verdict" "$p" "$f" "$s" "${seconds:-0}" >"$dir/$2.part"
	printf '%s\n' "$why" >>"$dir/$2.part"
	mv "$dir/$2.part" "$dir/$2.row"
	echo "$p $f $s" >"$build/cell-$1-$2/counts"
	[ "$verdict" = passed ] || exit 1
}

# matrix_passed KERNEL SUITE KEY: it has done so before.
matrix_passed() {
	local row=$build/matrix/$1/$2.row

	[ "${MATRIX:-}" != fresh ] && [ -s "$row" ] && [ "$(cut -f 1,4 "$row")" = "$3"$'\t'passed ]
}

# matrix_keyed KERNEL: its cells, each with its key.
matrix_keyed() {
	local kernel suite

	kernel_read "$1"
	matrix_cells "$1" | while read -r kernel suite; do
		echo "$kernel $suite $(matrix_cell_key "$kernel" "$suite")"
	done
}

# matrix_run [--junit FILE] [--json FILE] [KERNEL...]: all suites on all kernels, or on some. There is time
# for a long fuzz, and for many deaths.
matrix_run() {
	local kernel kernels=() suite key cells items=() reports=()

	while [ $# -gt 0 ]; do
		case $1 in
		--junit | --json) reports+=("$1" "$2"); shift ;;
		*) kernels+=("$1") ;;
		esac
		shift
	done
	export FUZZ_OPS=${FUZZ_OPS:-2000000} DEATHS=${DEATHS:-10000}
	MATRIX_KEY=$(matrix_key)
	export MATRIX_KEY
	[ ${#kernels[@]} -gt 0 ] || mapfile -t kernels < <(kernel_names)
	cells=$(for kernel in "${kernels[@]}"; do matrix_keyed "$kernel"; done)
	while read -r kernel suite key; do
		matrix_passed "$kernel" "$suite" "$key" || items+=("cell $kernel $suite")
	done <<<"$cells"
	say "$(wc -l <<<"$cells") cells, ${#items[@]} of them to run (MATRIX=fresh runs all)"
	items_run "${items[@]}"
	need boot
	python3 "$lab/matrix.py" "${reports[@]}" "$build/matrix" <<<"$cells" || exit 1
}

# ci_run [KERNEL]: what the services are told of the same cells.
ci_run() {
	local kernel

	need boot
	for kernel in $(kernel_names); do matrix_cells "$kernel"; done | python3 "$lab/ci.py" "$top" "$@"
}

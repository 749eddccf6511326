# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Many checks, each in a process of its own, some at the same time, and their sum.

# An item is KERNEL:SUITE, a boot, or a command of the lab's own with its arguments.
item_counts() {
	case $1 in
	*:*) echo "$build/${1/://}/counts" ;;
	*) echo "$build/${1// /-}/counts" ;;
	esac
}

item_log() { echo "$build/check/${1//[: ]/-}.log"; }
item_used() { echo "$build/check/${1//[: ]/-}.used"; }

# Seconds that each item took.
declare -A took=()

# item_seconds ITEM: of processors, as bash's times has them: of the shell, and of its programs.
item_seconds() {
	{ sed 's/m/ /g; s/s//g' "$(item_used "$1")" 2>/dev/null || true; } |
		awk '{ used += 60 * ($1 + $3) + $2 + $4 } END { printf "%.0f", used }'
}

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

# item_start ITEM: in the background, with all it prints in a file.
item_start() {
	local item=$1 words

	case $item in
	*:*) words=(boot "${item%%:*}" "${item#*:}") ;;
	*) read -ra words <<<"$item" ;;
	esac
	rm -f "$(item_counts "$item")" "$(item_used "$item")"
	say "check $item: started"
	KWAITGROUP_USED=$(item_used "$item") "$lab/lab" "${words[@]}" >"$(item_log "$item")" 2>&1 </dev/null &
	running[$!]=$item
	started[$!]=$SECONDS
	children[$!]=1
}

# item_trapped ITEM: something failed unexpectedly in a check that passed. That is the lab's own failure.
item_trapped() {
	local counts trap p f s

	counts=$(item_counts "$1")
	trap=$(grep -m 1 '^lab: failed unexpectedly: ' "$(item_log "$1")") || return 0
	[ -s "$counts" ] && read -r p f s <"$counts" && [ "$f" -eq 0 ] || return 0
	echo "FAILED: it passed, and yet: $trap"
	echo "$p 1 $s" >"$counts"
}

# item_end PID: shows what it printed.
item_end() {
	local pid=$1 item=${running[$1]}

	wait "$pid" || true
	printf '\n'
	cat "$(item_log "$item")"
	item_trapped "$item"
	took[$item]=$((SECONDS - started[$pid]))
	say "check $item: ended after ${took[$item]} s"
	unset "running[$pid]" "started[$pid]" "children[$pid]"
}

# items_beat: what each of those that run is at.
items_beat() {
	local pid item last

	for pid in "${!running[@]}"; do
		item=${running[$pid]}
		last=$(tail -n 1 "$(item_log "$item")" | tr -d '\r' | cut -c -110)
		say "check $item: ${last#lab: }"
	done
}

# items_reap: waits for one of them.
items_reap() {
	local pid next=$((SECONDS + 5))

	while :; do
		for pid in "${!running[@]}"; do
			kill -0 "$pid" 2>/dev/null && continue
			item_end "$pid"
			return
		done
		sleep 0.2
		[ "$SECONDS" -ge "$next" ] || continue
		items_beat
		next=$((SECONDS + 5))
	done
}

# items_run ITEM...: at a time two more than there are processors, as guests wait for theirs, and sleep for half of
# their life.
items_run() {
	local item
	local -A running=() started=()

	writable "$build/check" "work in a clone of your own"
	for item; do
		[ "${#running[@]}" -lt $((jobs + 2)) ] || items_reap
		item_start "$item"
	done
	while [ "${#running[@]}" -gt 0 ]; do
		items_reap
	done
}

# items_sum [-v] ITEM...: their sum, which decides the exit status; with -v a line for each, too, with the seconds
# that it took, and those of processors.
items_sum() {
	local passed=0 failed=0 skipped=0 counted item verbose=no

	[ "$1" != -v ] || {
		verbose=yes
		shift
		printf '%-44s %8s %11s\n' '' 'took' 'processors'
	}
	for item; do
		add_counts "$(item_counts "$item")"
		[ "$verbose" = no ] ||
			printf '%-44s %6d s %9d s  %s\n' "$item" "${took[$item]:-0}" "$(item_seconds "$item")" "$counted"
	done
	counts_line "$passed" "$failed" "$skipped"
	printf '\n'
	[ "$failed" -eq 0 ] || exit 1
}

tally_run() {
	items_run "$@"
	printf '\n'
	say "all of it took $((SECONDS / 60)) min $((SECONDS % 60)) s"
	items_sum -v "$@"
}

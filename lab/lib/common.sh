# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Paths, messages and progress, for every part of the lab.

top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
lab=$top/lab
build=$top/build
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kwaitgroup
host_arch=$(dpkg --print-architecture)
jobs=$(nproc)
# What a clone has compiled, the next one need not.
export CCACHE_DIR=$cache/ccache CCACHE_MAXSIZE=2G
# The tree stays as it was cloned.
export PYTHONDONTWRITEBYTECODE=1
child=
declare -A children=()

# shown TEXT: with the paths that whoever reads it has: the lab's root has others.
shown() {
	local text=${1//"$top/"/} place folder

	text=${text//"$cache/"/"${KWAITGROUP_CACHE:-$cache}/"}
	while IFS=$'\t' read -r place folder; do
		text=${text//"$place"/"$folder"}
	done < <(printf %s "${KWAITGROUP_OUTSIDE-}")
	printf '%s\n' "$text"
}

say() { shown "lab: $*"; }
die() { shown "lab: $*" >&2; exit 1; }

# A background job of a script ignores SIGINT, so Ctrl-C has to be passed on by hand.
end_children() {
	kill ${child:+"$child"} "${!children[@]}" 2>/dev/null || true
}

# leave: at the end of each command. Who started it may want to know what it and its programs took of the processors.
leave() {
	[ -z "${KWAITGROUP_USED:-}" ] || times >"$KWAITGROUP_USED" || true
	end_children
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# beat PID LABEL LOG [FILE]: until PID ends, or FILE has something in it, say every 5 seconds that it
# is at work, and on what.
beat() {
	local start=$SECONDS next=5 elapsed last

	while kill -0 "$1" 2>/dev/null && [ ! -s "${4-}" ]; do
		sleep 0.1
		elapsed=$((SECONDS - start))
		[ "$elapsed" -ge "$next" ] || continue
		last=$(tail -n 1 "$3" 2>/dev/null | tr -d '\r' | cut -c -90) || true
		say "$2: ${elapsed} s${last:+: $last}"
		next=$((elapsed + 5))
	done
}

# writable FOLDER HINT: a folder of ours that can be written to, or one line that says why not.
writable() {
	{ mkdir -p "$1" && [ -w "$1" ]; } 2>/dev/null || die "cannot write to $1: $2"
}

# logged LABEL LOG COMMAND...: run with all output in a file, and never silently.
logged() {
	local label=$1 log=$2 status=0

	shift 2
	writable "${log%/*}" "work in a clone of your own"
	: >"$log"
	"$@" >"$log" 2>&1 </dev/null &
	child=$!
	beat "$child" "$label" "$log"
	wait "$child" || status=$?
	child=
	return "$status"
}

# lock NAME: of two runs that share a cache entry or a build folder, one waits. Sets $locked, to be
# closed by who wants to let go before the end.
lock() {
	writable "$cache/locks" "set XDG_CACHE_HOME to a folder of yours"
	exec {locked}>"$cache/locks/$1"
	flock -n "$locked" && return
	say "$1: waiting for another run of the lab"
	flock "$locked"
}

# with_lock NAME COMMAND...: holds it while the command runs.
with_lock() {
	local locked

	lock "$1"
	"${@:2}"
	# A caller that handles failure gets here after one, and is to see it.
	set -- "$?"
	exec {locked}>&-
	return "$1"
}

# content_key FILE...: a short name for what these files say.
content_key() { cat "$@" | sha256sum | cut -c -12; }

# What tells the locks of this clone's build folder from those of others.
tree_key=$(content_key - <<<"${KWAITGROUP_HOST:-$top}")

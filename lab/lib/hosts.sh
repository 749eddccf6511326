# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Hosts as people have them: minimal roots of Debian with make and git, a fresh clone and an empty HOME, in which
# the lab is started as README.md says it. On the host itself, as the lab's root is one of the things it tries.

host_suites=(bookworm trixie)
host_commands=('make run' 'make check')

# host_make SUITE FOLDER: at the mirror that the lab's root is made from.
host_make() {
	local main

	main=$(host_uri debian)
	mmdebstrap --variant=minbase --include=make,git --dpkgopt=force-unsafe-io "$1" "$2" ${main:+"$main"}
}

# host_do ROOT COMMAND: in there, as somebody who has just come.
host_do() {
	local script

	# shellcheck disable=SC2016 # for the shell in the other name space
	script='mount --bind "$1" "$1"
		for part in dev proc sys; do mount --rbind "/$part" "$1/$part"; done
		cp /etc/resolv.conf "$1/etc/resolv.conf"
		mount --bind "$2" "$1/srv"
		exec chroot "$1" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c \
			"cd /root && { [ -d kwaitgroup ] || git clone -q /srv kwaitgroup; } && cd kwaitgroup && $3"'
	unshare --mount sh -ec "$script" sh "$1" "$top" "$2"
}

# host_try SUITE COMMAND...: one after the other, so that the second finds what the first has left.
host_try() {
	local suite=$1 root=$build/hosts/$1 log command start

	shift
	rm -rf "$root"
	mkdir -p "$build/hosts"
	logged "$suite: a minimal root" "$build/hosts/$suite-root.log" host_make "$suite" "$root" ||
		die "cannot make a root of $suite: $(tail -n 1 "$build/hosts/$suite-root.log")"
	for command; do
		log=$build/hosts/$suite-${command//[^a-z0-9.]/-}.log
		start=$SECONDS
		if logged "$suite: $command" "$log" host_do "$root" "$command"; then
			passed=$((passed + 1))
			say "$suite: $command: passed, $((SECONDS - start)) s: $(tail -n 1 "$log")"
		else
			failed=$((failed + 1))
			say "$suite: $command: FAILED, $((SECONDS - start)) s: $(tail -n 1 "$log") (all of it: $log)"
		fi
	done
	rm -rf --one-file-system "$root"
}

# hosts_run [SUITE [COMMAND]]
hosts_run() {
	local passed=0 failed=0 suite suites=("${host_suites[@]}") commands=("${host_commands[@]}")

	[ $# -lt 1 ] || suites=("$1")
	[ $# -lt 2 ] || commands=("$2")
	[ "$(id -u)" -eq 0 ] || die "a root of another host can be entered by root alone"
	host_need
	for suite in "${suites[@]}"; do
		host_try "$suite" "${commands[@]}"
	done
	counts_line "$passed" "$failed" 0
	printf '\n'
	[ "$failed" -eq 0 ] || exit 1
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What a suite can call. A suite's standard output is the result port: KTAP, or text for people.
# What it leaves in /lab/files, the host finds in build/KERNEL/SUITE/files.tar.

debugfs=/sys/kernel/debug/kwaitgroup

# Seconds that the host may take to name its ports.
lab_patience=100

# lab_port NAME: the device of a port of the host's. Host and guest exchange some messages before it has
# a name, which takes a while on a busy host: looked for once, it is missed.
lab_port() {
	lab_tries=$((lab_patience * 20))
	while [ "$lab_tries" -gt 0 ]; do
		for lab_dir in "${lab_ports:-/sys/class/virtio-ports}"/*; do
			[ "$(cat "$lab_dir/name" 2>/dev/null)" = "kwaitgroup.$1" ] || continue
			echo "/dev/${lab_dir##*/}"
			return
		done
		lab_tries=$((lab_tries - 1))
		sleep 0.05
	done
	return 1
}

# lab_uptime: in hundredths of a second.
lab_uptime() { awk '{ print int($1 * 100) }' /proc/uptime; }

# lab_starts COUNT: sets $lab_took, in hundredths of a second, when all processors do a little of everything: start so
# many programs each, that is; and $lab_machine: by how many times this is slower than with a stock kernel that has an
# emulated machine to itself, which starts one in a hundredth.
lab_starts() {
	lab_took=$(lab_uptime)
	for _ in $(seq "$(nproc)"); do
		for _ in $(seq "$1"); do
			/bin/true
		done &
	done
	wait
	lab_took=$(($(lab_uptime) - lab_took))
	lab_machine=$(((lab_took + $1 - 1) / $1))
	[ "$lab_machine" -ge 1 ] || lab_machine=1
}

# lab_measure: the same, for good. Where it takes long a few programs tell enough; but a host that was busy with
# something else for a moment is no slow machine.
lab_measure() {
	lab_starts 10
	if [ "$lab_machine" -lt 4 ]; then
		lab_starts 40
		return
	fi
	lab_first=$lab_machine
	lab_starts 10
	[ "$lab_machine" -le "$lab_first" ] || lab_machine=$lab_first
}

# lab_scale FILE MOST: a time of the kernel's own, multiplied by that.
lab_scale() {
	[ -w "$1" ] || return 0
	lab_time=$(($(cat "$1") * lab_machine))
	[ "$lab_time" -le "$2" ] || lab_time=$2
	echo "$lab_time" >"$1"
}

# lab_detectors: what is a hang to the kernel takes as many times longer.
lab_detectors() {
	lab_scale /proc/sys/kernel/hung_task_timeout_secs 100000
	lab_scale /proc/sys/kernel/watchdog_thresh 60
	lab_scale /sys/module/rcupdate/parameters/rcu_cpu_stall_timeout 300
}

# lab_programs SUITE: the programs that it wants are in /user; not all suites of a boot want the same.
lab_programs() {
	rm -f /user
	ln -s "/programs/$(sed -n 's/^# user: *//p' "$1")" /user
}

# lab_begin SUITE: nothing of ours is loaded, and both logs say where what it does begins.
lab_begin() {
	cut -d ' ' -f 1 /proc/modules | grep '^kwaitgroup' | while read -r lab_module; do
		rmmod "$lab_module"
	done
	lab_programs "$1"
	echo "lab: next: ${1##*/}" | tee "$result" >/dev/kmsg
}

# load MODULE [PARAM=VALUE...]: modules that others need are loaded first, by the suite.
load() {
	lab_module=$1
	shift
	# With a seeded bug: the host asks for one.
	[ "$lab_module" != kwaitgroup ] || set -- "$@" ${mutant:+"mutant=$mutant"}
	insmod "/modules/$lab_module.ko" "$@"
}

# What was printed to the kernel log between two marks, as it comes. In /dev/kmsg a record's
# dictionary starts with a space, and line breaks inside of a record are escaped.
lab_log_between() {
	awk -v "begin=$1" -v "end=$2" '
		/^ / { next }
		{ sub(/^[^;]*;/, "") }
		$0 == begin { on = 1; next }
		$0 == end { exit }
		on { gsub(/\\x0a/, "\n"); print; fflush() }' /dev/kmsg
}

# ktap_module MODULE [PARAM=VALUE...]: load a test module, whose KTAP comes through the kernel log,
# and pass it on as it is printed: a guest that dies half way has then told that far.
ktap_module() {
	# What stands in for KUnit where the kernel has none.
	if [ -e /modules/kunit_shim.ko ] && [ ! -e /sys/module/kunit_shim ]; then
		load kunit_shim "timeout_secs=$((300 * lab_machine))" ${unit:+"filter_glob=$unit"}
	fi
	lab_mark=$((${lab_mark:-0} + 1))
	lab_place="$lab_suite, $lab_mark"
	echo "lab: begin $lab_place" >/dev/kmsg
	lab_log_between "lab: begin $lab_place" "lab: end $lab_place" &
	lab_status=0
	load "$@" || lab_status=$?
	echo "lab: end $lab_place" >/dev/kmsg
	wait $!
	return "$lab_status"
}

# KTAP from a shell suite: plan COUNT, then as many lines of: check "what must hold" COMMAND...
plan() {
	lab_test=0
	printf 'KTAP version 1\n1..%s\n' "$1"
}

check() {
	lab_what=$1
	lab_test=$((lab_test + 1))
	shift
	if lab_output=$("$@" 2>&1); then
		echo "ok $lab_test $lab_what"
	else
		printf '%s\n' "$lab_output" | sed 's/^/# /'
		echo "not ok $lab_test $lab_what"
	fi
}

# ktap_program NAME [ARG...]: one of the user-space tests, see userspace-test/. What it finds is in its
# KTAP; a program that did not come to that is a failure of the suite.
ktap_program() {
	echo 'KTAP version 1'
	lab_status=0
	lab_program=$1
	shift
	KSFT_TAP_LEVEL=1 "/user/$lab_program" "$@" 2>&1 || lab_status=$?
	[ "$lab_status" -le 1 ]
}

# user_tests: the harness of userspace-test/, but for what provokes reports. "pairing" is the first: it
# looks for its leaks in debugfs, where only some of many are noted.
user_tests() {
	for lab_test in pairing abi abi_values semantics timeouts timens restarts positions poll descriptors command quotas races crowds inkernel; do
		ktap_program "$lab_test"
	done
}

kmemleak=/sys/kernel/debug/kmemleak

# lab_leaks_later: not in the midst of a suite, by kmemleak's own clock.
lab_leaks_later() { [ ! -w "$kmemleak" ] || echo scan=off >"$kmemleak"; }

# lab_leaks: what kmemleak finds, if the kernel has it; the console is where splats are looked for.
lab_leaks() {
	[ -w "$kmemleak" ] || return 0
	# An object is only reported when it is older than 5 seconds, and has not changed since the scan before, in
	# which nobody pointed to it either.
	echo scan >"$kmemleak"
	sleep 6
	echo scan >"$kmemleak"
	sed 's/^/kmemleak: /' "$kmemleak" >/dev/kmsg
}

# lab_coverage: the counters of our modules, if the kernel has any, as files for the host. They are
# named by where the objects were built.
lab_coverage() {
	[ -d /sys/kernel/debug/gcov ] || return 0
	find /sys/kernel/debug/gcov/ -name '*.gcda' | while IFS= read -r lab_counters; do
		lab_copy=/lab/files/${lab_counters#/sys/kernel/debug/gcov/}
		mkdir -p "${lab_copy%/*}"
		cat "$lab_counters" >"$lab_copy"
	done
}

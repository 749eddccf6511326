# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The host's processors, and which guests have them.

# Where control groups are; the lab's own tests have some of theirs.
control_groups=${KWAITGROUP_CGROUPS:-/sys/fs/cgroup}

# quota_cpus FOLDER: how many processors a control group may keep busy, if it says so; either version.
quota_cpus() {
	local quota=max period=100000

	if [ -r "$1/cpu.max" ]; then
		read -r quota period <"$1/cpu.max"
	elif [ -r "$1/cpu.cfs_quota_us" ]; then
		quota=$(<"$1/cpu.cfs_quota_us") period=$(<"$1/cpu.cfs_period_us")
	fi
	[[ $quota == max || $quota == -1 ]] || echo $(((quota + period - 1) / period))
}

# host_cpus: those that this process may use, as its affinity and the quotas of its control groups say.
host_cpus() {
	local cpus path quota

	cpus=$(nproc)
	while read -r path; do
		while [ -n "$path" ]; do
			quota=$(quota_cpus "$path")
			[ "${quota:-$cpus}" -ge "$cpus" ] || cpus=$quota
			path=${path%/*}
		done
	done < <(sed -nE "s|^0::|$control_groups|p; s|^[0-9]+:([a-z_,]*,)?cpu(,[a-z_,]*)?:|$control_groups/cpu|p" /proc/self/cgroup)
	echo "$cpus"
}

# guest_cpus WANTED: a guest has no more than the host, but two at the least: there is no race on one.
guest_cpus() {
	local cpus

	cpus=$(host_cpus)
	[ "$cpus" -ge 2 ] || cpus=2
	[ "$1" -ge "$cpus" ] || cpus=$1
	echo "$cpus"
}

# Descriptors of the processors that this run of the lab holds.
cpus_held=()

# cpus_take COUNT KIND: waits until as many of the host's processors are free, or all of them if there are not
# so many. All runs of the lab share them, and take their turns in the order they come. Guests that sleep most of the
# time, "sleeper" instead of "cpu", take turns among themselves.
cpus_take() {
	local count=$1 kind=$2 cpus gate

	cpus=$(host_cpus)
	[ "$count" -le "$cpus" ] || count=$cpus
	writable "$cache/locks" "set XDG_CACHE_HOME to a folder of yours"
	exec {gate}>"$cache/locks/${kind}s"
	if ! flock -n "$gate" || ! cpus_try "$count" "$cpus" "$kind"; then
		say "$k_name: waiting for $count of the host's $cpus processors"
		flock "$gate"
		until cpus_try "$count" "$cpus" "$kind"; do
			sleep 0.2
		done
	fi
	exec {gate}>&-
}

# cpus_try COUNT CPUS KIND: takes what is free, until it is enough.
cpus_try() {
	local cpu fd

	for ((cpu = 0; cpu < $2 && ${#cpus_held[@]} < $1; cpu++)); do
		[ -z "${cpus_held[$cpu]-}" ] || continue
		exec {fd}>"$cache/locks/$3-$cpu"
		if flock -n "$fd"; then
			cpus_held[cpu]=$fd
		else
			exec {fd}>&-
		fi
	done
	[ "${#cpus_held[@]}" -ge "$1" ]
}

cpus_give() {
	local fd

	for fd in "${cpus_held[@]}"; do
		exec {fd}>&-
	done
	cpus_held=()
}

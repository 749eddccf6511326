# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The lab's own tests: a lab that cannot fail proves nothing.

# planted SUITE...: a guest in which something is wrong, which the verdict must say. Those that come to their end share
# one, each with a word of its own.
planted() {
	local suite names name log status=ok verdict

	names=$(printf '+%s' "${@##*/}")
	log=$build/tests/planted-${names#+}.log
	! logged "planted ${names#+}" "$log" "$lab/lab" boot debian-6.12 "$(IFS=+; echo "$*")" || status='not ok'
	for suite; do
		name=${suite##*/}
		number=$((number + 1))
		verdict=$status
		grep -q -- "$(suite_get "$suite" verdict '')" "$log" || verdict='not ok'
		if [ "$verdict" = ok ]; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			sed 's/^/# /; 40q' "$log"
		fi
		echo "$verdict $number planted-$name: $(sed -n '3s/^# //p' "$suite")"
	done
}

# What is installed is tried with headers of the oldest of Debian's current kernels, and of the newest.
install_on=(debian-6.12 debian-7.3)

# install_kernels: for whom test_install.py finds them; the first is the kernel of what else is tested.
install_kernels() {
	local kernel

	KWAITGROUP_KERNELS=
	for kernel in "${install_on[@]}"; do
		kernel_read "$kernel"
		need "$k_compiler"
		kernel_get "$kernel"
		KWAITGROUP_KERNELS+="$k_tree "
	done
	export KWAITGROUP_KERNELS
	kernel_get "${install_on[0]}"
}

# install_run NAME FILE PURPOSE...: one of those that install, alone.
install_run() {
	need build gcc-14-amd64 "${@:3}"
	install_kernels
	mkdir -p "$build/$1-counts"
	python3 "$lab/tests/run.py" "$build/$1-counts/counts" "$2" || exit 1
}

# dkms_kernels: of DKMS with headers of all of Debian's that are for this host's processor, the default one first.
dkms_kernels() {
	local kernel

	for kernel in $(kernel_names); do
		kernel_read "$kernel"
		[[ " ${install_on[*]} " == *" $kernel "* ]] || [ -z "$k_package" ] || [ "$k_arch" != "$host_arch" ] ||
			install_on+=("$kernel")
	done
}

# dkms_12_get: the DKMS of Debian 12, a script; sets $dkms_12, its folder.
dkms_12_get() {
	dkms_12=$cache/dkms/12
	[ -d "$dkms_12" ] || with_lock dkms-12 dkms_12_fetch "$dkms_12"
}

dkms_12_fetch() {
	local part=$1.part

	[ ! -d "$1" ] || return 0
	apt_index "$host_arch"
	rm -rf "$part"
	apt_fetch "$host_arch" "$part/debs" dkms/bookworm
	unpack "$part"/debs/dkms_*.deb "$part/root" ./usr/sbin/dkms
	mv "$part/root/usr/sbin" "$1"
	rm -rf "$part"
}

# scratch_run NAME PURPOSE...: one that installs as a user does, in a copy of the lab's root.
scratch_run() {
	need build gcc-14-amd64 scratch "${@:2}"
	install_kernels
	[ -n "${KWAITGROUP_SCRATCH:-}" ] || scratch_enter lab/lab "$1"
	install_run "$1" "$1.py"
}

tests_run() {
	local passed=0 failed=0 skipped=0 number suite status=0 guests=$lab/tests/guests

	need build boot boot-amd64 source gcc-14-amd64 user-amd64 install series vet tests
	install_kernels
	kernel_tools_get
	mkdir -p "$build/tests"
	KUNIT=$kernel_tools/tools/testing/kunit python3 "$lab/tests/run.py" "$build/tests/counts" || status=1
	read -r passed failed skipped <"$build/tests/counts"
	number=$((passed + failed + skipped))
	for suite in "$guests"/{hang,hang-noisy,panic}; do
		planted "$suite"
	done
	planted "$guests"/{failing,silent,splat,stops}
	echo "$passed $failed $skipped" >"$build/tests/counts"
	[ "$failed" -eq 0 ] && [ "$status" -eq 0 ] || exit 1
}

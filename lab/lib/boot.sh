# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# One boot of one kernel with one suite.

# suite_get FILE KEY DEFAULT: a "# key: value" line from the head of a suite.
suite_get() {
	local value

	value=$(sed -n "s/^# $2:[[:space:]]*//p" "$1" | head -n 1)
	echo "${value:-$3}"
}

# NAME=VALUE words that the guest's suite finds in its environment.
guest_env=(${TORTURE_SECONDS:+"TORTURE_SECONDS=$TORTURE_SECONDS"}
	${TORTURE_SEED:+"TORTURE_SEED=$TORTURE_SEED"})

suite_names() { ls "$lab/suites"; }

# suite_file NAME-OR-PATH: sets $suite. The lab's own tests have suites elsewhere.
suite_file() {
	case $1 in
	*/*) suite=$1 ;;
	*) suite=$lab/suites/$1 ;;
	esac
	[ -f "$suite" ] || die "no suite '$1'; there are: $(suite_names | tr '\n' ' ')"
}

# A CPU without vmx or svm may still show a /dev/kvm, in which stock kernels crash.
accelerator() {
	if [ "$k_arch" != arm64 ] && [ -w /dev/kvm ] && grep -qwE 'vmx|svm' /proc/cpuinfo; then
		echo -accel kvm -cpu host
	elif [ "$k_arch" = arm64 ]; then
		echo -accel tcg,thread=multi -cpu max,pauth-impdef=on
	else
		echo -accel tcg,thread=multi -cpu max
	fi
}

# qemu_line INITRAMFS: sets $qemu, the command without its console and ports.
qemu_line() {
	local accel cmdline

	read -ra accel <<<"$(accelerator)"
	cmdline="console=$k_console panic=-1 loglevel=7 log_buf_len=16M printk.devkmsg=on"
	# Emulated CPUs drift apart; a clock that is given up on switches code in use.
	[ "$k_arch" = arm64 ] || cmdline+=" tsc=reliable"
	cmdline+=" $k_cmdline $(suite_get "$suite" cmdline '')"
	qemu=("${k_qemu[@]}" "${accel[@]}" -nodefaults -no-user-config -display none -no-reboot
		-smp "$(suite_get "$suite" smp "${k_smp:-4}")"
		-m "$(suite_get "$suite" memory "${k_memory:-1024}")"
		-kernel "$k_image" -initrd "$1" -append "$cmdline")
}

# end_at_failure FILE: a guest with a seeded bug has told enough with its first failure.
end_at_failure() {
	# Not a pipe: a tail that has nothing more to write would keep it.
	grep -qE 'EXPECTATION FAILED|^ *not ok' < <(tail -f -n +1 -s 0.2 --pid="$child" "$1") || return 0
	kill "$child" 2>/dev/null || true
}

run_qemu() {
	local dir=$1 limit

	limit=$(suite_get "$suite" timeout 120)
	: >"$dir/result.log"
	timeout --foreground -k 5 "$limit" "${qemu[@]}" \
		-serial "file:$dir/console.log" -device virtio-serial-pci \
		-chardev "file,id=result,path=$dir/result.log" \
		-device virtserialport,chardev=result,name=kwaitgroup.result \
		>"$dir/qemu.log" 2>&1 </dev/null &
	child=$!
	[ -z "${KWAITGROUP_MUTANT:-}" ] || end_at_failure "$dir/result.log" &
	if [ "$(suite_get "$suite" stream no)" = yes ]; then
		beat "$child" "$k_name" "$dir/result.log" "$dir/result.log"
		tail -f -n +1 -s 0.2 --pid="$child" "$dir/result.log" | grep -v --line-buffered '^lab: ' || true
	else
		beat "$child" "$k_name $(basename "$suite")" "$dir/result.log"
	fi
	qemu_status=0
	wait "$child" || qemu_status=$?
	child=
}

# boot_once KERNEL SUITE: boots it and judges it. Exits, with status 0 only when all of it passed.
boot_once() {
	local mutant=${KWAITGROUP_MUTANT:-}
	local dir=$build/$1/${2##*/}${mutant:+-$mutant}

	suite_file "$2"
	read -ra kbuild_vars <<<"$(suite_get "$suite" kbuild '')"
	kbuild_vars+=(${mutant:+"KWAITGROUP_MUTANT=$mutant"})
	kernel_read "$1"
	need build boot "boot-$k_arch" "build-$k_arch"
	kernel_get "$1"
	writable "$build" "work in a clone of your own"
	lock "$1-${2##*/}-$(content_key <<<"$top")"
	rm -rf "$dir"
	mkdir -p "$dir"
	with_lock "$k_name" initramfs_build "$dir/initramfs.cpio" "$suite"
	qemu_line "$dir/initramfs.cpio"
	say "$1: booting, suite $2"
	run_qemu "$dir"
	judge "$dir"
}

judge() {
	local dir=$1 kunit=() verdict=passed status=0

	if [ "$(suite_get "$suite" ktap yes)" = yes ]; then
		kernel_tools_get
		kunit=(--kunit "$kernel_tools/tools/testing/kunit")
	fi
	python3 "$lab/verdict.py" --suite "$suite" --console "$dir/console.log" \
		--result "$dir/result.log" --qemu-log "$dir/qemu.log" --qemu-status "$qemu_status" \
		--counts "$dir/counts" "${kunit[@]}" || { status=1 verdict=FAILED; }
	say "$k_name: $(basename "$suite") $verdict (console: $dir/console.log)"
	exit "$status"
}

# boot_shell KERNEL: a machine for a human, its console on the terminal.
boot_shell() {
	local dir=$build/$1/shell

	kernel_read "$1"
	need build boot "boot-$k_arch" "build-$k_arch"
	kernel_get "$1"
	mkdir -p "$dir"
	suite_file run
	guest_env=(lab_shell=yes)
	k_cmdline+=" quiet"
	with_lock "$k_name" initramfs_build "$dir/initramfs.cpio" "$suite"
	qemu_line "$dir/initramfs.cpio"
	say "$1: booting; Ctrl-A x ends the machine"
	"${qemu[@]}" -serial mon:stdio
}

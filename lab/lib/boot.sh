# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# One boot of one kernel with one suite.

# suite_get FILE KEY DEFAULT: a "# key: value" line from the head of a suite.
suite_get() {
	local line value=

	while IFS= read -r line && [[ $line == \#* ]]; do
		[[ $line == "# $2:"* ]] || continue
		value=${line#"# $2:"}
		value=${value#"${value%%[![:space:]]*}"}
		break
	done <"$1"
	printf '%s\n' "${value:-$3}"
}

# NAME=VALUE words that the guest's suite finds in its environment.
guest_env=(${TORTURE_SECONDS:+"TORTURE_SECONDS=$TORTURE_SECONDS"}
	${TORTURE_SEED:+"TORTURE_SEED=$TORTURE_SEED"}
	${FUZZ_OPS:+"FUZZ_OPS=$FUZZ_OPS"} ${FUZZ_SEED:+"FUZZ_SEED=$FUZZ_SEED"}
	${DEATHS:+"DEATHS=$DEATHS"})

suite_names() { ls "$lab/suites"; }

# suite_files NAME+NAME... or PATH+PATH...: sets $suites, and $unit if it is one of KUnit's, by its name or a pattern. The
# lab's own tests have suites elsewhere.
suite_files() {
	local suite names

	unit=
	case $1 in
	*/*) if [ -f "$1" ]; then suites=("$1"); else IFS=+ read -ra suites <<<"$1"; fi ;;
	kwaitgroup_*) suites=("$lab/suites/unit") unit=$1 ;;
	*) read -ra names <<<"${1//+/ }"; suites=("${names[@]/#/$lab/suites/}") ;;
	esac
	for suite in "${suites[@]}"; do
		[ -f "$suite" ] || die "no suite '${suite##*/}'; there are: $(suite_names | tr '\n' ' ')"
	done
	[ "${#suites[@]}" -eq 1 ] || [ "$(suites_get ktap yes)" = yes ] || die "only suites with KTAP can share a boot: $1"
	guest_env+=(${unit:+"unit='$unit'"})
}

# suites_get KEY DEFAULT: what the suites of this boot want, each thing once, in a line of its own.
suites_get() {
	local suite

	for suite in "${suites[@]}"; do
		suite_get "$suite" "$1" "$2"
	done | sort -u
}

# suites_most KEY DEFAULT: of numbers the largest.
suites_most() { suites_get "$@" | sort -n | tail -n 1; }

# suites_words KEY: all of them, in a line.
suites_words() { suites_get "$1" '' | tr '\n' ' '; }

# wants_icount: whether a suite of this boot counts instructions.
wants_icount() { suites_get icount no | grep -qx yes; }

# A CPU without vmx or svm may still show a /dev/kvm, in which stock kernels crash.
has_kvm() { [ -w /dev/kvm ] && grep -qwE 'vmx|svm' /proc/cpuinfo; }

# With -icount the guest's clock is the number of instructions that it has executed, and its random numbers and its date are
# always the same: so is what it measures, on each host, however busy.
accelerator() {
	local cpu=()

	case $k_arch in
	arm64) cpu=(-cpu "max,pauth-impdef=on") ;;
	# An AMD of that family is not meant for two processors, and its kernel warns.
	i386) cpu=(-cpu "max,vendor=GenuineIntel") ;;
	ppc64el) ;;
	*) cpu=(-cpu max) ;;
	esac
	if wants_icount; then
		echo -accel tcg,thread=single -icount shift=0,sleep=off "${cpu[@]}" -seed 1 -rtc base=2026-01-01,clock=vm
	elif [[ $k_arch =~ ^(amd64|i386)$ ]] && has_kvm; then
		echo -accel kvm -cpu host
	else
		echo -accel tcg,thread=multi "${cpu[@]}"
	fi
}

# guest_smp: how many processors the guest gets. Where instructions are counted they take turns on one of the host's.
guest_smp() {
	local wanted

	wanted=$(suites_most smp "${k_smp:-4}")
	if wants_icount; then echo "$wanted"; else guest_cpus "$wanted"; fi
}

# guest_kind: "sleeper" if each of its suites sleeps most of the time. Where each access is checked, none does, and
# one whose clock counts instructions goes on when it would sleep.
guest_kind() {
	local suite kind=sleeper

	for suite in "${suites[@]}"; do
		[ "$(suite_get "$suite" smp 2)" = 1 ] || [ "$(suite_get "$suite" sleeps no)" = yes ] || kind=cpu
	done
	[ -z "$k_source" ] || kind=cpu
	! wants_icount || kind=cpu
	echo "$kind"
}

# guest_share: of how many processors it waits for its turn. One that sleeps wants one at a time, however many it has.
guest_share() {
	if [ "$(guest_kind)" = sleeper ] || wants_icount; then echo 1; else guest_smp; fi
}

# qemu_line INITRAMFS: sets $qemu, the command without its console and ports.
qemu_line() {
	local accel cmdline

	read -ra accel <<<"$(accelerator)"
	cmdline="console=$k_console panic=-1 loglevel=7 log_buf_len=16M printk.devkmsg=on"
	# Emulated CPUs drift apart; a clock that is given up on switches code in use. And a timer that the
	# busy host serves too late is there all the same: the kernel would panic.
	[ "$k_karch" != x86_64 ] && [ "$k_karch" != i386 ] || cmdline+=" tsc=reliable no_timer_check"
	# ACPI's table of interrupts is a program. A sanitizer's kernel on a busy host gives up running it
	# after 30 seconds, and then no port has an interrupt. The BIOS has a table without a program.
	# There is one bus, and to look for 255 others takes it seconds.
	[ -z "$k_source" ] || cmdline+=" pci=noacpi,lastbus=0"
	cmdline+=" $k_cmdline $(suites_words cmdline)${unit:+ kunit.filter_glob=$unit}"
	qemu=("${k_qemu[@]}" "${accel[@]}" -nodefaults -no-user-config -display none -no-reboot
		-smp "$(guest_smp)"
		-m "$(suites_most memory "${k_memory:-1024}")"
		-kernel "$k_image" -initrd "$1" -append "$cmdline")
}

# watch_args: sets $watch, what to watch a guest with. With a seeded bug it may hang, which is looked for
# more closely, and it has told enough with its first failure.
watch_args() {
	watch=(--silence "$(suites_most silence 120)" --longest "$(suites_most longest 900)")
	[ -z "${KWAITGROUP_MUTANT:-}" ] || watch=(--longest 60 --first-failure)
	[ "$(suites_get ktap yes)" = yes ] || watch+=(--text)
}

run_qemu() {
	local dir=$1 watch

	watch_args
	cpus_take "$(guest_share)" "$(guest_kind)"
	: >"$dir/result.log"
	"$lab/watch.py" "${watch[@]}" "$dir/console.log" "$dir/result.log" "${qemu[@]}" \
		-serial "file:$dir/console.log" -device virtio-serial \
		-chardev "file,id=result,path=$dir/result.log" \
		-device virtserialport,chardev=result,name=kwaitgroup.result \
		-chardev "file,id=files,path=$dir/files.tar" \
		-device virtserialport,chardev=files,name=kwaitgroup.files \
		>"$dir/qemu.log" 2>&1 </dev/null &
	child=$!
	if [ "$(suites_get stream no)" = yes ]; then
		beat "$child" "$k_name" "$dir/result.log" "$dir/result.log"
		tail -f -n +1 -s 0.2 --pid="$child" "$dir/result.log" | grep -v --line-buffered '^lab: ' || true
	else
		beat "$child" "$k_name $(suites_shown)" "$dir/result.log"
	fi
	qemu_status=0
	wait "$child" || qemu_status=$?
	child=
	cpus_give
}

# broken_by_emulator DIR: QEMU's TCG sometimes lets a CPU run into a breakpoint of the kernel's code
# patching that has been taken out already. Before a module of ours is loaded it can be nothing else.
broken_by_emulator() {
	grep -qE 'int3: 0000 ' "$1/console.log" && ! grep -q 'loading out-of-tree module' "$1/console.log"
}

# suites_shown: by name.
suites_shown() { (IFS=+; echo "${suites[*]##*/}"); }

# boot_parsed KERNEL ARGUMENT...: boot_once, with the drivers that are named by --module.
boot_parsed() {
	local kernel=$1 suite=

	shift
	while [ $# -gt 0 ]; do
		case $1 in
		--module) drivers+=("$2"); shift ;;
		--suite) suite=$2; shift ;;
		*) suite=$1 ;;
		esac
		shift
	done
	[ -n "$suite" ] || die "which suite is $kernel to boot with? see: lab help"
	boot_once "$kernel" "$suite"
}

# boot_once KERNEL SUITE[+SUITE...]: boots it and judges it. Exits, with status 0 only when all of it passed.
boot_once() {
	local mutant=${KWAITGROUP_MUTANT:-}
	local dir=$build/$1/${2##*/}${mutant:+-$mutant}

	suite_files "$2"
	kernel_read "$1"
	mapfile -t kbuild_vars < <(tr ' ' '\n' <<<"$(suites_words kbuild) $k_kbuild" | sed '/^$/d' | sort -u)
	[ -z "$mutant" ] || kbuild_vars+=("KWAITGROUP_MUTANTS=y") guest_env+=("mutant=$mutant")
	need build boot "boot-$k_arch" "$k_compiler"
	! wants_dump || need dump
	kernel_get "$1"
	writable "$build" "work in a clone of your own"
	lock "$1-${2##*/}${mutant:+-$mutant}-$tree_key"
	rm -rf "$dir"
	mkdir -p "$dir"
	with_lock "$k_name-$tree_key" initramfs_build "$dir/initramfs.cpio"
	qemu_line "$dir/initramfs.cpio"
	! wants_dump || qemu=("$lab/dump.py" "$dir/vmcore" "${qemu[@]}")
	say "$1: booting, suite $2"
	run_qemu "$dir"
	if broken_by_emulator "$dir"; then
		say "$1: the emulator broke the kernel before the suite began; booting once more"
		run_qemu "$dir"
	fi
	! wants_dump || dump_read "$dir"
	judge "$dir"
}

judge() {
	local dir=$1 kunit=() ends=("${k_power_off[@]}") verdict=passed status=0

	if [ "$(suites_get ktap yes)" = yes ]; then
		kernel_tools_get
		kunit=(--kunit "$kernel_tools/tools/testing/kunit")
	fi
	[ -z "$(suites_get ends '')" ] || ends=(--power-off "$(suites_get ends '')")
	python3 "$lab/verdict.py" "${suites[@]/#/--suite=}" --console "$dir/console.log" \
		--result "$dir/result.log" --qemu-log "$dir/qemu.log" --qemu-status "$qemu_status" \
		--counts "$dir/counts" "${ends[@]}" "${kunit[@]}" || { status=1 verdict=FAILED; }
	say "$k_name: $(suites_shown) $verdict, $(sed -n 's/^took //p' "$dir/qemu.log") (console: $dir/console.log)"
	exit "$status"
}

# boot_run KERNEL: the suite "run", and what the tools make of debugfs as it was when a thread was stuck.
boot_run() {
	local dir=$build/$1/run tools=$top/tools/observe

	"$lab/lab" boot "$1" run || exit 1
	tar -xf "$dir/files.tar" -C "$dir"
	# shellcheck disable=SC2016 # as if it had been typed
	printf '\n== mode=stuck again, as the tools have seen it\n\n$ kwgtop --once incident-request-1\n'
	"$tools/kwgtop" --once -d "$dir/debugfs" incident-request-1
	"$tools/kwgstacks" -o "$dir/stacks.svg" "$dir/stacks"
	say "a flame graph of who holds the groups: $dir/stacks.svg"
}

# terminal: its size, as arguments of stty: a serial line has no way to tell.
terminal() {
	local rows columns

	[ -t 0 ] && read -r rows columns < <(stty size) || return 0
	[ "$columns" -eq 0 ] || echo "rows $rows cols $columns"
}

# boot_shell KERNEL: a machine for a human, its console on the terminal.
boot_shell() {
	local dir=$build/$1/shell

	kernel_read "$1"
	need build boot "boot-$k_arch" "$k_compiler"
	kernel_get "$1"
	mkdir -p "$dir"
	suite_files "$lab/guest/shell"
	guest_env=(lab_shell=yes "lab_terminal='$(terminal)'")
	k_cmdline+=" quiet"
	with_lock "$k_name-$tree_key" initramfs_build "$dir/initramfs.cpio"
	qemu_line "$dir/initramfs.cpio"
	say "$1: booting; Ctrl-A x ends the machine"
	"${qemu[@]}" -serial mon:stdio
}

# boot_prompt KERNEL: does there what its prompt says, as a newcomer would.
boot_prompt() {
	mkdir -p "$build/prompt-$1"
	python3 "$lab/prompt.py" "$build/prompt-$1/counts" "$lab/lab" shell "$1" || exit 1
}

# boot_printed KERNEL: what texts say that `make run` prints is what it prints.
boot_printed() {
	local dir=$build/printed-$1 texts

	need static
	mkdir -p "$dir"
	"$lab/lab" run "$1" >"$dir/output" || { cat "$dir/output"; exit 1; }
	mapfile -t texts < <(doc_texts)
	cd "$top" && python3 lab/printed.py "$dir/counts" "$dir/output" "${texts[@]}" || exit 1
}

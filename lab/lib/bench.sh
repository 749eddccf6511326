# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What a wait group costs: instructions in one boot, times in another, and what bench/report.py makes of both.

# bench_machine: how the guest that measures times is run.
bench_machine() {
	case $(accelerator) in
	*kvm*) echo "a guest on this processor (KVM)" ;;
	*) echo "emulated by QEMU (TCG), on a $(uname -m) host with $(nproc) processors" ;;
	esac
}

# bench_run KERNEL [COMMIT]
bench_run() {
	local kernel=$1 commit=${2:-unknown} dir=$build/$1 status=0

	kernel_read "$kernel"
	suite_files bench
	need boot
	"$lab/lab" boot "$kernel" counts || status=1
	"$lab/lab" boot "$kernel" bench || status=1
	echo
	python3 "$top/bench/report.py" --folder "$top/bench" --condition "kernel: $kernel" \
		--condition "times: $(bench_machine)" --condition "kwaitgroup $(<"$top/VERSION"), commit $commit" \
		"$dir/bench/result.log" "$dir/counts/result.log" || exit 1
	say "the same, and a picture: $top/bench/RESULTS.md, $top/bench/results.svg"
	exit "$status"
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The programs of userspace-test/ and tools/, static, for the architecture of a guest.

# user_arch SUITE: for which architecture it wants them, if at all. "# user: native" is the kernel's
# own, "# user: i386" makes 32-bit callers of a 64-bit kernel.
user_arch() {
	local arch

	arch=$(suite_get "$1" user '')
	echo "${arch/native/$k_arch}"
}

# user_build ARCH: sets $user_dir.
user_build() {
	local k_karch k_cross k_console k_qemu log=$build/log/user-$1.log

	arch_facts "$1"
	user_dir=$build/user/$1
	need "user-$1" "gcc-14-$1"
	kernel_tools_get
	mkdir -p "$user_dir"
	say "building the user-space tests ($1)"
	with_lock "user-$1-$tree_key" logged "user space, $1" "$log" user_make "$user_dir" "${k_cross}gcc-14" || {
		grep -E 'error:|undefined' "$log" | sed '20q' >&2 || true
		die "the user-space tests do not build (all of it: $log)"
	}
}

user_make() {
	make -s -j "$jobs" -C "$top/userspace-test" "OUT=$1" "CC=$2" \
		"KSELFTEST=$kernel_tools/tools/testing/selftests" &&
		make -s -C "$top/tools/kwgctl" "OUT=$1" "CC=$2" LDFLAGS='-static -s'
}

# user_pack ROOT SUITE: for /user of a guest, if the suite wants them.
user_pack() {
	local arch user_dir place

	arch=$(user_arch "$2")
	place=$1/programs/$(suite_get "$2" user '')
	[ -n "$arch" ] && [ ! -e "$place" ] || return 0
	user_build "$arch"
	mkdir -p "$1/programs"
	cp -r "$user_dir" "$place"
}

# user_headers: the header alone, as C90 and C++ see it.
user_headers() {
	local cc=x86_64-linux-gnu-gcc-14 cxx=x86_64-linux-gnu-g++-14 flags

	flags=(-pedantic -Wall -Wextra -Werror -I "$top/module/include/uapi" -fsyntax-only)
	"$cc" -std=c90 "${flags[@]}" -x c - <<<'#include <linux/kwaitgroup.h>' 2>&1 &&
		"$cxx" -std=c++98 "${flags[@]}" -x c++ - <<<'#include <linux/kwaitgroup.h>' 2>&1
}

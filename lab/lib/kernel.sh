# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A kernel by its name: where its image is, and the tree that modules are built against.

kernel_names() { ls "$lab/kernels"; }

# kernel_read NAME: what the data file says, as variables that start with k_.
kernel_read() {
	local arch='' package='' source='' configs='' makeflags='' smp='' memory='' cmdline=''

	[ -f "$lab/kernels/$1" ] || die "no kernel '$1'; there are: $(kernel_names | tr '\n' ' ')"
	# shellcheck source=/dev/null
	. "$lab/kernels/$1"
	k_name=$1 k_arch=$arch k_package=$package k_source=$source k_configs=$configs
	k_makeflags=$makeflags k_smp=$smp k_memory=$memory k_cmdline=$cmdline
	k_dir='' k_tree='' k_image=''
	arch_facts "$k_arch"
}

# arch_facts ARCH: how Debian's name for it translates to the kernel's, the compiler's and QEMU's.
arch_facts() {
	case $1 in
	amd64) k_karch=x86_64 k_cross=x86_64-linux-gnu- k_console=ttyS0
		k_qemu=(qemu-system-x86_64 -M q35) ;;
	i386) k_karch=i386 k_cross=i686-linux-gnu- k_console=ttyS0
		k_qemu=(qemu-system-x86_64 -M q35) ;;
	arm64) k_karch=arm64 k_cross=aarch64-linux-gnu- k_console=ttyAMA0
		k_qemu=(qemu-system-aarch64 -M virt) ;;
	*) die "kernel '$k_name': unknown arch '$1'" ;;
	esac
}

# kernel_get NAME: kernel_read, and have it in the cache.
kernel_get() {
	kernel_read "$1"
	if [ -n "$k_source" ]; then
		source_kernel_get
	else
		debian_kernel_get
	fi
}

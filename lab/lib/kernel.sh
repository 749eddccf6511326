# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A kernel by its name: where its image is, and the tree that modules are built against.

kernel_names() { ls "$lab/kernels"; }

# kernel_read NAME: what the data file says, as variables that start with k_.
kernel_read() {
	local arch='' package='' source='' configs='' makeflags='' smp='' memory='' cmdline='' kbuild='' compiler=14 suites='' series=''

	[ -f "$lab/kernels/$1" ] || die "no kernel '$1'; there are: $(kernel_names | tr '\n' ' ')"
	# shellcheck source=/dev/null
	. "$lab/kernels/$1"
	k_name=$1 k_arch=$arch k_package=$package k_source=$source k_configs=$configs
	k_suites=$suites k_series=$series k_makeflags=$makeflags k_smp=$smp k_memory=$memory k_cmdline=$cmdline k_kbuild=$kbuild
	k_dir='' k_tree='' k_image=''
	arch_facts "$k_arch"
	case $compiler in
	clang) k_compiler=clang k_cc=clang k_llvm=(LLVM=1) ;;
	*) k_compiler=gcc-$compiler-$arch k_cc=${k_cross}gcc-$compiler k_llvm=() ;;
	esac
}

# A PC without hot-plugged cards: what a sanitizer's kernel interprets of ACPI at boot takes seconds.
pc=(qemu-system-x86_64 -M pc -global PIIX4_PM.acpi-root-pci-hotplug=off
	-global PIIX4_PM.acpi-pci-hotplug-with-bridge-support=off)

# arch_facts ARCH: how Debian's name for it translates to the kernel's, the compiler's and QEMU's.
arch_facts() {
	k_power_off=()
	case $1 in
	amd64) k_karch=x86_64 k_cross=x86_64-linux-gnu- k_console=ttyS0
		k_qemu=("${pc[@]}") ;;
	i386) k_karch=i386 k_cross=i686-linux-gnu- k_console=ttyS0
		k_qemu=("${pc[@]}") ;;
	arm64) k_karch=arm64 k_cross=aarch64-linux-gnu- k_console=ttyAMA0
		k_qemu=(qemu-system-aarch64 -M virt) ;;
	armhf) k_karch=arm k_cross=arm-linux-gnueabihf- k_console=ttyAMA0
		# Its bridge is above 4 GiB otherwise, where this kernel cannot reach.
		k_qemu=(qemu-system-arm -M "virt,highmem=off") ;;
	ppc64el) k_karch=powerpc k_cross=powerpc64le-linux-gnu- k_console=hvc0
		k_qemu=(qemu-system-ppc64 -M pseries) ;;
	riscv64) k_karch=riscv k_cross=riscv64-linux-gnu- k_console=ttyS0
		k_qemu=(qemu-system-riscv64 -M virt) ;;
	s390x) k_karch=s390 k_cross=s390x-linux-gnu- k_console=ttysclp0
		k_qemu=(qemu-system-s390x -M s390-ccw-virtio)
		# Its console does not come to the kernel's last words.
		k_power_off=(--power-off '^lab: powering off') ;;
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

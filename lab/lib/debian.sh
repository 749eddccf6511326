# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Kernels as Debian ships them, unpacked into the cache; nothing of them is installed.

# To be counted up when an unpacked kernel is laid out differently: older ones are then left alone.
debian_layout=2

# The result port's drivers, which some have as modules.
virtio_modules=('*/drivers/virtio/virtio*.ko*' '*/drivers/char/virtio_console.ko*')

# cached FOLDER KEY: the newest complete entry for this key. Entries get their name when complete.
cached() {
	[ ! -d "$1" ] || find "$1" -maxdepth 1 -name "*-$2" | sort -V | tail -n 1
}

debian_kernel_get() {
	local key folder=$cache/debian/$k_name

	key=$(printf '%s\n' "$debian_layout" "$k_arch" "$k_package" | content_key)
	k_dir=$(cached "$folder" "$key")
	if [ -z "$k_dir" ]; then
		with_lock "$k_name" debian_kernel_fetch "$folder" "$key"
		k_dir=$(cached "$folder" "$key")
	fi
	k_image=$(find "$k_dir" -path "$k_dir/usr/src" -prune -o \( -name 'vmlinu[xz]-*' -o -name vmlinuz.unsigned \) -print)
	k_tree=$(find "$k_dir/usr/src" -mindepth 1 -maxdepth 1 -name 'linux-headers-*' ! -name '*-common*')
}

# release_of IMAGE-PACKAGE: split packages have "unsigned" in front, others behind.
release_of() {
	local release=${1#linux-*-unsigned-}

	release=${release#linux-image-}
	echo "${release%-unsigned}"
}

debian_kernel_fetch() {
	local folder=$1 key=$2 part=$1/part image release=

	[ -z "$(cached "$folder" "$key")" ] || return 0
	apt_index "$k_arch"
	apt_index "$host_arch"
	# A mirror may list what it has not got, so that it takes the one before.
	while read -r image; do
		release=$(release_of "$image")
		(debian_debs_fetch "$part" "$image" "$release") && break
		release=
	done < <(apt_matching "$k_arch" "$k_package")
	[ -n "$release" ] || die "$k_name: no package that matches $k_package can be had"
	logged "unpacking $release" "$build/log/unpack-$release.log" debian_unpack "$part" ||
		die "cannot unpack $release: $(tail -n 1 "$build/log/unpack-$release.log")"
	mv "$part/root" "$folder/$(apt_version "$k_arch" "$image")-$key"
	rm -rf "$part"
}

# debian_debs_fetch PART IMAGE RELEASE: an image, and what modules for it are built with.
debian_debs_fetch() {
	local part=$1 common kbuild

	rm -rf "$part"
	apt_fetch "$k_arch" "$part/debs" "$2" "linux-headers-$3"
	common=$(headers_depend "$part" 'linux-headers-[^ ,]+-common[^ ,]*')
	kbuild=$(headers_depend "$part" 'linux-kbuild-[^ ,]+')
	apt_fetch "$k_arch" "$part/debs" "$common"
	apt_fetch "$host_arch" "$part/debs" "$kbuild"
}

headers_depend() {
	dpkg-deb -f "$1"/debs/linux-headers-*.deb Depends | grep -oE "$2" | head -n 1
}

# The guest's insmod knows of no compression.
debian_unpack_image() {
	unpack "$deb" "$part/root" ./boot &&
		{ ! grep -q '^CONFIG_VIRTIO_CONSOLE=m' "$part"/root/boot/config-* ||
			unpack "$deb" "$part/root" --wildcards "${virtio_modules[@]}"; } &&
		find "$part/root" -name '*.ko.xz' -exec xz -d {} +
}

# Drivers are left out but for the result port's, and so is the headers' vmlinux: it is there for BTF, which would need pahole.
debian_unpack() {
	local part=$1 deb

	for deb in "$part"/debs/*.deb; do
		case ${deb##*/} in
		linux-binary-*) unpack "$deb" "$part/root" ./usr/lib/modules ;;
		linux-image-*) debian_unpack_image ;;
		*) unpack "$deb" "$part/root" --exclude='./usr/share' --exclude=vmlinux ./usr ;;
		esac || return
	done
	# The headers expect to be installed; here they find themselves, and their other half next to it.
	# shellcheck disable=SC2016 # for make to expand
	sed -i -e 's|^include /usr/src/|include $(dir $(realpath $(lastword $(MAKEFILE_LIST))))../|' \
		-e 's|^KBUILD_OUTPUT=.*|KBUILD_OUTPUT := $(realpath $(dir $(lastword $(MAKEFILE_LIST))))|' \
		"$part"/root/usr/src/linux-headers-*/Makefile
}

# busybox_get ARCH: a static busybox; sets $busybox.
busybox_get() {
	local folder=$cache/busybox/$1

	busybox=$folder/bin/busybox
	[ -x "$busybox" ] || with_lock "busybox-$1" busybox_fetch "$1" "$folder"
}

busybox_fetch() {
	local arch=$1 folder=$2 part=$2.part

	[ ! -x "$folder/bin/busybox" ] || return 0
	apt_index "$arch"
	rm -rf "$part" "$folder"
	apt_fetch "$arch" "$part/debs" busybox-static
	unpack "$part"/debs/busybox-static*.deb "$part/root" ./usr/bin/busybox
	mv "$part/root/usr" "$folder"
	rm -rf "$part"
}

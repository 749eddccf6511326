# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A Python for the guests whose suite runs the tools of tools/observe, as Debian ships it.

# To be counted up when something else is unpacked.
python_layout=2

# The interpreter, the modules that are always with it, and the libraries that both are linked with.
python_packages=(python3.13-minimal libpython3.13-minimal libc6 libexpat1 zlib1g)

# Of the other modules those that the tools import, and what those import.
python_modules=(gettext.py shutil.py tty.py html json lib-dynload/_json.* lib-dynload/termios.*)

# python_get ARCH: sets $python, a folder to be copied over a guest's root.
python_get() {
	python=$cache/python/$1-$python_layout
	[ -d "$python" ] || with_lock "python-$1" python_fetch "$1" "$python"
}

python_fetch() {
	local arch=$1 folder=$2 part=$2.part

	[ ! -d "$folder" ] || return 0
	apt_index "$arch"
	rm -rf "$part"
	apt_fetch "$arch" "$part/debs" "${python_packages[@]}" libpython3.13-stdlib
	logged "unpacking Python" "$build/log/unpack-python-$arch.log" python_unpack "$part" ||
		die "cannot unpack Python: $(tail -n 1 "$build/log/unpack-python-$arch.log")"
	mv "$part/root" "$folder"
	rm -rf "$part"
}

python_unpack() {
	local part=$1 package

	for package in "${python_packages[@]}"; do
		unpack "$part/debs/${package}"_*.deb "$part/root" \
			--exclude=./usr/share --exclude=./etc --exclude='*/gconv' . || return
	done
	unpack "$part"/debs/libpython3.13-stdlib_*.deb "$part/root" --wildcards \
		"${python_modules[@]/#/./usr/lib/python3.13/}" &&
		ln -s python3.13 "$part/root/usr/bin/python3" &&
		ln -s usr/lib "$part/root/lib" &&
		ln -s usr/lib64 "$part/root/lib64" &&
		# Scripts look for it with /usr/bin/env; all else of busybox is in /bin.
		ln -s /bin/busybox "$part/root/usr/bin/env"
}

# python_pack ROOT SUITE: Python, and the tools in /observe and /bpftrace, if the suite wants them.
python_pack() {
	[ "$(suite_get "$2" python no)" = yes ] || return 0
	python_get "$k_arch"
	cp -a "$python/." "$1"
	ln -s /usr/bin/python3 "$1/bin/python3"
	# VERSION is a link to the one of the tree.
	cp -rL -t "$1" "$top/tools/observe" "$top/tools/bpftrace"
	rm -rf "$1/observe/__pycache__"
}

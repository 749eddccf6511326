# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Programs of the lab's root for the guests whose suite names a purpose of lab/packages. They are packed, not
# mounted: not every kernel here has a driver for a folder of the host's.

# packages_of PURPOSE: its packages, and what those depend on.
packages_of() {
	local names

	mapfile -t names < <(sed -n "s/^$1\t\+//p" "$lab/packages")
	apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks \
		--no-replaces --no-enhances "${names[@]}" | grep '^[a-z]' | sort -u
}

# packages_files PURPOSE: without what nobody misses in a guest.
packages_files() {
	local packages file

	mapfile -t packages < <(packages_of "$1")
	dpkg-query -L "${packages[@]}" | grep -E '^/(usr|etc)/' | grep -vE '/gconv/|^/usr/bin/(dpkg|perl)' | sort -u |
		while IFS= read -r file; do
			[ ! -L "$file" ] && [ ! -f "$file" ] || echo "$file"
		done
}

# packages_pack ROOT SUITE: if the guest's processor can run them.
packages_pack() {
	local purpose

	purpose=$(suite_get "$2" packages '')
	[ -n "$purpose" ] && [ "$k_arch" = "$host_arch" ] || return 0
	need "$purpose"
	packages_files "$purpose" | tar -c -C / -T - --transform='s|^/||' -P | tar -x -C "$1"
}

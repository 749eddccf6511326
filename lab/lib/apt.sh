# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Debian packages: tools installed on the host, everything else only unpacked into the cache.

have() {
	case $1 in
	/*) [ -e "$1" ] ;;
	*.so.*) PATH=$PATH:/sbin ldconfig -p | grep -F "$1" >/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

missing_packages() {
	local purpose thing package want

	while read -r purpose thing package; do
		for want in "$@"; do
			[ "$purpose" = "$want" ] || continue
			have "$thing" || echo "$package"
		done
	done <"$lab/packages" | sort -u | tr '\n' ' ' | sed 's/ $//'
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	elif [ -t 0 ]; then
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

apt_install() {
	as_root apt-get -q update
	# A foreign source that cannot be reached must not keep Debian's packages from being found.
	as_root apt-get -q -y --no-install-recommends install "$@"
}

# need PURPOSE...: have the host tools for these purposes, or say in one line which are missing.
need() {
	[ -z "$(missing_packages "$@")" ] || with_lock apt-install need_install "$@"
}

need_install() {
	local packages list log=$build/log/apt-install.log

	packages=$(missing_packages "$@")
	[ -n "$packages" ] || return 0
	read -ra list <<<"$packages"
	command -v apt-get >/dev/null || die "missing: $packages (Debian's names for them)"
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
		die "missing: $packages; as root: apt-get install $packages"
	say "installing $packages"
	logged "installing" "$log" apt_install "${list[@]}" ||
		die "missing: $packages; apt-get install failed: $(apt_reason "$log") (all of it: $log)"
	packages=$(missing_packages "$@")
	[ -z "$packages" ] || die "still missing after apt-get install: $packages"
}

# apt_reason LOG: the one line of it that says why.
apt_reason() {
	grep -m 1 -oE '(Temporary failure|Could not|Unable to connect|404 ).*' "$1" ||
		grep -m 1 -E '^(E:|sudo:)' "$1" || echo "for no reason it gives"
}

# apt_private ARCH TOOL ARGS...: apt with lists of its own, so that neither the host's package
# lists nor its foreign architectures change, and no root is needed.
apt_private() {
	local arch=$1 tool=$2 dir=$cache/apt/$1

	shift 2
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >>"$dir/status"
	"$tool" -q -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" \
		-o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache" \
		-o "Dir::State::status=$dir/status" -o APT::Sandbox::User=root "$@"
}

# apt_index ARCH: package lists that are at most an hour old.
apt_index() {
	with_lock "apt-$1" apt_index_update "$1"
}

apt_index_update() {
	local stamp=$cache/apt/$1/stamp log=$build/log/apt-update-$1.log

	[ -z "$(find "$stamp" -mmin -60 2>/dev/null)" ] || return 0
	say "reading Debian's package lists ($1)"
	# A source that fails need not be one that matters: what counts is whether there are kernels.
	logged "package lists" "$log" apt_private "$1" apt-get update || true
	apt_private "$1" apt-cache pkgnames linux-image- | grep . >/dev/null ||
		die "cannot read Debian's package lists: $(apt_reason "$log") (all of it: $log)"
	touch "$stamp"
}

# apt_newest ARCH REGEX: the newest package whose whole name matches.
apt_newest() {
	apt_private "$1" apt-cache pkgnames linux- | grep -xE "$2" | sort -V | tail -n 1
}

apt_version() {
	apt_private "$1" apt-cache show --no-all-versions "$2" | sed -n '0,/^Version: /s/^Version: //p'
}

apt_download() {
	cd "$2" && apt_private "$1" apt-get download "${@:3}"
}

# apt_fetch ARCH FOLDER PACKAGE...: the .deb files, in FOLDER.
apt_fetch() {
	local log=$build/log/fetch-$3.log

	mkdir -p "$2"
	say "fetching ${*:3}"
	logged "fetching" "$log" apt_download "$@" ||
		die "cannot fetch ${*:3}: $(apt_reason "$log") (all of it: $log)"
}

# unpack DEB FOLDER TAR-ARGS...: parts of a package.
unpack() {
	local deb=$1 dir=$2

	shift 2
	mkdir -p "$dir"
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir" "$@"
}

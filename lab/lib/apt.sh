# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Debian packages: tools, which the lab's root gets when they are first needed, and all else, which is only
# unpacked into the cache.

# missing_packages PURPOSE...: of what lab/packages lists for these.
missing_packages() {
	local purpose package want installed

	installed=$(dpkg-query -W -f '${Package}\n')
	while read -r purpose package; do
		for want in "$@"; do
			[ "$purpose" != "$want" ] || grep -qxF "$package" <<<"$installed" || echo "$package"
		done
	done <"$lab/packages" | sort -u | tr '\n' ' ' | sed 's/ $//'
}

apt_install() {
	apt-get -q update && apt-get -q -y --no-install-recommends install "$@"
}

# need PURPOSE...: have the tools for these purposes in the lab's root.
need() {
	[ -z "$(missing_packages "$@")" ] || with_lock apt-install need_install "$@"
}

need_install() {
	local packages list log=$build/log/apt-install.log

	packages=$(missing_packages "$@")
	[ -n "$packages" ] || return 0
	read -ra list <<<"$packages"
	say "the lab's root gets $packages"
	logged "installing" "$log" apt_install "${list[@]}" ||
		die "cannot install $packages: $(apt_reason "$log") (all of it: $log)"
	packages=$(missing_packages "$@")
	[ -z "$packages" ] || die "still missing after apt-get install: $packages"
}

# apt_reason LOG: the one line of it that says why.
apt_reason() {
	grep -m 1 -oE '(Temporary failure|Could not|Unable to connect|404 ).*' "$1" ||
		grep -m 1 -E '^(E:|sudo:)' "$1" || echo "for no reason it gives"
}

# The suites that kernels come from, at the mirror of the lab's root.
apt_sources() {
	local main security suite

	main=$(sed -nE "s|^deb (.*) $root_suite main.*|\\1|p" /etc/apt/sources.list)
	security=$(sed -nE "s|^deb (.*) $root_suite-security main.*|\\1|p" /etc/apt/sources.list)
	for suite in bookworm trixie; do
		echo "deb $main $suite main"
		echo "deb $security $suite-security main"
	done
	echo "deb $main trixie-backports main"
}

# apt_private ARCH TOOL ARGS...: apt for an architecture, with lists of its own.
apt_private() {
	local arch=$1 tool=$2 dir=$cache/apt/$1

	shift 2
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >>"$dir/status"
	apt_sources >"$dir/sources.list"
	"$tool" -q -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" \
		-o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache" \
		-o "Dir::State::status=$dir/status" "$@"
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

# apt_matching ARCH REGEX: the packages whose whole name matches, the newest first.
apt_matching() {
	apt_private "$1" apt-cache pkgnames linux- | grep -xE "$2" | sort -rV
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

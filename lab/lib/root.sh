# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The lab's own root: Debian 13 in the cache, made by mmdebstrap. All that the lab does it does in there, so
# it is the same on any host. The tree and the cache have fixed places in it, so that what ccache knows of
# one clone helps another.

root_suite=trixie
# To be counted up when a root is made differently.
root_layout=2

# Programs that a host has to have, and Debian's packages of them.
host_programs=(mmdebstrap unshare flock)
host_packages=(mmdebstrap util-linux debian-archive-keyring)
[ "$(id -u)" -eq 0 ] || host_programs+=(newuidmap) host_packages+=(uidmap)

host_lacks() {
	local program

	for program in "${host_programs[@]}"; do
		command -v "$program" >/dev/null || { echo "$program"; return; }
	done
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

host_install() {
	as_root apt-get -q update
	# A foreign source that cannot be reached must not keep Debian's packages from being found.
	as_root apt-get -q -y --no-install-recommends install "${host_packages[@]}"
}

# host_need: have what makes a root and enters it, or say in one line what is missing.
host_need() {
	local log=$build/log/host-install.log lacks

	lacks=$(host_lacks)
	[ -n "$lacks" ] || return 0
	command -v apt-get >/dev/null || die "missing: $lacks; the lab's root is made by mmdebstrap"
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
		die "missing: $lacks; as root: apt-get install ${host_packages[*]}"
	say "installing ${host_packages[*]}"
	logged "installing" "$log" host_install || die "cannot install $lacks: $(apt_reason "$log") (all of it: $log)"
}

# host_uri NAME: where this host's apt has the archive of that name.
host_uri() {
	find /etc/apt \( -name '*.list' -o -name '*.sources' \) -exec grep -hoE "^[^#]*https?://[^ ]+/$1/?( |$)" {} + |
		grep -oE -m 1 'https?://[^ ]+' || true
}

# Where this host gets Debian from, if it is one: lines for apt. A host that is not has mmdebstrap's mirror.
host_mirror() {
	local main security

	main=$(host_uri debian)
	security=$(host_uri debian-security)
	[ -n "$main" ] && [ -n "$security" ] || return 0
	printf 'deb %s\n' "$main $root_suite main" "$main $root_suite-updates main" "$security $root_suite-security main"
}

# root_make FOLDER: through tar, which gives the files to those that they belong to in a user's name space.
root_make() {
	local folder=$1 part=$1.part log=$build/log/root.log

	[ ! -d "$folder" ] || return 0
	host_need
	rm -rf "$part"
	mkdir -p "$part"
	say "making the lab's own root, Debian 13, once"
	logged "the lab's root" "$log" root_bootstrap "$part" ||
		die "cannot make the lab's root: $(grep -m 1 -E '^E: ' "$log" || tail -n 1 "$log") (all of it: $log)"
	mv "$part" "$folder"
}

root_bootstrap() {
	local mirror mode=root

	[ "$(id -u)" -eq 0 ] || mode=unshare
	mirror=$(host_mirror) || return
	mmdebstrap --mode="$mode" --variant=apt --format=tar --aptopt='APT::Install-Recommends "false"' \
		--aptopt='APT::Sandbox::User "root"' --dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
		"$root_suite" - ${mirror:+"$mirror"} | as_owner tar -x -C "$1" --exclude='./dev/*' &&
		# Found here by whoever enters.
		mkdir -p "$1/tree" "$1/cache/kwaitgroup" &&
		touch "$1/etc/resolv.conf" "$1/etc/hosts"
}

# For who is not root: the name space of a user who is, with the ids of /etc/subuid.
user_space=(--map-root-user --map-auto)

# as_owner COMMAND...: as the owner of the root.
as_owner() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		unshare "${user_space[@]}" "$@"
	fi
}

# root_refused: why there is no name space for it, in one line. A folder that somebody has just changed his root
# to is none in which mounts can be one's own.
root_refused() {
	if [ "$(id -u)" -eq 0 ] && unshare --mount --propagation unchanged true 2>/dev/null; then
		echo "the root of this chroot is no mount point, which the lab's root needs: mount --bind it on itself, before"
	else
		echo "this user may not make name spaces, which the lab's root needs: run it as root"
	fi
}

# root_enter COMMAND...: goes on in there.
root_enter() {
	local root=$cache/root/$root_suite-$root_layout

	writable "$build" "work in a clone of your own"
	writable "$cache" "set XDG_CACHE_HOME to a folder of yours"
	[ -d "$root" ] || with_lock root root_make "$root"
	[ "$(id -u)" -ne 0 ] || user_space=()
	unshare --mount "${user_space[@]}" true 2>/dev/null || die "$(root_refused)"
	outside_find "$@"
	KWAITGROUP_HOST=$top KWAITGROUP_CACHE=$cache KWAITGROUP_OUTSIDE=$outside exec unshare --mount "${user_space[@]}" \
		"$lab/enter" "$root" "$top" "$cache" "${inside[@]}"
}

# scratch_enter COMMAND...: goes on in a copy of the lab's root that is gone afterwards, for what installs there.
scratch_enter() {
	local scratch=/mnt

	mount -t tmpfs scratch "$scratch"
	mkdir "$scratch"/{root,changes,work}
	mount -t overlay -o "lowerdir=/,upperdir=$scratch/changes,workdir=$scratch/work" scratch "$scratch/root" ||
		die "no overlay can be mounted here, which a copy of the lab's root needs"
	KWAITGROUP_SCRATCH=yes exec "$lab/enter" "$scratch/root" "$top" "$cache" "$@"
}

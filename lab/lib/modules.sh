# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The modules for one kernel, built in build/<kernel>/ so that the sources stay clean.

# What of the source tree a module build sees.
read -ra module_parts <<<"Kbuild VERSION $(sed -n 's/^obj-.* += //p' "$top/Kbuild" | tr '\n' ' ')"

# module_sources: by their names in the tree. What a build in the tree itself has generated there is none of them.
module_sources() { find "${module_parts[@]}" -name Kbuild -o -name VERSION -o -name '*.[chS]' ! -name '*.mod.c'; }

# Kbuild puts objects next to their sources: give it a tree of links, and it can have that.
farm_refresh() {
	local farm=$1 file

	mkdir -p "$farm"
	find "$farm" \( -xtype l -o -type l -name '*.mod.c' \) -delete
	while IFS= read -r file; do
		[ ! -L "$farm/$file" ] || continue
		mkdir -p "$farm/$(dirname "$file")"
		ln -s "$top/$file" "$farm/$file"
	done < <(cd "$top" && module_sources)
}

# Variables for the modules' make, such as KWAITGROUP_DEBUG=y. A build with some has a folder of its
# own, so that to change from one to another costs nothing.
kbuild_vars=()

# variant: what to append to a folder's name for them.
variant() {
	local var

	for var in "${kbuild_vars[@]}"; do
		var=${var#KWAITGROUP_}
		printf -- '-%s' "${var//=/-}"
	done
}

# kbuild FARM TARGET...: the kernel's make on a farm, for the kernel of kernel_get.
kbuild() {
	local farm=$1

	shift
	# A warning is an error. BTF of modules would need pahole and the vmlinux that the cache leaves out.
	DEBIAN_KERNEL_USE_CCACHE=1 make -s -j "$jobs" -C "$k_tree" "M=$farm" "ARCH=$k_karch" "CROSS_COMPILE=$k_cross" ${k_source:+"CC=ccache $k_cc"} "${k_llvm[@]}" \
		KCFLAGS=-Werror CONFIG_DEBUG_INFO_BTF_MODULES= KWAITGROUP_TESTS=y "${kbuild_vars[@]}" "$@"
}

# modules_inputs: what else than the sources decides what is built.
modules_inputs() { echo "$k_tree" "${kbuild_vars[@]}"; }

# modules_current: they are built of these sources, none of which, nor a folder of them, is newer. To ask make
# takes as long as to build some.
modules_current() {
	[ "$(cat "$farm.built" 2>/dev/null)" = "$(modules_inputs)" ] &&
		[ -z "$(cd "$top" && find "${module_parts[@]}" -newer "$farm.built" -print -quit)" ]
}

# modules_build: all modules; sets $farm.
modules_build() {
	local log
	log=$build/$k_name/modules$(variant).log

	farm=$build/$k_name/modules$(variant)
	# They came with the kernel.
	[ -z "$k_series" ] || { farm=$k_dir/lib/kwaitgroup && return; }
	! modules_current || return 0
	mkdir -p "$farm"
	rm -f "$farm.built"
	: >"$farm.started"
	farm_refresh "$farm"
	say "$k_name: building the modules"
	logged "$k_name: modules" "$log" kbuild "$farm" modules || {
		grep -E 'error:|undefined!' "$log" | sed '20q' >&2 || true
		die "$k_name: the modules do not build (all of it: $log)"
	}
	modules_inputs >"$farm.built"
	# What changed meanwhile is newer.
	touch -r "$farm.started" "$farm.built"
}

# modules_copy FARM FOLDER STRIP: its built modules, without their debugging information unless STRIP is "no".
# What is stripped has no signature any more.
modules_copy() {
	local module strip=(--strip-debug)

	[ "$3" = yes ] || strip=()
	mkdir -p "$2"
	find "$1" -name '*.ko' | while IFS= read -r module; do
		"${k_cross}objcopy" "${strip[@]}" "$module" "$2/${module##*/}"
	done
}

# modules_sign FOLDER NAME...: copies of these modules, in a folder of their own, signed by the key that the kernel
# has made for itself when it was built.
modules_sign() {
	local folder=$1 name

	shift
	mkdir -p "$folder/signed"
	for name; do
		"$k_tree/scripts/sign-file" sha256 "$k_tree/certs/signing_key.pem" "$k_tree/certs/signing_key.x509" \
			"$folder/$name.ko" "$folder/signed/$name.ko"
	done
}

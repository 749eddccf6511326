# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Drivers from out of this tree, built against kwaitgroup.ko and booted beside it.

# Their folders.
drivers=()

# What a build leaves, here or elsewhere.
driver_products=(-name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd'
	-o -name Module.symvers -o -name modules.order -o -name .git)

# driver_build FOLDER: in a tree of links, so that its folder stays as it is; sets $driver_farm. Whether its
# warnings are errors is for its Kbuild to say.
driver_build() {
	local name log

	name=$(basename "$(shown "$1")")
	# make knows no spaces.
	name=${name//[^A-Za-z0-9._-]/_}
	driver_farm=$build/$k_name/driver-$name$(variant)
	log=$driver_farm.log
	rm -rf "$driver_farm"
	mkdir -p "$driver_farm"
	cp -rs "$1/." "$driver_farm"
	find "$driver_farm" \( "${driver_products[@]}" \) -prune -exec rm -rf {} +
	say "$k_name: building $name"
	logged "$k_name: $name" "$log" kbuild "$driver_farm" "KBUILD_EXTRA_SYMBOLS=$farm/Module.symvers" \
		"KCFLAGS=-I$top/module/include" "KWAITGROUP=$top/module/include" modules || {
		grep -E 'error:|undefined!|\*\*\*' "$log" | sed '20q' >&2 || true
		die "$k_name: $name does not build (all of it: $log)"
	}
	[ -n "$(find "$driver_farm" -name '*.ko')" ] || die "$k_name: no module has come of $name: has it a Kbuild?"
}

# drivers_pack FOLDER STRIP: all of them, built.
drivers_pack() {
	local driver

	for driver in "${drivers[@]}"; do
		[ -d "$driver" ] || die "--module wants a folder, and '$driver' is none"
		driver_build "$driver"
		modules_copy "$driver_farm" "$1" "$2"
	done
}

# driver_counts COMMAND...: whether it passes, for driver_trial.
driver_counts() {
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

# driver_broken KERNEL FOLDER LOG: with a bug, which the verdict must say.
driver_broken() {
	! logged "$1: broken driver" "$3" "$lab/lab" boot "$1" --module "$2" --suite "$2/broken" &&
		grep -q "$(suite_get "$2/broken" verdict '')" "$3" && return
	sed 's/^/# /; 40q' "$3"
	return 1
}

# driver_documented KERNEL: those that the documentation has.
driver_documented() {
	local folder=$build/driver-docs texts modules=() module

	rm -rf "$folder"
	mapfile -t texts < <(doc_texts)
	(cd "$top" && python3 lab/doc_code.py "$folder" "${texts[@]}")
	for module in "$folder"/modules/*/*; do
		modules+=(--module "$module")
	done
	"$lab/lab" boot "$1" "${modules[@]}" --suite "$lab/tests/driver/documented"
}

# driver_trial KERNEL: the one in tests/driver, as it is, and with a bug; and the samples of one.
driver_trial() {
	local dir=$lab/tests/driver passed=0 failed=0

	mkdir -p "$build/driver-$1"
	driver_counts "$lab/lab" boot "$1" --module "$dir" --suite "$dir/suite"
	driver_counts "$lab/lab" boot "$1" --module "$top/samples/dependent" --suite "$dir/dependent"
	driver_counts "$lab/lab" boot "$1" --module "$dir-layout" --suite "$dir-layout/suite"
	driver_counts driver_documented "$1"
	driver_counts driver_broken "$1" "$dir" "$build/driver-$1/broken.log"
	echo "$passed $failed 0" >"$build/driver-$1/counts"
	[ "$failed" -eq 0 ] || exit 1
}

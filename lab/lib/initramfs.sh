# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The guest's file system: busybox, an init, the modules and the suites.

# initramfs_build FILE: builds the modules and packs them; made anew for each boot.
initramfs_build() {
	local file=$1 root strip signed suite number=0

	root=$(dirname "$file")/root
	busybox_get "$k_arch"
	modules_build
	rm -rf "$root"
	mkdir -p "$root"/{bin,lab/files,lab/suites,proc,sys,dev,tmp,modules,drivers}
	cp "$busybox" "$root/bin/busybox"
	cp "$lab/guest/init" "$root/init"
	cp -t "$root/lab" "$lab"/guest/*.sh "$lab/guest/counts.awk" "$lab/guest/prompt"
	printf '%s\n' "${guest_env[@]}" >"$root/lab/env"
	chmod 755 "$root/init"
	# "no" if one of them says so.
	strip=$(suites_get strip yes | sed -n 1p)
	[ ! -e "$top/bench/counts.$k_name" ] || cp "$top/bench/counts.$k_name" "$root/lab/counts"
	modules_copy "$farm" "$root/modules" "$strip"
	drivers_pack "$root/modules" "$strip"
	read -ra signed <<<"$(suites_words signed)"
	modules_sign "$root/modules" "${signed[@]}"
	for suite in "${suites[@]}"; do
		number=$((number + 1))
		cp "$suite" "$root/lab/suites/$number-${suite##*/}"
		conversions_pack "$root" "$suite"
		user_pack "$root" "$suite"
		python_pack "$root" "$suite"
		packages_pack "$root" "$suite"
	done
	find "$k_dir" -path "$k_dir/usr/src" -prune -o -name '*.ko' -exec cp -t "$root/drivers" {} +
	(cd "$root" && find . -print0 | cpio -0 -o -H newc -R 0:0 --quiet) >"$file"
	rm -rf "$root"
}

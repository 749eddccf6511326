# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The guest's file system: busybox, an init, the modules and one suite.

# initramfs_build FILE SUITE-FILE: builds the modules and packs them; made anew for each boot.
initramfs_build() {
	local file=$1 suite=$2 root signed

	root=$(dirname "$file")/root
	busybox_get "$k_arch"
	modules_build
	rm -rf "$root"
	mkdir -p "$root"/{bin,lab/files,proc,sys,dev,tmp,modules,drivers}
	cp "$busybox" "$root/bin/busybox"
	cp "$lab/guest/init" "$root/init"
	cp -t "$root/lab" "$lab"/guest/*.sh "$lab/guest/prompt"
	cp "$suite" "$root/lab/suite"
	printf '%s\n' "${guest_env[@]}" >"$root/lab/env"
	chmod 755 "$root/init"
	modules_copy "$farm" "$root/modules" "$(suite_get "$suite" strip yes)"
	drivers_pack "$root/modules" "$(suite_get "$suite" strip yes)"
	read -ra signed <<<"$(suite_get "$suite" signed '')"
	modules_sign "$root/modules" "${signed[@]}"
	user_pack "$root" "$suite"
	python_pack "$root" "$suite"
	packages_pack "$root" "$suite"
	find "$k_dir" -path "$k_dir/usr/src" -prune -o -name '*.ko' -exec cp -t "$root/drivers" {} +
	(cd "$root" && find . -print0 | cpio -0 -o -H newc -R 0:0 --quiet) >"$file"
	rm -rf "$root"
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Crash dumps: of guests whose suite wants one, see dump.py, and what drgn reads in it.

# wants_dump: whether a suite of this boot does.
wants_dump() { suites_get dump no | grep -qx yes; }

# dump_files: options of drgn, for what the dump is read with.
dump_files() {
	local module

	printf -- '--symbols\n%s\n' "$k_dir/vmlinux"
	for module in "$farm"/{module/kwaitgroup,samples/incident/kwaitgroup_incident}.ko; do
		printf -- '--symbols\n%s\n' "$module"
	done
}

# dump_read DIR: adds to the result what the dump has of what debugfs had. Of the sample in which requests are lost
# there is no debugging information, as of most drivers.
dump_read() {
	local dir=$1 files

	[ -s "$dir/vmcore" ] || return 0
	tar -xf "$dir/files.tar" -C "$dir"
	mapfile -t files < <(dump_files)
	logged "$k_name: reading the dump" "$dir/drgn.log" \
		drgn --no-default-symbols --core "$dir/vmcore" "${files[@]}" "$top/tools/observe/kwgdrgn.py" -o "$dir/dumped" || true
	python3 "$lab/dumped.py" "$dir" >>"$dir/result.log"
}

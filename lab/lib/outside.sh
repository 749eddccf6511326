# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What a command is given of places out of the tree: the lab's root has them below /outside.

# outside_find WORD...: sets $inside, the words as they are in there, and $outside, a line for each place there
# and the folder that is to be mounted on it.
outside_find() {
	outside='' inside=()
	while [ $# -gt 0 ]; do
		inside+=("$1")
		case $1 in
		--module | --dir) outside_folder "$1" "${2-}" ;;
		--suite | --junit | --json) outside_file "$1" "${2-}" ;;
		*) shift; continue ;;
		esac
		shift 2
	done
}

# outside_folder OPTION FOLDER: sets $place.
outside_folder() {
	local folder

	folder=$(cd "${2:-/no such}" 2>/dev/null && pwd) || die "$1 wants a folder, and '$2' is none"
	place=/outside/${#inside[@]}
	outside+=$place$'\t'$folder$'\n'
	inside+=("$place")
}

# outside_file OPTION FILE: its folder is mounted, so that it may be made.
outside_file() {
	local name=${2##*/} folder=.

	[ -n "$name" ] || die "$1 wants a file, and '$2' is none"
	[[ $2 != */* ]] || folder=${2%/*}/
	outside_folder "$1" "$folder"
	inside[-1]+=/$name
}

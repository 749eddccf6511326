# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What samples/patches converts, of the source of the kernel that is booted: as it is, and converted, beside each other.

conversions_patches=("$top"/samples/patches/*.patch)
conversions_tests=$lab/tests/conversions

# A guest with a mistake looks at what that is in alone.
guest_env+=(${CONVERSIONS_MISTAKE:+"mistake=$CONVERSIONS_MISTAKE"})

# What a conversion is built of: the sources that are patched, and of btrfs all.
conversions_sources() {
	sed -n 's|^+++ b/||p' "${conversions_patches[@]}" | sed -E 's|^(fs/[^/]*)/.*|\1|' | sort -u
}

# conversions_git COMMAND...: as somebody with no configuration of his own.
conversions_git() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git -C "$tree" -c user.name=lab -c user.email=lab@localhost "$@"
}

# conversions_apply: a git tree of these sources, in which each patch is applied as a maintainer would.
conversions_apply() {
	rm -rf "$tree"
	mkdir -p "$tree" &&
		(cd "$source_tree" && conversions_sources | xargs cp -r --parents -t "$tree") &&
		conversions_git init -q &&
		conversions_git add -A &&
		conversions_git commit -q -m "$(basename "$source_tree")" &&
		conversions_git tag before &&
		conversions_git am "${conversions_patches[@]}" &&
		conversions_git tag after
}

# conversions_unpack WHICH PATCH...: before or after, with its windows, and a mistake if that is asked for.
conversions_unpack() {
	local folder=$conversions/$1 patch file

	mkdir -p "$folder"
	conversions_git archive "$1" | tar -x -C "$folder" || return
	for patch in "$conversions_tests/$1.patch" "${@:2}"; do
		patch -p1 --fuzz=0 -d "$folder" <"$patch" || return
	done
	echo 'obj-m := lib/ fs/btrfs/' >"$folder/Kbuild"
	for file in "$folder"/lib/*.c; do
		echo "obj-m += $(basename "${file%.c}").o"
	done >"$folder/lib/Kbuild"
}

# conversions_prepare: both, in folders. Who asks whether it works has no errexit in here.
conversions_prepare() {
	local tree=$conversions/git mistake=()

	[ -z "${CONVERSIONS_MISTAKE:-}" ] || mistake=("$conversions_tests/mistakes/$CONVERSIONS_MISTAKE.patch")
	rm -rf "$conversions"
	conversions_apply && conversions_unpack before && conversions_unpack after "${mistake[@]}"
}

# conversions_compile: both.
conversions_compile() {
	local which

	for which in before after; do
		kbuild "$conversions/$which" "KBUILD_EXTRA_SYMBOLS=$farm/Module.symvers" \
			"KCFLAGS=-Werror -I$top/module/include" modules || return
	done
}

# conversions_disk FILE: btrfs, with a file that was compressed, one that cannot be, and one with an error on the disk.
conversions_disk() {
	local files=$1.files

	rm -rf "$files" "$1"
	mkdir -p "$files" &&
		seq 100000 >"$files/numbers" &&
		head -c 300K /dev/urandom >"$files/noise" &&
		{ head -c 64K /dev/urandom; printf 'as it was written'; head -c 64K /dev/urandom; } >"$files/damaged" &&
		truncate -s 32M "$1" &&
		mkfs.btrfs -q --mixed --rootdir "$files" --compress zstd "$1" &&
		perl -pi -e '$n += s/as it was written/as it was changed/; END { $? = !$n }' "$1" &&
		rm -rf "$files"
}

# conversions_inputs: what decides what is built.
conversions_inputs() {
	{
		echo "$k_tree" "${CONVERSIONS_MISTAKE:-}"
		cat "${BASH_SOURCE[0]}" "${conversions_patches[@]}" "$conversions_tests"/*.[cp]* "$conversions_tests"/mistakes/* \
			"$top"/module/include/linux/*.h "$farm/Module.symvers"
	} | content_key -
}

# conversions_build: both, a disk, and who reads it; sets $conversions.
conversions_build() {
	local log=$build/$k_name/conversions.log inputs

	conversions=$build/$k_name/conversions-built
	inputs=$(conversions_inputs)
	[ "$(cat "$conversions/built" 2>/dev/null)" != "$inputs" ] || return 0
	logged "$k_name: applying samples/patches" "$log" conversions_prepare ||
		die "samples/patches do not apply: $(grep -m 1 -E 'Patch failed|patch does not apply|FAILED|error:' "$log" || tail -n 1 "$log") (all of it: $log)"
	say "$k_name: building what they convert, before and after"
	logged "$k_name: conversions" "$log" conversions_compile || {
		grep -E 'error:|undefined!' "$log" | sed '20q' >&2 || true
		die "$k_name: the conversions do not build (all of it: $log)"
	}
	logged "a disk" "$log" conversions_disk "$conversions/disk" || die "no disk: $(tail -n 1 "$log")"
	logged "its reader" "$log" "${k_cross}gcc-14" -static -O2 -Wall -Wextra -Werror -o "$conversions/encoded_read" \
		"$conversions_tests/encoded_read.c" || die "encoded_read does not build (all of it: $log)"
	echo "$inputs" >"$conversions/built"
}

# conversions_pack ROOT SUITE: into a guest, if the suite wants them.
conversions_pack() {
	local which

	[ "$(suite_get "$2" conversions no)" = yes ] || return 0
	need conversions user-amd64
	conversions_build
	for which in before after; do
		modules_copy "$conversions/$which" "$1/modules/$which" "$(suite_get "$2" strip yes)"
	done
	cp -t "$1/lab" "$conversions/disk" "$conversions/encoded_read"
}

# conversions_mistaken NAME LOG: with a mistake in what is converted the suite runs, and fails.
conversions_mistaken() {
	! CONVERSIONS_MISTAKE=$1 "$lab/lab" boot debug-btrfs conversions && grep -q '\[FAILED\]' "$2"
}

# conversions_mistakes: one after the other.
conversions_mistakes() {
	local passed=0 failed=0 mistake name log

	mkdir -p "$build/conversions-mistakes"
	for mistake in "$conversions_tests"/mistakes/*.patch; do
		name=$(basename "${mistake%.patch}")
		log=$build/conversions-mistakes/$name.log
		if logged "$name" "$log" conversions_mistaken "$name" "$log"; then
			passed=$((passed + 1))
			echo "$name: $(grep -m 1 -oE '\[FAILED\] .*' "$log")"
		else
			failed=$((failed + 1))
			echo "$name: NOT NOTICED (all of it: $log)"
		fi
	done
	echo "$passed $failed 0" >"$build/conversions-mistakes/counts"
	[ "$failed" -eq 0 ] || exit 1
}

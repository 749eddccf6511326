# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Semantic patches: for the tree itself, and the sweep over the kernel.

vet=$top/tools/cocci

# What of a kernel's source the sweep reads, and of which versions.
sweep_folders=(drivers fs kernel lib mm net)
sweep_versions=(6.12 7.3)

# vet_check MODE KIND --dir FOLDER...: status 1 if there is a finding.
vet_check() {
	local mode=$1 kind=$2 word line places=()

	for word in "${@:3}"; do
		[ "$word" = --dir ] || places+=("$word")
	done
	need vet
	"$vet/kwgvet" --status --mode "$mode" --kind "$kind" "${places[@]}" | while IFS= read -r line; do
		shown "$line"
	done || exit
}

# vet_tests: what each finds in its fixture; the headers are those that the fixtures are compiled with. What has
# passed as it is passes.
vet_tests() {
	local passed counts=$build/vet/counts

	need vet build gcc-14-amd64 user-amd64
	install_kernels
	mkdir -p "$build/vet"
	passed=$cache/static/vet-$({ echo "$KWAITGROUP_KERNELS"; spatch --version
		find "$vet" "$top/module/include" "$lab/tests/vet.py" -type f -print0 | sort -z | xargs -0 cat; } | content_key -)
	if [ -s "$passed" ]; then
		cp "$passed" "$counts"
		say "the semantic patches are as they were when they passed"
		return
	fi
	rm -f "$counts"
	python3 "$lab/tests/run.py" "$counts" vet.py || exit 1
	mkdir -p "${passed%/*}"
	cp "$counts" "$passed"
}

# sweep_tree SOURCE REPORT: wait groups by hand, with the names that files have in a kernel's tree.
sweep_tree() {
	local places=("${sweep_folders[@]/#/$1/}")

	"$vet/kwgvet" --kind idioms --jobs "$jobs" "${places[@]}" >"$2.part" || return
	sed "s|^$1/||" "$2.part" >"$2"
	rm -f "$2.part"
}

# sweep_run: the table of what there is in the kernel, made anew.
sweep_run() {
	local version reports=() start=$SECONDS log name

	need vet boot
	mkdir -p "$build/sweep" "$top/Documentation"
	for version in "${sweep_versions[@]}"; do
		source_get "$version"
		name=$(basename "$source_tree")
		log=$build/sweep/$version.log
		logged "sweep of ${name%%-*}" "$log" sweep_tree "$source_tree" "$build/sweep/${name%%-*}" || {
			sed 20q "$log"
			die "the sweep of $version failed (all of it: $log)"
		}
		# What a rule gave up on is not known to have nothing.
		[ ! -s "$log" ] || sed 's/^/# /; 20q' "$log"
		reports+=("$build/sweep/${name%%-*}")
	done
	say "the sweep took $((SECONDS - start)) s"
	python3 "$vet/findings.py" "${reports[@]}" >"$build/sweep/findings.rst" &&
		mv "$build/sweep/findings.rst" "$top/Documentation/findings.rst"
}

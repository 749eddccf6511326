# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The models of the algorithm: SPIN and the kernel's memory model.

# model_quick: the models without their mutants, unless they have passed as they are: what they say does not depend
# on anything else.
model_quick() {
	local key passed counts=$build/quick-model/counts

	key=$(find "$top/model" -type f -print0 | sort -z | xargs -0 cat | sha256sum | cut -c -12)
	passed=$build/quick-model/passed-$key
	rm -f "$counts"
	if [ -s "$passed" ]; then
		cp "$passed" "$counts"
		say "the models are as they were when they passed"
		return
	fi
	model_run quick-model --models || return
	cp "$counts" "$passed"
}

# model_run NAME [ARGUMENT...]: model/check.py, with its counts in build/NAME/counts.
model_run() {
	local name=$1 status=0 p f s

	shift
	need model
	kernel_tools_get
	mkdir -p "$build/$name"
	python3 "$top/model/check.py" --memory-model "$kernel_tools/tools/memory-model" "$@" |
		tee "$build/$name/log" || status=$?
	read -r p f s < <(sed -n '$s/[^0-9]\+/ /gp' "$build/$name/log") || true
	echo "${p:-0} ${f:-1} ${s:-0}" >"$build/$name/counts"
	return "$status"
}

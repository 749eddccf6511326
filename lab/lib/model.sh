# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The models of the algorithm: SPIN and the kernel's memory model.

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

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Documentation/ as HTML, by Sphinx with the kernel's own extension for kernel-doc.

# docs_build FOLDER: a reference that leads nowhere is a warning, and a warning is an error. All of it is read anew: what
# Sphinx keeps of a page with functions in it, it takes for a second one.
docs_build() {
	KERNEL_TOOLS=$kernel_tools sphinx-build -q -E -n -W --keep-going -j "$jobs" -b html -d "$build/doctrees" \
		"$top/Documentation" "$1"
}

docs_run() {
	need docs
	kernel_tools_get
	logged "htmldocs" "$build/log/htmldocs.log" docs_build "$build/htmldocs" || {
		sed '40q' "$build/log/htmldocs.log"
		die "the documentation does not build (all of it: $build/log/htmldocs.log)"
	}
	say "$build/htmldocs/index.html"
}

# doc_texts: what is held to be true, by its names in the tree. The changelog says what once was.
doc_texts() {
	(cd "$top" && source_files '*.md' '*.rst' '*.[1-9]' | sed "s|^$top/||" |
		grep -E '^([A-Z]+\.md|Documentation/.*|(samples|tools)/.*|(explore|model|lab|bench)/[^/]*\.md)$' |
		grep -v '^CHANGELOG.md$' | sort)
}

# doc_code_key: of what the code of texts depends on that is not in the sources.
doc_code_key() { (cd "$top" && doc_texts | xargs cat lab/doc_*.py lab/lib/docs.sh | content_key -); }

# A piece of a driver may be without much. What is not called is looked at all the same: gcc drops it before it knows whose
# result is ignored.
doc_warnings="-fkeep-static-functions -Wno-unused-function -Wno-unused-variable -Wno-unused-but-set-variable -Wno-missing-prototypes -Wno-missing-declarations"

# doc_symvers: a table of what kwaitgroup.ko exports, as if it had been built. Some names have the layout's number, the
# header says which.
doc_symvers() {
	local layout names header=$top/module/include/linux/kwaitgroup.h

	layout=$(sed -nE 's/^#define KWAITGROUP_LAYOUT\s+//p' "$header")
	names=$(sed -nE 's/^\s+__KWAITGROUP_OF_LAYOUT\((\w+), KWAITGROUP_LAYOUT\)$/\1/p' "$header" | paste -sd '|')
	sed -nE 's/^EXPORT_SYMBOL_GPL\((\w+)\);/0x00000000\t\1\tmodule\/kwaitgroup\tEXPORT_SYMBOL_GPL\t/p' "$top"/module/*/*.c |
		sed -E "s/\t($names)\t/\t\1_layout$layout\t/"
}

# doc_code_of FOLDER TEXT...: pieces of drivers are compiled, drivers built with the Kbuild that their text has for them, against
# what is installed, and programs compiled.
doc_code_of() {
	local objects release installed=$1/installed/include/kwaitgroup module

	rm -rf "$1"
	mkdir -p "$1"
	(cd "$top" && python3 lab/doc_code.py "$@") || return
	make -s -C "$top" headers_install DESTDIR= "PREFIX=$1/installed" || return
	release=$(cat "$k_tree/include/config/kernel.release")
	mkdir -p "$installed/$release"
	doc_symvers >"$installed/$release/Module.symvers"
	echo "ccflags-y := -I$installed $doc_warnings" >"$1/Kbuild"
	mapfile -t objects < <(cd "$1" && printf '%s\n' *.c | sed 's/c$/o/')
	kbuild "$1" "${objects[@]}" 2>&1 || return
	for module in "$1"/modules/*/*; do
		[ ! -d "$module" ] || kbuild "$module" "KWAITGROUP=$installed" modules 2>&1 || return
	done
	[ ! -d "$1/user" ] || x86_64-linux-gnu-gcc-14 -fsyntax-only -Wall -Wextra -Werror -I "$1/installed/include" -I "$top/tools/libkwaitgroup" "$1"/user/*.c 2>&1
}

# doc_code FOLDER: of all texts.
doc_code() {
	local texts

	mapfile -t texts < <(doc_texts)
	doc_code_of "$1" "${texts[@]}"
}

# doc_planted FOLDER: a check that finds nothing proves nothing.
doc_planted() {
	local found

	printf '.. code-block:: c\n\n   static struct kwaitgroup wg;\n   static void f(void)\n   {\n   kwaitgroup_wait_killable(&wg);\n   }\n' >"$1.rst"
	found=$(doc_code_of "$1" "${1#"$top"/}.rst")
	[[ $found == *"planted.rst:6:"*warn_unused_result* ]] || echo "not found: ${found:-nothing at all}"
}

# doc_names: nothing is named that there is not.
doc_names() {
	local texts

	mapfile -t texts < <(doc_texts)
	python3 "$lab/doc_names.py" "$top" "${texts[@]}"
}

# doc_manuals: what mandoc says of the pages of the manual, but for dates in the future and the like of its base system.
doc_manuals() {
	local pages

	mapfile -t pages < <(cd "$top" && doc_texts | grep '\.[1-9]$')
	(cd "$top" && mandoc -T lint -W warning "${pages[@]}")
}

docs_checks() {
	kernel_get debian-6.12
	static_one "nothing is named in the documentation that is not there" doc_names
	static_one "the code in the documentation compiles" static_once doc_code "$build/static/doc-code" "$(doc_code_key)"
	static_one "a planted block that ignores a result does not compile" static_once doc_planted "$build/static/planted" "$(doc_code_key)"
	static_one "the documentation builds without a warning" static_once docs_build "$build/htmldocs" "$(doc_code_key)"
	static_one "mandoc finds nothing" doc_manuals
}

# docs_check: these alone.
docs_check() {
	local passed=0 failed=0 number=0

	need build static docs gcc-14-amd64
	mkdir -p "$build/static"
	kernel_tools_get
	docs_checks
	[ "$failed" -eq 0 ] || exit 1
}

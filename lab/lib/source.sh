# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Kernels built from Debian's linux-source with our own configuration, and the tools in that source.

# source_get VERSION: the unpacked source, say of 6.12; sets $source_tree.
source_get() {
	local folder=$cache/source/$1

	source_tree=$(cached "$folder" source)
	[ -n "$source_tree" ] || {
		need boot
		with_lock "source-$1" source_fetch "$1" "$folder"
		source_tree=$(cached "$folder" source)
	}
}

source_fetch() {
	local package=linux-source-$1 folder=$2 part=$2/part version

	[ -z "$(cached "$folder" source)" ] || return 0
	apt_index "$host_arch"
	version=$(apt_version "$host_arch" "$package")
	rm -rf "$part"
	apt_fetch "$host_arch" "$part/debs" "$package"
	say "unpacking $package (1.5 GB, about half a minute)"
	logged "unpacking $package" "$build/log/unpack-$package.log" source_unpack "$part" "$package" ||
		die "cannot unpack $package: $(tail -n 1 "$build/log/unpack-$package.log")"
	mv "$part/$package" "$folder/$version-source"
	rm -rf "$part"
}

source_unpack() {
	dpkg-deb --fsys-tarfile "$1/debs/$2"_*.deb | tar -xO "./usr/src/$2.tar.xz" |
		xz -dc -T0 | tar -x -C "$1"
}

# kernel_tools_get: checkpatch, kernel-doc, the KTAP parser: what headers do not have.
kernel_tools_get() {
	source_get 6.12
	kernel_tools=$source_tree
}

source_kernel_get() {
	local key folder=$cache/built/$k_name fragments=() config

	for config in $k_configs; do
		fragments+=("$lab/configs/$config.config")
		# What that has under another name in this version.
		[ ! -e "$lab/configs/$config-$k_source.config" ] || fragments+=("$lab/configs/$config-$k_source.config")
	done
	source_get "$k_source"
	[ -z "$k_series" ] || intree_get
	need "$k_compiler"
	key=$({
		sed '/^#/d' "${fragments[@]}"
		[ -z "$k_series" ] || cat "$intree/made"
		echo "$k_makeflags"
		"$k_cc" --version
		basename "$source_tree"
	} | content_key)
	k_dir=$(cached "$folder" "$key")
	if [ -z "$k_dir" ]; then
		need source
		with_lock "$k_name" source_kernel_build "$folder" "$key" "${fragments[@]}"
		k_dir=$(cached "$folder" "$key")
	fi
	k_image=$k_dir/arch/x86/boot/bzImage
	k_tree=$k_dir
}

# A tree of the patches is another one each time one of ours is, and almost all of it the same.
source_make() {
	local dir=$1

	shift
	# shellcheck disable=SC2086 # flags are words
	make -C "$source_tree" "O=$dir" ARCH=x86_64 "CC=${k_series:+ccache }$k_cc" "${k_llvm[@]}" $k_makeflags "$@"
}

source_kernel_build() {
	local folder=$1 key=$2 part=$1/part log=$build/log/$k_name.log dir

	shift 2
	[ -z "$(cached "$folder" "$key")" ] || return 0
	rm -rf "$part"
	mkdir -p "$part"
	say "$k_name: building a kernel from $(basename "${source_tree%-source}"), once"
	logged "$k_name: configuring" "$log" source_configure "$part" "$@" ||
		die "$k_name: cannot configure the kernel: $(tail -n 1 "$log")"
	config_verify "$part/.config" "$@"
	logged "$k_name: kernel" "$log" source_compile "$part" ||
		die "$k_name: the kernel does not build: $(grep -m 1 -E 'error|Error' "$log") (all of it: $log)"
	find "$part" -path "$part/scripts" -prune -o -path "$part/tools" -prune -o \
		\( -name '*.o' -o -name '*.a' -o -name '.*.cmd' \) -exec rm -f {} +
	dir=$folder/$(basename "${source_tree%-source}")-$key
	# Newer ones say there where they have been built.
	sed -i "s|^export KBUILD_OUTPUT = .*|export KBUILD_OUTPUT = $dir|" "$part/Makefile"
	mv "$part" "$dir"
}

source_configure() {
	local part=$1

	shift
	source_make "$part" tinyconfig && cat "$@" >>"$part/.config" && source_make "$part" olddefconfig
}

# Not silent: a line for each object is what the progress is made of.
source_compile() {
	source_make "$1" -j "$jobs" bzImage modules
}

# last_values FRAGMENT...: a later one may say otherwise.
last_values() { cat "$@" | tac | awk -F= '/^CONFIG_/ && !seen[$1]++'; }

# config_verify CONFIG FRAGMENT...: what was asked for is what there is. olddefconfig drops a symbol
# whose dependencies are missing without a word, and then a suite proves nothing.
config_verify() {
	local config=$1 line wrong=()

	shift
	while read -r line; do
		case $line in
		CONFIG_*=n) grep -q "^${line%=n}=" "$config" && wrong+=("$line") ;;
		CONFIG_*) grep -qxF "$line" "$config" || wrong+=("$line") ;;
		esac
	done < <(last_values "$@")
	[ ${#wrong[@]} -eq 0 ] || die "$k_name: the configuration has not taken: ${wrong[*]}"
}

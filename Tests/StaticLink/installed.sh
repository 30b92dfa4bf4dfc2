#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: installed.sh CMAKE BUILD CONSUMER
# Installs the build into a directory of its own and builds a consumer there, by find_package and by
# pkg-config.
set -euo pipefail
cmake=$1 build=$2 consumer=$3
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT

"$cmake" --install "$build" --prefix "$prefix/usr" >"$prefix/install.log"
"$cmake" -S "$consumer" -B "$prefix/consumer" -G Ninja -DCMAKE_PREFIX_PATH="$prefix/usr" \
  >"$prefix/configure.log"
"$cmake" --build "$prefix/consumer"
"$prefix/consumer/with_shared"
"$prefix/consumer/with_static"

PKG_CONFIG_PATH=$(dirname "$(find "$prefix/usr" -name session3.pc)")
export PKG_CONFIG_PATH
read -ra flags <<<"$(pkg-config --cflags --libs session3)"
cc -std=c11 "$consumer/consumer.c" "${flags[@]}" -o "$prefix/with_pkg_config"
LD_LIBRARY_PATH=$(pkg-config --variable=libdir session3) "$prefix/with_pkg_config"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Compiles every public header alone, as C99 and as C++11, with warnings as errors, by each
# compiler that is there.
# usage: check_headers.sh INCLUDE_DIRECTORY
set -euo pipefail
include=$1
count=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check LANGUAGE STANDARD HEADER COMPILER...
check() {
  language=$1 standard=$2 header=$3
  shift 3
  printf '#include "%s"\n' "$header" > "$work/alone"
  for compiler; do
    command -v "$compiler" > /dev/null || continue
    "$compiler" -x "$language" "-std=$standard" -Wall -Wextra -pedantic -Werror -fsyntax-only \
      -I "$include" "$work/alone"
    count=$((count + 1))
  done
}

for path in "$include"/session3.h "$include"/session3/*.h; do
  header=${path#"$include"/}
  check c c99 "$header" gcc clang
  check c++ c++11 "$header" g++ clang++
done
test "$count" -ge 14
echo "$count compilations of headers alone, no warning"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Prints what libsession3.so exports, needs and weighs, and fails where a figure is missed.
# usage: check_binary.sh LIBRARY SYMBOLS_FILE INCLUDE_DIRECTORY
set -euo pipefail
LC_ALL=C
export LC_ALL
library=$1 symbols=$2 include=$3
maximum_size=$((400 * 1024))
maximum_glibc=2.34
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# missed TEXT: notes a figure that was missed.
missed() {
  echo "  MISSED: $1"
  failed=1
}

# same TEXT FILE FILE: notes it unless both lists are the same.
same() {
  if ! diff "$2" "$3" > "$work/difference"; then
    missed "$1"
    cat "$work/difference"
  fi
}

nm -D --defined-only "$library" | awk '{ print $NF }' > "$work/defined"
sed -n "s/@.*//; /^session3_/p" "$work/defined" | sort > "$work/exported"
echo "exported: $(wc -l < "$work/exported") functions, all with the version SESSION3_0"
grep -v -E '^(session3_[a-z0-9_]+@@SESSION3_0|SESSION3_0(@@SESSION3_0)?)$' "$work/defined" \
  > "$work/others" || true
test ! -s "$work/others" || missed "other symbols: $(tr '\n' ' ' < "$work/others")"
same "exported is not $symbols" "$work/exported" "$symbols"
sort -c -u "$symbols" || missed "$symbols is not sorted"

# Declarations: a name that a parenthesis follows. Types of functions are in parentheses themselves.
printf '#include "session3.h"\n' | cc -E -P -I "$include" - |
  grep -o -E '\bsession3_[a-z0-9_]+ *\([^*]' | sed 's, *(.*,,' | sort -u > "$work/declared"
echo "declared: $(wc -l < "$work/declared") functions in the headers"
same "exported is not what the headers declare" "$work/exported" "$work/declared"

readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' > "$work/needed"
echo "NEEDED: $(tr '\n' ' ' < "$work/needed")"
grep -q '^libc\.so\.6$' "$work/needed" || missed "libc.so.6 is not needed"
if grep -v -E '^(libc\.so\.6|ld-linux.*)$' "$work/needed"; then
  missed "more than libc is needed"
fi

soname=$(readelf -d "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
echo "SONAME: $soname"
test "$soname" = libsession3.so.0 || missed "the SONAME is not libsession3.so.0"
if readelf -d "$library" | grep -E '\((RPATH|RUNPATH|TEXTREL)\)'; then
  missed "a run path, or relocations in the text"
fi

strip -o "$work/stripped" "$library"
size=$(wc -c < "$work/stripped")
echo "stripped: $size bytes, at most $maximum_size"
test "$size" -le "$maximum_size" || missed "the stripped library is too large"

glibc=$(objdump -T "$library" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -V | tail -n 1)
echo "GLIBC: $glibc at most, $maximum_glibc allowed"
newest=$(printf '%s\n%s\n' "$glibc" "$maximum_glibc" | sort -V | tail -n 1)
test "$newest" = "$maximum_glibc" || missed "a newer glibc is needed"

readelf -lW "$library" | grep -qE 'GNU_STACK.* RW ' || missed "the stack is executable"
readelf -dW "$library" | grep -qE 'FLAGS_1.*NOW' || missed "relocations stay writable"
exit "$failed"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: archive_symbols.sh NM ARCHIVE SYMBOLS
# Fails unless the archive's global symbols are exactly those of the list: one more could override
# a function of the host's, one less would not link.
set -euo pipefail
export LC_ALL=C
diff -u "$3" <("$1" --extern-only --defined-only --format=posix "$2" | awk 'NF > 1 {print $1}' | sort)

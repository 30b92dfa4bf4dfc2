#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Prints the system calls of each operation of a directory store, and fails where they are not
# exactly those that the design says.
# usage: count_syscalls.sh SYSCALL_DRIVER
set -euo pipefail
driver=$1
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect OPERATION CALL...: counts the calls between the driver's two getppid.
expect() {
  operation=$1
  shift
  rm -rf "$work/store"
  mkdir "$work/store"
  # Memory is malloc's business.
  strace -f -e 'trace=!brk,mmap,munmap,madvise' -o "$work/trace" "$driver" "$work/store" "$operation"
  found=$(awk '
    /getppid\(/ { within = !within; next }
    within {
      sub(/^[0-9]+ +/, "")
      name = $0
      sub(/\(.*/, "", name)
      if (name ~ /^(newfstatat|fstatat64)$/) name = /AT_EMPTY_PATH/ ? "fstat" : "fstatat"
      sub(/64$/, "", name)
      line = line (line == "" ? "" : " ") name
    }
    END { print line }' "$work/trace")
  verdict=ok
  if [ "$found" != "$*" ]; then
    verdict="MISSED, expected: $*"
    failed=1
  fi
  # shellcheck disable=SC2086 # The calls are words.
  set -- $found
  printf '%-17s %2d  %-55s %s\n' "$operation" "$#" "$found" "$verdict"
}

printf '%-17s %2s  %s\n' operation n 'system calls'
expect load openat fstat pread close
expect load-missing openat
expect has fstatat
expect has-missing fstatat
expect touch utimensat
expect save openat fcntl fstat pread pwrite fcntl close
expect save-merged openat fcntl fstat pread pwrite fcntl close
expect save-unchanged fstatat
expect create openat fcntl fstat pwrite fcntl close
expect delete openat fcntl fstat pread unlinkat fcntl close
expect delete-missing openat
expect renew getrandom openat fcntl fstat pread openat fcntl fstat pwrite fcntl close \
  unlinkat fcntl close
expect increment openat fcntl fstat pread pwrite fcntl close
expect sweep openat getdents fstatat fstatat getdents close
expect sweep-old openat getdents fstatat fstatat getdents \
  openat fcntl fstat pread fstat unlinkat fcntl close \
  openat fcntl fstat pread fstat unlinkat fcntl close close
expect request openat fstat pread close fstatat
expect request-changed openat fstat pread close openat fcntl fstat pread pwrite fcntl close
expect request-login openat fstat pread close getrandom openat fcntl fstat pread \
  openat fcntl fstat pwrite fcntl close unlinkat fcntl close
expect request-logout openat fstat pread close openat fcntl fstat pread unlinkat fcntl close
for operation in load has touch save delete increment consume request; do
  expect "$operation-bad-id"
done
exit "$failed"

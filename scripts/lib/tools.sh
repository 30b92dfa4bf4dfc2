# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the build and the tests need on the machine. Sourced, with the repository as the working
# directory.

# Where mkfs and its like are, which a plain user's PATH leaves out.
export PATH=$PATH:/usr/sbin:/sbin

# "what shows that it is there:the Debian package that brings it"
readonly -a needed_commands=(
  cc:gcc cmake:cmake curl:curl file:file ninja:ninja-build objcopy:binutils pkg-config:pkg-config
  shellcheck:shellcheck strace:strace valgrind:valgrind
)
readonly -a needed_headers=(stdio.h:libc6-dev cmocka.h:libcmocka-dev ffi.h:libffi-dev)
# By their names for pkg-config: what the web server of examples/c-server stands on.
readonly -a needed_modules=(libmicrohttpd:libmicrohttpd-dev libxslt:libxslt1-dev)
# For the tests of the two web servers, of the packages, and the proof of Tests/Faults: not for who
# only builds.
readonly -a test_commands=(
  btrfs:btrfs-progs chromedriver:chromium-driver chromium:chromium dpkg-shlibdeps:dpkg-dev
  faketime:faketime gdb:gdb lintian:lintian mkfs.xfs:xfsprogs php8.2:php8.2-cli
  setpriv:util-linux wrk:wrk
)

# What scripts/docs needs, and the tests of its pages.
readonly -a docs_commands=(doxygen:doxygen)
readonly -a docs_test_commands=(nginx:nginx rsync:rsync systemd-analyze:systemd)

# What scripts/bench compares with.
readonly -a bench_commands=(mkfs.ext4:e2fsprogs php8.2:php8.2-cli redis-server:redis-server)
readonly -a bench_headers=(
  hiredis/hiredis.h:libhiredis-dev lmdb.h:liblmdb-dev sqlite3.h:libsqlite3-dev
)

# missing_packages [tests | bench | docs]
missing_packages() {
  local pair
  local -a commands=("${needed_commands[@]}") headers=("${needed_headers[@]}")
  case ${1:-} in
    tests)
      commands+=("${test_commands[@]}" "${docs_commands[@]}" "${docs_test_commands[@]}")
      # The tests end with a short run of the benchmarks, whose sources the lint reads, too.
      commands+=("${bench_commands[@]}")
      headers+=("${bench_headers[@]}")
      ;;
    docs) commands+=("${docs_commands[@]}") ;;
    bench) commands+=("${bench_commands[@]}") headers+=("${bench_headers[@]}") ;;
  esac
  for pair in "${commands[@]}"; do
    command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"
  done
  for pair in "${headers[@]}"; do
    # Swift's clang is there in any case, and looks where a compiler looks.
    echo "#include <${pair%%:*}>" | clang -E -x c -include stdarg.h -include stddef.h \
      -include setjmp.h -include stdint.h - >/dev/null 2>&1 || echo "${pair#*:}"
  done
  for pair in "${needed_modules[@]}"; do
    pkg-config --exists "${pair%%:*}" 2>/dev/null || echo "${pair#*:}"
  done
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
}

# install_packages [tests | bench | docs]: installs what is missing from Debian's packages, or says how; what
# these alone need is then no reason to stop.
install_packages() {
  local -a missing needed
  local tool
  for tool in swiftc clang python3; do
    command -v "$tool" >/dev/null || {
      echo "$tool is not to be found: Swift 6.3 and Python 3 are needed" >&2
      return 1
    }
  done
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} > 0)) || return 0
  if ((EUID == 0)); then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    apt-get install -y -q --no-install-recommends "${missing[@]}"
  elif mapfile -t needed < <(missing_packages) && ((${#needed[@]} > 0)); then
    echo "Something is missing. Run this line, and then this script again:" >&2
    echo "sudo apt-get update && sudo apt-get install -y ${missing[*]}" >&2
    return 1
  else
    echo "Tests that need what is missing are skipped, or fail. This line installs it:" >&2
    echo "sudo apt-get update && sudo apt-get install -y ${missing[*]}" >&2
  fi
}

# make_virtual_environment [PLACE REQUIREMENTS]: build/venv, with the packages that
# scripts/requirements.txt pins, or another. The copy inside it tells whether they are there.
make_virtual_environment() {
  local place=${1:-build/venv} wanted=${2:-scripts/requirements.txt}
  local installed=$place/installed-requirements.txt
  cmp -s "$wanted" "$installed" && return 0
  [[ -x $place/bin/python ]] || python3 -m venv "$place"
  "$place/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$installed"
}

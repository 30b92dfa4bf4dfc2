# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A C and a Python program share a shopping cart: examples/shop/shop.c and examples/shop/shop.py.
# Sourced, after story.sh.

output=''

# The number behind a name in the output of "shop show".
counted() { ./shop show | grep -oP "\b$1 \K[0-9]+" || echo 0; }

log_in_with_c() {
  heading "A C program logs a user in, and fills a cart"
  run './shop login ada'
  SESSION=${output##*=}
  export SESSION
  prompt "export SESSION=$SESSION  # the cookie"
  run './shop add tea'
  run './shop add honey'
}

go_on_with_python() {
  heading "A Python program reads the session, and adds to it"
  run 'python shop.py show'
  [[ $output == *"cart: honey 1, tea 1"* ]] || fail "the cart is not as the C program left it"
  run 'python shop.py add tea'
  run './shop show'
  [[ $output == *"tea 2"* ]] || fail "the C program does not see what the Python program added"
}

# Waits until the Python program, which takes longer to start, has added something.
wait_for_python() {
  while kill -0 "$1" 2>/dev/null && [[ $(counted tea) == 2 ]]; do sleep 0.01; done
}

add_at_the_same_time() {
  local python
  heading "Both add at the same time"
  prompt 'python shop.py add-many 3000 tea &'
  python shop.py add-many 3000 tea >python.out 2>&1 &
  python=$!
  wait_for_python "$python"
  run './shop add-many 3000 tea'
  prompt 'wait'
  wait "$python" || fail "$(cat python.out)"
  indented <python.out
  run './shop show'
  expect "tea in the cart" 6002 "$(counted tea)"
  expect "saves by the C program" 3002 "$(counted C)"
  expect "saves by the Python program" 3001 "$(counted Python)"
}

expire_idle() {
  local bob
  heading "An idle session expires"
  run 'python shop.py login bob'
  bob=${output##*=}
  run 'sleep 2; ./shop add honey'
  run './shop expire 2'
  [[ $output == "expired: 1, remaining: 1" ]] || fail "not just the idle session expired"
  run "SESSION=$bob ./shop show" 1
  [[ $output == "nobody is logged in" ]] || fail "the expired session can be loaded"
  run 'python shop.py show'
  [[ $output == "user: ada"* ]] || fail "the session in use is gone"
  found "the idle session is gone, the one in use is there"
}

look_at_library() {
  local foreign stripped=$1 own='^[[:space:]]*(linux-vdso\.so|libc\.so\.6|/lib.*/ld-linux)'
  heading "The library"
  run 'file -b -L build/libsession3.so'
  run 'ldd build/libsession3.so'
  foreign=$(grep -vE "$own" <<<"$output" || true)
  [[ -z $foreign ]] || fail "it needs more than libc: $foreign"
  found "it needs libc alone"
  export stripped
  run "strip -o \$stripped build/libsession3.so && stat -c '%s bytes' \$stripped"
  ((${output%% *} <= 400000)) || fail "it is larger than 400000 bytes"
  found "it is no larger than 400000 bytes"
}

# tell_shop_story ROOT WORK: of the repository ROOT, in the empty directory WORK.
tell_shop_story() {
  local root=$1 work=$2
  mkdir -p "$work/shop"
  cd "$work/shop" || return
  ln -s "$root/build/examples/shop/shop" "$root/examples/shop/shop.py" .
  log_in_with_c
  go_on_with_python
  add_at_the_same_time
  expire_idle
  unset SESSION
  cd "$root" || return
  look_at_library "$work/stripped"
}

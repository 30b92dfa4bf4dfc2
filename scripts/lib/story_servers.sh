# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Two web servers, one login: what the demo's visitor would click, played with curl. Sourced, after
# story.sh and demo_servers.sh. Each browser is a file of cookies.

c_address='' python_address=''

browse() { curl --silent --show-error --noproxy '*' --max-time 30 "$@"; }

# shown ADDRESS BROWSER ID: the text of an element of the home page.
shown() {
  browse --cookie "$2.cookies" --cookie-jar "$2.cookies" "$1" |
    tr -d '\n' | grep -oP "id=\"$3\"[^>]*>\s*\K[^<]*?(?=\s*<)" || echo "no $3"
}

# in_cart ADDRESS BROWSER ITEM
in_cart() {
  browse --cookie "$2.cookies" "$1" |
    tr -d '\n' | grep -oP "data-item=\"$3\"[^>]*>\s*\K[0-9]+" || echo "no $3"
}

# token ADDRESS BROWSER: what the home page's forms carry.
token() {
  browse --cookie "$2.cookies" "$1" | grep -oP -m 1 'name="csrf_token" value="\K[^"]*' | head -n 1
}

# click ADDRESS BROWSER FORM [FIELD=TEXT]...: posts a form; $status is the answer's.
click() {
  local address=$1 browser=$2 form=$3 field
  local -a fields=(--data-urlencode "csrf_token=$(token "$address" "$browser")")
  shift 3
  for field in "$@"; do fields+=(--data-urlencode "$field"); done
  prompt "curl -b $browser.cookies -c $browser.cookies $address$form -d csrf_token=... $*"
  status=$(browse --cookie "$browser.cookies" --cookie-jar "$browser.cookies" --output answer.html \
    --write-out '%{http_code}' "${fields[@]}" "$address$form")
}

# clicked STATUS ADDRESS BROWSER FORM [FIELD=TEXT]...: the same, and what it is to answer.
clicked() {
  local expected=$1
  shift
  click "$@"
  [[ $status == "$expected" ]] || fail "$3 answered $status, and $expected was expected"
}

# sees BROWSER ADDRESS ID TEXT: checks an element of the page.
sees() {
  local text
  text=$(shown "$2" "$1" "$3")
  [[ $text == "$4" ]] || fail "$1 sees $3 \"$text\" at $2, and \"$4\" was expected"
  found "at $2 $1's browser shows $3: $text"
}

# The id that a browser's cookie holds; the last field of curl's line, in quotes from some servers.
id_of() { awk '$6 == "session3" { gsub(/"/, "", $7); print $7 }' "$1.cookies"; }

one_login() {
  heading "Ada logs in on the Python server, and is logged in on the C server"
  clicked 303 "$python_address" ada login user=ada
  sees ada "$python_address" user ada
  sees ada "$c_address" user ada
  expect "lines of cookies in ada's browser" 1 "$(grep -c 'session3' ada.cookies)"
}

one_session() {
  local before sessions=$1
  heading "Both servers count in the same session"
  clicked 303 "$c_address" ada increment
  clicked 303 "$python_address" ada increment
  clicked 303 "$c_address" ada cart/add item=tea
  clicked 303 "$python_address" ada cart/add item=tea
  sees ada "$c_address" counter 2
  expect "tea in the cart on the C server" 2 "$(in_cart "$c_address" ada tea)"
  expect "tea in the cart on the Python server" 2 "$(in_cart "$python_address" ada tea)"
  before=$(id_of ada)
  clicked 303 "$c_address" ada login user=grace
  [[ $(id_of ada) != "$before" ]] || fail "another user has the same id"
  [[ -e $sessions/$(id_of ada) && ! -e $sessions/$before ]] || fail "the old id is not dead"
  found "another user, another id; the old one is dead"
  clicked 303 "$python_address" ada login user=ada
  sees ada "$c_address" counter 2
}

nothing_is_lost() {
  local round id token pid
  local -a pids=()
  heading "200 clicks on both at the same time"
  id=$(id_of ada)
  token=$(token "$c_address" ada)
  prompt "curl -b ada.cookies ${c_address}increment?[1-50] ${python_address}increment?[1-50]  # twice"
  for round in 1 2; do
    for address in "$c_address" "$python_address"; do
      browse --cookie "session3=$id" --data-urlencode "csrf_token=$token" --output /dev/null \
        --fail --write-out '%{http_code}\n' "${address}increment?[1-50]" >"clicks.$round.${#pids[@]}" &
      pids+=($!)
    done
  done
  for pid in "${pids[@]}"; do wait "$pid" || fail "a click failed"; done
  expect "clicks answered" 200 "$(cat clicks.* | grep -c 303)"
  expect "the counter, 2 before" 202 "$(shown "$python_address" ada counter)"
}

pages_that_fail() {
  heading "A page that fails leaves the session as it was"
  clicked 500 "$python_address" ada increment-and-fail
  clicked 500 "$c_address" ada increment-and-fail
  sees ada "$python_address" counter 202
  clicked 500 "$c_address" ada logout-and-fail
  sees ada "$python_address" user ada
}

forged_form() {
  heading "A form that somebody else made is refused"
  prompt "curl -b ada.cookies ${c_address}logout -d csrf_token=forged"
  status=$(browse --cookie ada.cookies --data csrf_token=forged --output answer.html \
    --write-out '%{http_code}' "${c_address}logout")
  expect "status" 403 "$status"
  sees ada "$c_address" user ada
}

other_browser() {
  local hash
  heading "Bob's session is revoked from the admin page"
  clicked 303 "$c_address" bob login user=bob
  hash=$(shown "$c_address" bob session-hash)
  expect "bob's short hash on the Python server" "$hash" "$(shown "$python_address" bob session-hash)"
  clicked 303 "$python_address" ada admin/revoke "hash=$hash"
  sees bob "$c_address" user nobody
  sees ada "$c_address" user ada
}

log_out() {
  local sessions=$1
  heading "A logout on the C server is a logout on the Python server"
  clicked 303 "$c_address" ada logout
  sees ada "$python_address" user nobody
  expect "cookies in ada's browser" 0 "$(grep -c 'session3' ada.cookies || true)"
  expect "sessions in the store" 0 "$(find "$sessions" -type f -not -name '.*' | wc -l)"
}

# tell_servers_story ROOT WORK: of the repository ROOT, in the empty directory WORK.
tell_servers_story() {
  local root=$1 work=$2
  mkdir -p "$work/browsers"
  cd "$work/browsers" || return
  touch ada.cookies bob.cookies
  start_servers "$root" "$work"
  one_login
  one_session "$work/sessions"
  nothing_is_lost
  pages_that_fail
  forged_form
  other_browser
  log_out "$work/sessions"
  cd "$root" || return
  stop_servers || fail "a server ended with $?"
  found "both servers ended cleanly"
}

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Tells a story on the terminal: each command is printed and really run. Sourced.

bold='' cyan='' red='' green='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' cyan=$'\e[36m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
fi

step=0
heading() {
  step=$((step + 1))
  printf '\n%s%d. %s%s\n' "$bold" "$step" "$1" "$plain"
}
found() { printf '   %s=> %s%s\n' "$green" "$1" "$plain"; }
prompt() { printf '   %s$ %s%s\n' "$cyan" "$1" "$plain"; }
indented() { fold -s -w 90 | sed 's/^[[:space:]]*/   /; s/[[:space:]]*$//'; }

# fail TEXT: ends the story.
fail() {
  printf '   %s=> %s%s\n' "$red" "$1" "$plain" >&2
  exit 1
}

# run COMMAND [STATUS]: prints and runs a command, and prints what it printed; $output keeps it.
run() {
  local status=0
  prompt "$1"
  output=$(eval "$1" 2>&1) || status=$?
  [[ -z $output ]] || indented <<<"$output"
  ((status == ${2:-0})) || fail "exit code $status, and ${2:-0} was expected"
}

# expect TEXT EXPECTED COUNTED
expect() {
  [[ $2 == "$3" ]] || fail "$1: expected $2, counted $3"
  found "$1: expected $2, counted $3"
}

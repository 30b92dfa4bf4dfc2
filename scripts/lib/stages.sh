# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Stages of a test run. Each prints its output in one piece under a heading when it is done, so that
# stages may run side by side; one that fails does not stop the others. Sourced.

stage_directory=$(mktemp -d)
trap 'rm -rf "$stage_directory"' EXIT
: >"$stage_directory/results"

# stage TITLE COMMAND...: runs the command with errexit on, and notes how it went.
stage() {
  local title=$1 log status start=$SECONDS
  shift
  log=$(mktemp "$stage_directory/log.XXXXXX")
  printf '.. %s\n' "$title"
  set +e
  (set -e; "$@") >"$log" 2>&1 </dev/null
  status=$?
  set -e
  report_stage "$title" "$status" $((SECONDS - start)) "$log"
}

# await_stage TITLE: waits until a stage that runs beside this one is done, however it went.
await_stage() {
  until cut -f 3 "$stage_directory/results" | grep -qxF "$1"; do sleep 1; done
}

report_stage() {
  local title=$1 status=$2 seconds=$3 log=$4 verdict=passed
  ((status == 0)) || verdict="FAILED ($status)"
  {
    flock 9
    printf '\n==== %s\n' "$title"
    cat "$log"
    printf -- '---- %s: %s, %d s\n\n' "$title" "$verdict" "$seconds"
    printf '%s\t%d s\t%s\n' "$verdict" "$seconds" "$title" >>"$stage_directory/results"
  } 9>"$stage_directory/lock"
}

# Prints how each stage went, and the closing line; fails if one failed.
summarize_stages() {
  printf '==== Summary, %d s\n' "$SECONDS"
  awk -F '\t' '
    { printf "%-12s %6s  %s\n", $1, $2, $3 }
    /^FAILED/ { failed++ }
    END { printf "\n%d passed, %d failed\n", NR - failed, failed; exit failed > 0 }
  ' "$stage_directory/results"
}

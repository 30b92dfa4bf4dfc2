# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The two example servers on loopback, on one store. Sourced, after story.sh.

server_pids=()

# Two ports that are free: 8080 and 8081 if possible.
free_ports() {
  python - <<'PYTHON'
import socket

sockets = []
for wanted in (8080, 8081):
    each = socket.socket()
    each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        each.bind(("127.0.0.1", wanted))
    except OSError:
        each.bind(("127.0.0.1", 0))
    sockets.append(each)
print(*(each.getsockname()[1] for each in sockets))
PYTHON
}

# start_server NAME COMMAND...: starts a server, and sets $address to where it listens. NAME.out
# becomes a pipe for what it prints, NAME.log holds what it complains of.
start_server() {
  local name=$1 line='' pipe
  shift
  mkfifo "$name.out"
  "$@" >"$name.out" 2>"$name.log" &
  server_pids+=($!)
  # Stays open, or the server could not print any more.
  exec {pipe}<"$name.out"
  read -r -t 30 line <&"$pipe" || true
  [[ $line == "listening on "* ]] || fail "${name##*/} does not start: $line$(cat "$name.log")"
  address=${line#listening on }
}

# start_servers ROOT WORK: starts both, of the repository ROOT, on WORK/sessions; sets $c_address and
# $python_address.
start_servers() {
  local address c_port python_port root=$1 work=$2
  read -r c_port python_port < <(free_ports)
  start_server "$work/c-server" "$root/build/examples/c-server/c-server" \
    --port "$c_port" --other "http://127.0.0.1:$python_port/" "$work/sessions"
  c_address=$address
  start_server "$work/quixote-app" python "$root/examples/quixote-app/app.py" \
    --port "$python_port" --other "$c_address" "$work/sessions"
  python_address=$address
  export c_address python_address
}

# Ends both, and fails unless both ended cleanly.
stop_servers() {
  local pid status=0
  for pid in "${server_pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${server_pids[@]}"; do wait "$pid" || status=$?; done
  server_pids=()
  return "$status"
}

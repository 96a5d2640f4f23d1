# Starting and stopping nodes, for the scripts in this folder (sourced by them). Needs `bin`, where the programs are.
#
#   start_node NAME PROGRAM ARGS...   starts it, waits for its ready line; address[NAME] is where it listens, sql[NAME] where it
#                                     answers PostgreSQL's clients
#   stop_nodes                        SIGTERM to all of them; waits until they have gone

declare -A pid address sql

# A node prints one line on stdout when it is ready. Waiting for it is reading it: the pipe ends if the node does.
# setsid: Ctrl-C in the terminal reaches the script alone, which then stops the nodes properly.
start_node() {
  local name="$1" program="$2" pipe line out
  shift 2
  pipe="$(mktemp -u "${TMPDIR:-/tmp}/wallaby-ready.XXXXXX")"
  mkfifo -m 600 "$pipe"
  setsid "$bin/$program" --name "$name" "$@" >"$pipe" 2> >(exec setsid sed -u "s/^/$(printf '%-4s' "$name")/" >&2) &
  pid[$name]=$!
  exec {out}<"$pipe"
  rm -f "$pipe"
  if ! IFS= read -r -u "$out" line; then
    echo "$name did not start" >&2
    return 1
  fi
  address[$name]="$(sed -n 's/.*listening on \([^, ]*\).*/\1/p' <<<"$line")"
  sql[$name]="$(sed -n 's/.*, sql on \([^, ]*\).*/\1/p' <<<"$line")"
  printf '%-4s%s\n' "$name" "$line"
}

stop_nodes() {
  local name
  for name in "${!pid[@]}"; do kill -TERM "${pid[$name]}" 2>/dev/null || true; done
  for name in "${!pid[@]}"; do
    wait "${pid[$name]}" 2>/dev/null || true
    unset "pid[$name]"
  done
}

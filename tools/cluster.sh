#!/usr/bin/env bash
# A primary and two replicas in this terminal, to play with from another one. Ctrl-C stops all of them. A node that ends
# before (after a kill -9, say) is named, with the command that starts it again; the others go on.
#
#   tools/cluster.sh [DIR] [-- FLAGS FOR THE PRIMARY]
#
# DIR keeps the three data directories, and may be used again; without it they are temporary. The nodes take the usual
# ports if those are free, else any.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bin="${WALLABY_BIN:-$root/build/release/bin}"
source "$root/tools/nodes.sh"

dir=""
if [[ $# -gt 0 && "$1" != --* ]]; then
  dir="$1"
  shift
fi
[[ "${1:-}" != -- ]] || shift
temporary=""
if [[ -z "$dir" ]]; then
  temporary="$(mktemp -d "${TMPDIR:-/tmp}/wallaby-cluster.XXXXXX")"
  dir="$temporary"
fi
mkdir -p "$dir"

finish() {
  trap '' INT TERM
  trap - EXIT
  echo "Stopping"
  stop_nodes
  [[ -z "$temporary" ]] || rm -rf "$temporary"
}
trap 'finish; exit 0' INT TERM
trap finish EXIT

flags=("$@")
start_node p1 wallaby-primary --data "$dir/p1" "${flags[@]}"
start_node r1 wallaby-replica --data "$dir/r1" --primary "${address[p1]}"
start_node r2 wallaby-replica --data "$dir/r2" --primary "${address[p1]}"

cat <<TEXT

A primary at ${address[p1]} and replicas at ${address[r1]} and ${address[r2]}, data in $dir.
In another terminal:
  psql -h ${sql_address[p1]%:*} -p ${sql_address[p1]##*:} -U postgres       # replicas: ports ${sql_address[r1]##*:} and ${sql_address[r2]##*:}
  export PATH="$bin:\$PATH" WALLABY_NODE=${address[p1]}
  wallaby put greetings hello world
  wallaby --node ${address[r1]} get greetings hello
  wallaby status --watch
  kill -9 \$(cat $dir/r2/lock)             # a crash
Ctrl-C here stops them all.

TEXT

# again NAME: the command that starts it on its directory.
again() {
  local shown
  case "$1" in
    p1) printf -v shown '%q ' wallaby-primary --data "$dir/p1" --listen "${address[p1]}" --sql "${sql_address[p1]:-none}" "${flags[@]}" ;;
    *)
      printf -v shown '%q ' wallaby-replica --data "$dir/$1" --name "$1" --listen "${address[$1]}" \
        --sql "${sql_address[$1]:-none}" --primary "${address[p1]}"
      ;;
  esac
  printf '%s' "${shown% }"
}

while [[ ${#pid[@]} -gt 0 ]]; do
  # The group keeps the shell's own remark off the screen.
  { wait -n -p ended "${pid[@]}" || true; } 2>/dev/null
  for name in "${!pid[@]}"; do
    [[ "${pid[$name]}" == "$ended" ]] || continue
    unset "pid[$name]"
    printf '\n%s has ended. To start it again, in another terminal:\n  %s\n\n' "$name" "$(again "$name")"
  done
done
echo "No node is left"
exit 1

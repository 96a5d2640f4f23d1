#!/usr/bin/env bash
# A primary and two replicas in this terminal, to play with from another one. Ctrl-C stops all of them.
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

start_node p1 wallaby-primary --data "$dir/p1" "$@"
start_node r1 wallaby-replica --data "$dir/r1" --primary "${address[p1]}"
start_node r2 wallaby-replica --data "$dir/r2" --primary "${address[p1]}"

cat <<TEXT

A primary at ${address[p1]} and replicas at ${address[r1]} and ${address[r2]}, data in $dir.
In another terminal:
  export PATH="$bin:\$PATH" WALLABY_NODE=${address[p1]}
  wallaby put greetings hello world
  wallaby --node ${address[r1]} get greetings hello
  wallaby status --watch
Ctrl-C here stops them all.

TEXT

# Until a node ends, or Ctrl-C.
wait -n "${pid[@]}" || true
echo "A node has ended; so do the others"
exit 1

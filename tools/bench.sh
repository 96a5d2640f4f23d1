#!/usr/bin/env bash
# How fast is Wallaby on this machine today? A primary and two replicas on temporary directories; for each rung of the ack
# switch, 1, 8 and 64 clients put rows; beside it, what the disk itself can do, measured right before each run.
#
#   tools/bench.sh [--duration 5s] [--size 100] [--depth 1] [--json]
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bin="${WALLABY_BIN:-$root/build/release/bin}"
source "$root/tools/nodes.sh"

duration=5s size=100 depth=1 json=""
while [[ $# -gt 0 ]]; do
  case "$1" in
    --duration) duration="$2" && shift 2 ;;
    --size) size="$2" && shift 2 ;;
    --depth) depth="$2" && shift 2 ;;
    --json) json=1 && shift ;;
    *) echo "usage: $0 [--duration 5s] [--size 100] [--depth 1] [--json]" >&2 && exit 2 ;;
  esac
done

dir="$(mktemp -d "${TMPDIR:-/tmp}/wallaby-bench.XXXXXX")"
finish() {
  trap - EXIT INT TERM
  stop_nodes
  rm -rf "$dir"
}
trap finish EXIT
trap 'finish; exit 130' INT TERM

# The nodes' own lines would stand in the middle of the table.
{
  start_node p1 wallaby-primary --data "$dir/p1" --listen 127.0.0.1:0 --sql none
  start_node r1 wallaby-replica --data "$dir/r1" --listen 127.0.0.1:0 --sql none --primary "${address[p1]}"
  start_node r2 wallaby-replica --data "$dir/r2" --listen 127.0.0.1:0 --sql none --primary "${address[p1]}"
} >"$dir/nodes.log" 2>&1 || {
  cat "$dir/nodes.log" >&2
  exit 1
}

# number NAME: of a JSON object on stdin.
number() { sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p"; }

if [[ -z "$json" ]]; then
  printf 'values of %s bytes, depth %s, %s each, on %s\n\n' "$size" "$depth" "$duration" "$dir"
  printf '%-10s %7s %12s %9s %9s %9s %12s %14s\n' ack clients commits/s "p50 ms" "p99 ms" "p99.9 ms" commits/flush "disk flushes/s"
fi
for rung in async semi-sync sync; do
  "$bin/wallaby" --node "${address[p1]}" ack "$rung" >/dev/null 2>&1
  for clients in 1 8 64; do
    result="$("$bin/wallaby" --node "${address[p1]}" bench --json --clients "$clients" --depth "$depth" --size "$size" \
      --duration "$duration" --disk-probe "$dir")"
    if [[ -n "$json" ]]; then
      printf '%s\n' "$result"
      continue
    fi
    figures=()
    for name in commits_per_s p50_us p99_us p999_us commits_per_flush disk_flushes_per_s; do
      figures+=("$(number "$name" <<<"$result")")
    done
    awk -v ack="$rung" -v clients="$clients" -v figures="${figures[*]}" 'BEGIN {
      split(figures, f, " ")
      printf "%-10s %7d %12.0f %9.2f %9.2f %9.2f %12.1f %14.0f\n", ack, clients, f[1], f[2] / 1000, f[3] / 1000, f[4] / 1000, f[5], f[6]
    }'
  done
done

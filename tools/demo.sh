#!/usr/bin/env bash
# A primary streams its write-ahead log to two replicas: a tour in a minute, on real processes.
#
#   tools/demo.sh
#
# Each command is printed as you would type it, then run; what you see is what it printed. The demo checks its own story:
# it ends with status 1 at the first thing that is not as told. Everything is temporary and stopped at the end.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bin="${WALLABY_BIN:-$root/build/release/bin}"
source "$root/tools/nodes.sh"

bold="" dim="" plain=""
if [[ -t 1 && -z "${CI:-}" ]]; then bold=$'\e[1;36m' dim=$'\e[2m' plain=$'\e[0m'; fi

dir="$(mktemp -d "${TMPDIR:-/tmp}/wallaby-demo.XXXXXX")"
finish() {
  local status=$?
  trap - EXIT
  kill -CONT "${pid[@]}" 2>/dev/null || true
  stop_nodes
  rm -rf "$dir"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

chapter() { printf '\n%s%s%s\n\n' "$bold" "$1" "$plain"; }
tell() { printf '%s\n' "$@"; }
broken() {
  printf '\nThe demo is broken: %s\n' "$1" >&2
  exit 1
}

# run STATUS COMMAND...: prints the command with the nodes' names, runs it, prints what it says; $said keeps that.
said=""
shown() {
  local text="$*" name
  for name in "${!address[@]}"; do text="${text//${address[$name]}/$name}"; done
  printf '%s\n' "$text"
}
run() {
  local expected="$1" status=0
  shift
  printf '%s$ %s%s\n' "$dim" "$(shown "$@")" "$plain"
  said="$("$bin/$1" "${@:2}" 2>&1)" || status=$?
  [[ -z "$said" ]] || sed 's/^/    /' <<<"$said"
  [[ "$status" -eq "$expected" ]] || broken "that should have ended with status $expected, not $status"
}
says() { [[ "$said" == *"$1"* ]] || broken "that should have said '$1'"; }
on() { printf -- '--node\n%s\n' "${address[$1]}"; }

chapter "1. A primary, and two replicas that follow its log"
start_node p1 wallaby-primary --data "$dir/p1" --listen 127.0.0.1:0 2>"$dir/p1.log"
start_node r1 wallaby-replica --data "$dir/r1" --listen 127.0.0.1:0 --primary "${address[p1]}" 2>"$dir/r1.log"
start_node r2 wallaby-replica --data "$dir/r2" --listen 127.0.0.1:0 --primary "${address[p1]}" 2>"$dir/r2.log"
p1="${address[p1]}" r1="${address[r1]}" r2="${address[r2]}"
export WALLABY_NODE="$p1"

chapter "2. A write on the primary, a read on a replica"
tell "A write prints its token: its place in the log. With the token a read elsewhere can wait for it."
run 0 wallaby put greetings hello world
token="$(head -n 1 <<<"$said")"
[[ "$token" == *@1* ]] || token="$(grep -o '[0-9A-F]*/[0-9A-F]*@1' <<<"$said" | head -n 1)"
run 0 wallaby --node "$r1" get greetings hello --after "$token"
says world
run 0 wallaby --node "$r2" get greetings hello --after "$token"
says world

chapter "3. A replica is read-only"
run 3 wallaby --node "$r1" put greetings hello moon
says "$p1"

chapter "4. Lag: a paused replica goes on receiving, and applies nothing"
run 0 wallaby --node "$r2" pause
run 0 wallaby put greetings hello moon
run 0 wallaby put greetings bonjour lune
run 0 wallaby get greetings hello
says moon
run 0 wallaby --node "$r2" get greetings hello
says world
run 0 wallaby status
says r2
tell "" "One step lets exactly one record through; resume lets the rest through."
run 0 wallaby --node "$r2" step 1
run 0 wallaby --node "$r2" get greetings hello
says moon
run 1 wallaby --node "$r2" get greetings bonjour
run 0 wallaby --node "$r2" resume

chapter "5. The ack switch: when is the client told?"
tell "The same load with the switch at each rung: the more a rung promises, the longer a commit takes."
for rung in async semi-sync sync; do
  run 0 wallaby ack "$rung"
  run 0 wallaby bench --clients 1 --duration 1s --disk-probe "$dir"
  says commits/s
done

chapter "6. sync, and one of the two replicas dies"
kill -9 "${pid[r2]}"
wait "${pid[r2]}" 2>/dev/null || true
tell "r2 was killed with kill -9. A put waits now, and after a second it is told for whom."
printf '%s$ wallaby put greetings hello sun &%s\n' "$dim" "$plain"
"$bin/wallaby" put greetings hello sun >"$dir/put.out" 2>"$dir/put.err" &
put=$!
until grep -q r2 "$dir/put.err"; do
  kill -0 "$put" 2>/dev/null || broken "the put should wait for r2"
  read -r -t 0.05 <> <(:) || true # a short pause while polling
done
sed 's/^/    /' "$dir/put.err"
tell "" "The primary does not show it, for nobody may read what is not acknowledged. r1 has applied it."
run 0 wallaby get greetings hello
says moon
run 0 wallaby --node "$r1" get greetings hello
says sun

chapter "7. The primary is killed too, and recovers from its log"
kill -9 "${pid[p1]}"
wait "${pid[p1]}" 2>/dev/null || true
wait "$put" 2>/dev/null && broken "the put cannot have succeeded" || status=$?
sed -n '$s/^/    /p' "$dir/put.err"
[[ "$status" -eq 5 ]] || broken "the put's outcome is unknown: status 5, not $status"
start_node p1 wallaby-primary --data "$dir/p1" --listen "$p1" 2>>"$dir/p1.log"
tell "" "It cannot know whether the end of its log was acknowledged, so it answers no reads until it is again."
run 3 wallaby get greetings hello
tell "" "r2 comes back; now the promise is kept, and the row is there."
start_node r2 wallaby-replica --data "$dir/r2" --listen "$r2" --primary "$p1" 2>>"$dir/r2.log"
run 0 wallaby put greetings hello stars
run 0 wallaby get greetings hello
says stars

chapter "8. The log itself"
run 0 wallaby ack async
stop_nodes
tell "All nodes were stopped cleanly. The last records of the primary's log, and a comparison with r2's, byte for byte:"
printf '%s$ wallaby waldump p1 | tail -n 5%s\n' "$dim" "$plain"
"$bin/wallaby" waldump "$dir/p1" | tail -n 5 | sed 's/^/    /'
run 0 wallaby verify "$dir/r2" --against "$dir/p1"

tell "" "That was it. Play with your own cluster: ./run cluster"

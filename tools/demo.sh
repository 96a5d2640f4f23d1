#!/usr/bin/env bash
# A primary streams its write-ahead log to two replicas: a tour in a minute, on real processes.
#
#   tools/demo.sh [--check]      --check: no pauses for reading, no colours, also on a terminal
#
# Each command is printed as you would type it, then run; what you see is what it printed. The demo checks its own story:
# it ends with status 1 at the first thing that is not as told. The nodes take the usual ports if those are free, else the
# next ones. Nothing is left running, and nothing on disk.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bin="${WALLABY_BIN:-$root/build/release/bin}"
source "$root/tools/nodes.sh"

bold="" dim="" red="" plain="" reading=""
if [[ -t 1 && "${1:-}" != --check && -z "${CI:-}" ]]; then
  bold=$'\e[1;36m' dim=$'\e[32m' red=$'\e[1;31m' plain=$'\e[0m' reading=1
fi

dir="$(mktemp -d "${TMPDIR:-/tmp}/wallaby-demo.XXXXXX")"
finish() {
  local status=$?
  trap - EXIT
  stop_nodes
  cd /
  rm -rf "$dir"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM
cd "$dir"

# ---------------------------------------------------------------- telling, running, checking

pause() { [[ -z "$reading" ]] || sleep "$1"; }
chapter() {
  pause 1.5
  printf '\n%s%s%s\n\n' "$bold" "$1" "$plain"
  pause 0.4
}
tell() {
  printf '%s\n' "$@"
  pause 0.8
}
broken() {
  printf '\n%sThe demo is broken: %s%s\n' "$red" "$1" "$plain" >&2
  tail -n 20 ./*.log >&2
  exit 1
}
typed() { printf '%s$ %s%s\n' "$dim" "$*" "$plain"; }
indented() { sed 's/^/    /'; }

# shown_as STATUS TEXT COMMAND...: the command, shown as that text, and what it says, which $said keeps. It has to end with
# that status.
said=""
shown_as() {
  local expected="$1" status=0
  typed "$2"
  said="$("${@:3}" 2>&1)" || status=$?
  [[ -z "$said" ]] || indented <<<"$said"
  pause 0.4
  [[ "$status" -eq "$expected" ]] || broken "that should have ended with status $expected, not $status"
}
# run STATUS COMMAND...: one of our own programs.
run() { shown_as "$1" "${*:2}" "$bin/$2" "${@:3}"; }
# run_sql STATUS NODE STATEMENT: psql at that node.
run_sql() {
  local host="${sql_address[$2]%:*}" port="${sql_address[$2]##*:}"
  shown_as "$1" "psql -p $port -c \"$3\"" psql -X -h "$host" -p "$port" -U demo -d demo -c "$3"
}
says() { [[ "$said" == *"$1"* ]] || broken "that should have said '$1'"; }

# node NAME PROGRAM ARGS...: starts it, shows the command and its ready line; $NAME is its address.
node() {
  local name="$1"
  shift
  typed "$1 --name $name ${*:2} &"
  start_node "$name" "$@" >ready 2>>"$name.log" || broken "$name did not start"
  indented <ready
  pause 0.4
}

# crash NAME: kill -9. (The group keeps the shell's own remark about it off the screen.)
crash() {
  typed "kill -9 ${pid[$1]}       # $1"
  { kill -9 "${pid[$1]}" && wait "${pid[$1]}" || true; } 2>/dev/null
  unset "pid[$1]"
}

# begin_put ARGS...: a put that waits, in the background; after a second it is told for whom.
put=""
begin_put() {
  typed "wallaby put $* &"
  : >put.out >put.err
  "$bin/wallaby" put "$@" >put.out 2>put.err &
  put=$!
  until_so "the put is told for whom it waits" grep -q waiting put.err
  indented <put.err
  pause 0.4
}
# end_put STATUS: what it says at last, and how it ends. $token is its token.
end_put() {
  local status=0
  wait "$put" || status=$?
  indented <put.out
  sed -n '$s/^/    /p' put.err
  pause 0.4
  [[ "$status" -eq "$1" ]] || broken "the put should have ended with status $1, not $status"
  token="$(token_in <put.out)"
}
token_in() { grep -o '[0-9A-F]*/[0-9A-F]*@1' | head -n 1; }

# start_app: the application on a free port, with its two doors at p1 and r1; $app is where it listens.
app=""
start_app() {
  local from="$root/examples/users-app" write="${sql_address[p1]##*:}" read="${sql_address[r1]##*:}"
  "$root/tools/install_app.sh"
  typed "PORT=0 PGPORT_WRITE=$write PGPORT_READ=$read node app.js &"
  PGHOST=127.0.0.1 PGPORT_WRITE="$write" PGPORT_READ="$read" HOST=127.0.0.1 PORT=0 setsid node "$from/app.js" >app.log 2>&1 &
  pid[app]=$!
  until_so "the application listens" grep -q running app.log
  indented <app.log
  app="$(sed -n 's/App running on //p' app.log)"
  pause 0.4
}
stop_app() {
  kill "${pid[app]}" && wait "${pid[app]}" || broken "the application did not stop in order"
  unset "pid[app]"
}

# caught_up REPLICA STAGE: it streams, and its lag at that stage is 0, says the primary.
caught_up() {
  "$bin/wallaby" status --json | grep -q "\"name\":\"$1\",[^}]*\"state\":\"streaming\"[^}]*\"$2_lag_bytes\":0,"
}

# until_so WHAT COMMAND...: asks again and again, at most 30 s.
until_so() {
  local what="$1" deadline=$((SECONDS + 30))
  shift
  until "$@" >/dev/null 2>&1; do
    [[ "$SECONDS" -lt "$deadline" ]] || broken "waited 30 s in vain until $what"
    sleep 0.05
  done
}

# ---------------------------------------------------------------- the story

chapter "1. A primary, and two replicas that follow its log"
node p1 wallaby-primary --data p1
p1="${address[p1]}"
node r1 wallaby-replica --data r1 --primary "$p1"
node r2 wallaby-replica --data r2 --primary "$p1"
r1="${address[r1]}" r2="${address[r2]}"
export WALLABY_NODE="$p1"
[[ "$p1" == 127.0.0.1:7400 ]] || typed "export WALLABY_NODE=$p1"

chapter "2. A write on the primary, reads on the replicas"
tell "A write prints its token: its place in the log. With the token, a read elsewhere waits until it is there."
run 0 wallaby put greetings hello world
token="$(token_in <<<"$said")"
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
until_so "r1 has applied all" caught_up r1 applied
until_so "r2 has all on its disk" caught_up r2 flushed
run 0 wallaby status
says "streaming, paused"
tell "" "One step lets exactly one record through; resume lets the rest through."
run 0 wallaby --node "$r2" step 1
says moon
run 0 wallaby --node "$r2" get greetings hello
says moon
run 1 wallaby --node "$r2" get greetings bonjour
run 0 wallaby --node "$r2" resume

chapter "5. The same cluster in SQL: psql, and an application with two doors"
tell "Every node has a second door, for PostgreSQL's clients. A table, a row, and the same row on a replica:"
run_sql 0 p1 "CREATE TABLE users (id SERIAL PRIMARY KEY, name TEXT)"
run_sql 0 p1 "INSERT INTO users (name) VALUES ('Alice')"
says "INSERT 0 1"
until_so "r1 has applied all" caught_up r1 applied
run_sql 0 r1 "SELECT * FROM users"
says Alice
run_sql 1 r1 "INSERT INTO users (name) VALUES ('Mallory')"
says "cannot execute INSERT in a read-only transaction"
tell "" "A Node.js application (examples/users-app) writes on p1 and reads on r1:"
start_app
shown_as 0 "curl --json '{\"name\":\"Bob\"}' $app/users" curl -sS -w '\n' --json '{"name":"Bob"}' "$app/users"
says '"id":2'
until_so "r1 has applied all" caught_up r1 applied
shown_as 0 "curl $app/users" curl -sS -w '\n' "$app/users"
says '[{"id":1,"name":"Alice"},{"id":2,"name":"Bob"}]'
stop_app

chapter "6. The ack switch: when is a client told that its commit is done?"
tell "One client that writes as fast as it can, with the switch at each rung: what is promised takes its time."
summary=""
for rung in async semi-sync sync; do
  run 0 wallaby ack "$rung"
  run 0 wallaby bench --clients 1 --duration 1s
  says "commits/s"
  summary+="$(printf '    %-10s %10s' "$rung" "$(sed -n 's/.*p99\.9 *\([^,]*\),.*/\1/p' <<<"$said")")"$'\n'
done
tell "" "Half of the commits took less than:"
printf '%s' "$summary"

chapter "7. One commit's way through all stages"
run 0 wallaby trace put greetings hello again
says "acknowledged"

chapter "8. A commit held half way, and a primary that dies"
tell "A hold stops records at one stage. This one keeps them on the primary; semi-sync needs a replica, so the put waits."
run 0 wallaby ack semi-sync
run 0 wallaby hold sent
begin_put greetings adieu soleil
run 0 wallaby status
says "waiting  1 commit"
crash p1
tell "Its client was not told OK. What will become of its commit it cannot know, but it has its token:"
end_put 5
tell "" "No replica has the record. If this machine never comes back, it is gone:"
run 1 wallaby --node "$r1" get greetings adieu
tell "" "But it does come back. The record is on its disk, the replicas get it now, and the promise is kept after all:"
node p1 wallaby-primary --data p1 --listen "$p1"
until_so "r1 follows again" caught_up r1 applied
until_so "r2 follows again" caught_up r2 applied
run 0 wallaby commit-status "$token"
says visible

tell "" "Once more, one stage further: r1 receives the record and may not flush it, r2 gets nothing. For semi-sync that is" \
  "enough: the client is told OK."
run 0 wallaby --node "$r1" hold flushed
run 0 wallaby hold sent --replica r2
run 0 wallaby put greetings ciao sole
says "received by r1"
token="$(token_in <<<"$said")"
crash p1
tell "This one survives without the primary. r1 has it, and shows it as soon as its disk may have it, too:"
run 1 wallaby --node "$r1" get greetings ciao
run 0 wallaby --node "$r1" release
run 0 wallaby --node "$r1" get greetings ciao --after "$token"
says sole
node p1 wallaby-primary --data p1 --listen "$p1"
until_so "r1 follows again" caught_up r1 applied
until_so "r2 follows again" caught_up r2 applied

chapter "9. sync, and one of the two replicas dies"
run 0 wallaby ack sync
crash r2
tell "A put waits now."
begin_put greetings hello sun
tell "" "The primary does not show it, for nobody may read what is not acknowledged. r1 has applied it already."
run 0 wallaby get greetings hello
says again
run 0 wallaby --node "$r1" get greetings hello --after "$(grep -o '0/[0-9A-F]*' put.err | head -n 1)"
says sun

chapter "10. The primary dies too, and recovers from its log"
crash p1
tell "Again the put's client cannot know what became of it:"
end_put 5
node p1 wallaby-primary --data p1 --listen "$p1"
tell "" "The record is in its log. Was it acknowledged? Nobody here can know, so no read is answered until it is (again)."
run 3 wallaby get greetings hello
says "r2"
tell "" "r2 comes back and applies it. Now the promise is kept, and the row is there."
node r2 wallaby-replica --data r2 --listen "$r2" --primary "$p1"
until_so "the primary answers reads" "$bin/wallaby" get greetings hello
run 0 wallaby get greetings hello
says sun

chapter "11. The log itself"
run 0 wallaby ack async
stop_nodes
tell "All nodes were stopped cleanly. Here are the last records of the primary's log, and r2's log compared with it:"
typed "wallaby waldump p1 | tail -n 4"
"$bin/wallaby" waldump p1 | tail -n 4 | cut -c 1-110 | indented
run 0 wallaby verify r2 --against p1
says "common end"

tell "" "That was it. Now play with a cluster of your own: ./run cluster"

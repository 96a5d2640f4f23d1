#!/bin/sh
# Makes what servers need to be reached from elsewhere, as far as it is not there yet:
#
#   make-secrets.sh DIRECTORY HOST...
#
#   DIRECTORY/server.crt   a certificate for these hosts (names or addresses), good for ten years. It signs itself: whoever has a copy
#   DIRECTORY/server.key   of it can check the servers
#   DIRECTORY/password     of the first role
#
# To choose another password, write it there before the first start. For other hosts remove server.crt, and start again.
set -eu
umask 077

die() {
  echo "make-secrets.sh: $*" >&2
  exit 2
}

[ $# -ge 2 ] || die "usage: make-secrets.sh DIRECTORY HOST..."
directory=$1
shift
mkdir -p "$directory"

if [ ! -e "$directory/password" ]; then
  openssl rand -hex 16 > "$directory/password.new"
  mv "$directory/password.new" "$directory/password"
fi

if [ ! -e "$directory/server.crt" ]; then
  hosts=""
  for host in "$@"; do
    case "$host" in
      *:* | *[0-9].*[0-9].*[0-9].*[0-9]) kind=IP ;;
      *) kind=DNS ;;
    esac
    hosts="${hosts:+$hosts,}$kind:$host"
  done
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj "/CN=wallaby" \
    -addext "subjectAltName=$hosts" -keyout "$directory/server.key" -out "$directory/server.new" 2> "$directory/openssl.log" ||
    die "openssl: $(cat "$directory/openssl.log")"
  rm "$directory/openssl.log"
  mv "$directory/server.new" "$directory/server.crt"
fi

#!/bin/sh
# Turns a container's environment into the command line of a Wallaby server, and becomes that server.
#
#   WALLABY_ROLE      primary or replica                                        (required)
#   WALLABY_PRIMARY   whom a replica follows, HOST:PORT                         (required for a replica)
#   WALLABY_DATA      the data directory                                        /var/lib/wallaby/data
#   WALLABY_NAME      what the node is called in its cluster                    the role's usual name
#   WALLABY_LISTEN    where replicas and the command `wallaby` connect          0.0.0.0:7400
#   WALLABY_SQL       where PostgreSQL's clients connect                        0.0.0.0:5432
#
# These addresses can be reached from other containers and machines, so the server wants to be guarded:
#
#   WALLABY_TLS_CERT, WALLABY_TLS_KEY   its certificate and key, files
#   WALLABY_TLS_CA    replica: who signed its primary's certificate, a file. It follows over TLS alone
#   WALLABY_USER      primary: the first role, a superuser, made while there is none. Replica: the role that it logs in with
#   WALLABY_PASSWORD_FILE  that role's password, the first line of a file (or WALLABY_PASSWORD: the password itself)
#   WALLABY_INSECURE  yes: neither is asked for. Only for a network on which everybody may read and write everything
#
# make-secrets.sh makes such files. The command `wallaby` inside of the container understands the same variables.
#
# Arguments go to the server as they are:  docker run ... wallaby --ack semi-sync
#
# Nothing is waited for here. A replica whose primary is not there yet tries again by itself. `exec` puts the server in this
# script's place, so the container's signals reach it, and a stop is a clean one.
set -eu

die() {
  echo "entrypoint.sh: $*" >&2
  exit 2
}

role="${WALLABY_ROLE:-}"
case "$role" in
  primary)
    [ -z "${WALLABY_PRIMARY:-}" ] || die "WALLABY_PRIMARY is set, but WALLABY_ROLE is primary: a primary follows nobody"
    ;;
  replica)
    [ -n "${WALLABY_PRIMARY:-}" ] || die "a replica needs WALLABY_PRIMARY: whom it follows, HOST:PORT"
    set -- --primary "$WALLABY_PRIMARY" "$@"
    ;;
  "") die "set WALLABY_ROLE to primary or replica" ;;
  *) die "WALLABY_ROLE is primary or replica, not '$role'" ;;
esac

case "${WALLABY_INSECURE:-no}" in
  yes) set -- --insecure "$@" ;;
  no) ;;
  *) die "WALLABY_INSECURE is yes or no, not '$WALLABY_INSECURE'" ;;
esac

[ -z "${WALLABY_TLS_CERT:-}" ] || set -- --tls-cert "$WALLABY_TLS_CERT" "$@"
[ -z "${WALLABY_TLS_KEY:-}" ] || set -- --tls-key "$WALLABY_TLS_KEY" "$@"
if [ "$role" = replica ] && [ -n "${WALLABY_TLS_CA:-}" ]; then set -- --tls-ca "$WALLABY_TLS_CA" "$@"; fi
if [ -n "${WALLABY_USER:-}" ]; then
  if [ "$role" = primary ]; then flag=--init-role; else flag=--user; fi
  [ -z "${WALLABY_PASSWORD_FILE:-}" ] || set -- --password-file "$WALLABY_PASSWORD_FILE" "$@"
  set -- "$flag" "$WALLABY_USER" "$@"
fi

[ -z "${WALLABY_NAME:-}" ] || set -- --name "$WALLABY_NAME" "$@"

exec "wallaby-$role" --data "${WALLABY_DATA:-/var/lib/wallaby/data}" --listen "${WALLABY_LISTEN:-0.0.0.0:7400}" \
  --sql "${WALLABY_SQL:-0.0.0.0:5432}" "$@"

#!/usr/bin/env bash
# Installs what examples/users-app needs into its node_modules, exactly as package-lock.json says. Once: again only after
# that file has changed. Several of these at a time wait for each other.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../examples/users-app"
exec {lock}<package-lock.json
flock "$lock"
# npm writes this file at the end of an installation.
[[ node_modules/.package-lock.json -nt package-lock.json ]] || npm ci --no-audit --no-fund --loglevel=error >&2

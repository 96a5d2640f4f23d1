#!/usr/bin/env bash
# Puts every source into the shape that .clang-format describes; with --check, only says which files are not.
# The version of clang-format is part of the rule: another one wraps lines differently.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

action=(-i)
case "${1:-}" in
  "") ;;
  --check) action=(--dry-run -Werror) ;;
  *) echo "usage: format.sh [--check]" >&2 && exit 2 ;;
esac

command -v clang-format-19 >/dev/null || {
  echo "format.sh: clang-format-19 is missing: apt-get install clang-format-19" >&2
  exit 1
}
find . \( -name build -o -name '.?*' \) -prune -o -type f \( -name '*.h' -o -name '*.cc' -o -name '*.proto' \) -print0 |
  xargs -0 --no-run-if-empty clang-format-19 "${action[@]}"

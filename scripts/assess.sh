#!/usr/bin/env bash
# Install antiperovskite into .venv of this checkout (once) and assess formulas:
#
#   bash scripts/assess.sh Li2OHCl                 # reports/ in the current directory
#   bash scripts/assess.sh Li3OCl Li3OBr --json    # options go to `antiperovskite assess`
set -euo pipefail
# shellcheck source=scripts/_environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/_environment.sh"

if [ $# -eq 0 ]; then
  say "usage: bash scripts/assess.sh FORMULA... [options of: antiperovskite assess]"
  exit 2
fi

venv="$root/.venv"
make_venv "$venv"
sources="$(cd "$root/src" && find . -type f -not -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum | sha256sum)"
install "$venv" "$(fingerprint "$venv" "$sources")" "$root[sevennet]"
exec "$venv/bin/antiperovskite" assess --out reports "$@"

#!/usr/bin/env bash
# Build the documentation into docs/_build/html; every warning is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec "${PYTHON:-python}" -m sphinx -W --keep-going -q -b html . _build/html

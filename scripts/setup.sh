#!/usr/bin/env bash
# Builds .venv from the lock files and installs ngspice, Icarus and yosys where they are missing, and the programs that
# it is given by name. Runs twice without harm.
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$0")/.."

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

packages=()
python=""
for candidate in python3.11 python3 python3.12 python3.13; do
    if recent "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    packages+=(python3 python3-venv)
elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    packages+=(python3-venv)
fi
command -v "${GENRF_NGSPICE:-ngspice}" >/dev/null || packages+=(ngspice)
command -v "${GENRF_IVERILOG:-iverilog}" >/dev/null || packages+=(iverilog)
command -v "${GENRF_YOSYS:-yosys}" >/dev/null || packages+=(yosys)
command -v "${GENRF_MAKE:-make}" >/dev/null || packages+=(make)
command -v g++ >/dev/null || packages+=(g++) # what Verilator makes its models with
for program in "$@"; do
    command -v "$program" >/dev/null || packages+=("$program")
done
found=(/usr/lib/libngspice.so* /usr/lib/*/libngspice.so* /usr/local/lib/libngspice.so*)
if [ -z "${NGSPICE_LIBRARY_PATH:-}" ] && [ ${#found[@]} -eq 0 ]; then
    packages+=(libngspice0)
fi

if [ ${#packages[@]} -gt 0 ]; then
    install=(apt-get install -y --no-install-recommends "${packages[@]}")
    root=()
    [ "$(id -u)" -eq 0 ] || root=(sudo -n)
    if ! command -v apt-get >/dev/null || ! "${root[@]}" true 2>/dev/null; then
        echo "genrf needs system packages that only root can install (here without password):" >&2
        echo "    ${install[*]}" >&2
        exit 1
    fi
    echo "installing ${packages[*]}"
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" -qq >/dev/null
    python=${python:-python3}
fi
if ! recent "$python"; then
    echo "genrf needs Python 3.11 or newer, and $python is $("$python" --version 2>&1); install python3.11 and python3.11-venv" >&2
    exit 1
fi

.venv/bin/python -c 'import pip' 2>/dev/null || "$python" -m venv --clear .venv
pip() { .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation "$@"; }
pip --require-hashes -r requirements-build.lock
pip --require-hashes -r requirements.lock
# Without hashes: which build of PyTorch is right depends on the machine. The one for processors alone is 200 MB.
pip torch==2.13.0
pip --no-deps --require-hashes -r requirements-torch.lock
pip --no-deps --require-hashes -r requirements-docs.lock
pip --no-deps -e .

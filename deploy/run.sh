#!/usr/bin/env bash
# run.sh: from a fresh checkout on a fresh Debian to a gened that serves.
# Installs the packages that are missing, builds what is out of date, and
# becomes gened with the arguments given: deploy/run.sh --listen 127.0.0.1:9000
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/deploy/packages.sh"

install_packages "${build_packages[@]}" >&2

build=$root/build/release
log=$root/build/deploy.log
mkdir -p "$root/build"
: >"$log"
if [ ! -x "$build/gened" ]; then
    echo "Building gened (half a minute or so)" >&2
fi
if ! {
    cmake -S "$root" --preset release && cmake --build "$build"
} >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "The build failed; all of it is in $log" >&2
    exit 1
fi

exec "$build/gened" "$@"

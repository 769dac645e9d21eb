#!/usr/bin/env bash
# run.sh: measures gene and gened, each in turns with its peers, and prints
# tables of medians and ratios. Installs the peers that are missing, builds
# build/release, leaves all figures in build/bench. Takes about four minutes,
# less with --quick or with the names of what to measure.
#
#   tests/bench/run.sh --help
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1
# shellcheck source=deploy/packages.sh
. deploy/packages.sh

# What has to be there for the command named first; a command that somebody
# installed in another way will do.
peers=(lua5.4:lua5.4 python3:python3 node:nodejs wrk:wrk nginx:nginx-light)

install_peers()
{
    local peer missing=()
    for peer in "${peers[@]}"; do
        command -v "${peer%%:*}" >/dev/null || missing+=("${peer#*:}")
    done
    [ "${#missing[@]}" -eq 0 ] || install_packages "${missing[@]}" ||
        echo "Going on without what could not be installed."
}

build()
{
    local log=build/bench/build.log
    mkdir -p build/bench
    if ! {
        cmake --preset release && cmake --build --preset release &&
            cmake --build --preset release --target bench
    } >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        echo "The build failed; all of it is in $log" >&2
        return 1
    fi
}

main()
{
    local argument build=yes install=yes passed=()
    for argument in "$@"; do
        case $argument in
        --no-build) build=no ;;
        --no-install) install=no ;;
        --build | --build=*) build=no && passed+=("$argument") ;;
        -h | --help | --list) exec python3 tests/bench/bench.py "$argument" ;;
        *) passed+=("$argument") ;;
        esac
    done
    [ "$install" = no ] || {
        install_packages "${build_packages[@]}" || return 1
        install_peers
    }
    [ "$build" = no ] || build || return 1
    exec python3 tests/bench/bench.py "${passed[@]}"
}

main "$@"

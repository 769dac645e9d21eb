#!/usr/bin/env bash
# run.sh: builds and tests everything, or the stages that are named. Installs
# what it needs; logs are in build/test-logs. The last line is the sum,
# `N passed, N failed, N skipped`, and the exit code is not 0 on any failure.
#
#   tests/run.sh                     all of it, a quarter of an hour on two cores
#   tests/run.sh unit conformance    some stages
#   tests/run.sh --help              what stages there are
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
. deploy/packages.sh
. tests/lib/report.sh

# The tool is tested here, not on a service that somebody works with.
unset GENE_SERVER GENE_KEY

stages=(style tidy build unit conformance asan stress http openapi browser
    deploy tsan fuzz container)
conformance=tests/conformance/run.py

declare -A about=(
    [style]="format, and what each room may use"
    [tidy]="clang-tidy over vm, server and api"
    [build]="gcc release and clang, warnings are errors"
    [unit]="unit tests, with address and undefined behaviour sanitizers"
    [conformance]="the language by gene run and through POST /eval"
    [asan]="the same with sanitizers and leak check"
    [stress]="the same, collecting, moving and switching at every chance"
    [http]="a running gened, in good use and bad"
    [openapi]="the contract, linted and made into a client"
    [browser]="the page, in a headless Chromium"
    [deploy]="each file of deploy/ by the program it is for"
    [tsan]="what has threads, with the thread sanitizer"
    [fuzz]="every fuzz target: its seeds and a fixed number of runs"
    [container]="the Dockerfile, built and run"
    [soak]="what takes long, over HTTP; not among all"
)

usage()
{
    echo "Usage: tests/run.sh [STAGE...]"
    echo "Without a stage: all of them, in this order."
    local name
    for name in "${stages[@]}" soak; do
        printf '  %-12s %s\n' "$name" "${about[$name]}"
    done
}

# built PRESET: configures and builds, once in a run; each is a check.
declare -A build_state=()
built()
{
    if [ -z "${build_state[$1]-}" ]; then
        build_state[$1]=no
        check "configure $1" cmake --preset "$1" &&
            check "build $1" cmake --build --preset "$1" &&
            build_state[$1]=yes
    fi
    [ "${build_state[$1]}" = yes ] || {
        echo "     not run: there is no build of $1"
        return 1
    }
}

sources()
{
    find vm server api tests -name '*.[ch]' -print0
}

# Leaks and undefined behaviour end the program with a code of its own.
sanitizer_options()
{
    export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
    export ASAN_OPTIONS=$ASAN_OPTIONS:exitcode=99
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
}

stage_style()
{
    check "format" bash -c "$(declare -f sources)
        sources | xargs -0 clang-format --dry-run -Werror"
    count "rooms" python3 tests/lib/rooms.py
}

stage_tidy()
{
    built clang || return
    check "clang-tidy" bash -c 'find vm server api -name "*.c" -print0 |
        xargs -0 -P 2 -n 1 clang-tidy -quiet -p build/clang'
}

stage_build()
{
    built release
    built clang
}

stage_unit()
{
    built asan || return
    sanitizer_options
    count_units "unit" ctest --preset asan -V -j 2
}

# Both ways of running a case, with a preset's programs.
both_ways()
{
    count "gene run, $1" "$conformance" --gene "build/$1/gene"
    count "POST /eval, $1" "$conformance" --gened "build/$1/gened" \
        --log "$logs/$stage-gened.log"
}

stage_conformance()
{
    built release && both_ways release
}

stage_asan()
{
    built asan || return
    sanitizer_options
    both_ways asan
}

stage_stress()
{
    built asan || return
    sanitizer_options
    # A collection or a copy of the stack at every instruction is quadratic in
    # deep recursion and deep values, slow on long texts, and too slow for a
    # case that measures time.
    local long=() name mode
    for name in functions/beyond/recursion_limit functions/tail_calls \
        functions/tail_calls_of_macros functions/tail_positions \
        functions/spread_in_tail_position functions/beyond/method_tail_calls \
        functions/arguments_outlive_collections functions/deep_calls \
        async/beyond/thousand_sleeps collections/deep_order \
        syntax/nesting_limit strings/beyond/long_texts; do
        long+=(--exclude "$name")
    done
    for mode in gc move; do
        count "gene run, $mode" "$conformance" --gene build/asan/gene \
            --env "GENE_STRESS=$mode" --timeout 60 "${long[@]}"
    done
    count "gene run, slice" "$conformance" --gene build/asan/gene \
        --env GENE_STRESS=slice --timeout 60
    count "POST /eval, gc,move,slice" "$conformance" --gened build/asan/gened \
        --env GENE_STRESS=gc,move,slice --env GENED_MAX_WALL=60s \
        --timeout 60 "${long[@]}" \
        --log "$logs/$stage-gened.log"
}

stage_http()
{
    [ -e tests/http/run.py ] || {
        skip "http" "there is no tests/http/run.py"
        return
    }
    built release || return
    count "http, release" tests/http/run.py --jobs 4 \
        --gened build/release/gened
    built asan || return
    sanitizer_options
    count "http, asan" tests/http/run.py --jobs 4 --gened build/asan/gened
}

stage_openapi()
{
    # Debian's npm can't be had beside a Node.js from elsewhere, with its own.
    command -v npm >/dev/null ||
        install_packages "${node_packages[@]}" || return
    built release || return
    count "openapi" python3 tests/openapi/run.py --gened build/release/gened
}

stage_browser()
{
    command -v node >/dev/null ||
        install_packages "${node_packages[@]}" || return
    install_packages "${browser_packages[@]}" || return
    built release || return
    count "browser" python3 tests/browser/run.py --gened build/release/gened
}

stage_deploy()
{
    install_packages "${deploy_packages[@]}" || return
    built release || return
    count "deploy" python3 tests/deploy/run.py --gened build/release/gened
}

# Only the process has threads: the log's writer, the watchdog, libuv's pool.
# Its unit tests, and a gened under a part of the HTTP cases.
stage_tsan()
{
    build_state[tsan]=no
    check "configure tsan" cmake --preset tsan || return
    local targets
    mapfile -t targets < <(cd tests/unit/server && printf '%s\n' test_*.c |
        sed 's/^test_\(.*\)\.c$/test_server_\1/')
    check "build tsan" cmake --build --preset tsan --target gened \
        "${targets[@]}" || return
    export TSAN_OPTIONS=halt_on_error=1:exitcode=66:second_deadlock_stack=1
    count_units "server units" ctest --preset tsan -V -j 2 -R '^test_server_'
    local part
    for part in many_at_once under_load client_goes log_is_json; do
        count "http, $part" python3 tests/http/run.py \
            --gened build/tsan/gened $part
    done
}

stage_fuzz()
{
    built fuzz || return
    sanitizer_options
    local name
    # The same runs each time. For more: tests/fuzz/run.sh --seconds N
    for name in $(tests/fuzz/run.sh --list); do
        check "$name" tests/fuzz/run.sh "$name"
    done
}

stage_soak()
{
    built release || return
    count "http soak, release" python3 tests/http/run.py --soak \
        --gened build/release/gened
}

stage_container()
{
    count "container" tests/container/run.sh
}

main()
{
    local name
    for name in "$@"; do
        case $name in
        -h | --help)
            usage
            return 0
            ;;
        esac
        if [ -z "${about[$name]-}" ]; then
            echo "run.sh: there is no stage '$name'" >&2
            usage >&2
            return 2
        fi
    done
    [ $# -gt 0 ] || set -- "${stages[@]}"

    install_packages "${build_packages[@]}" "${test_packages[@]}" || return 1
    mkdir -p "$logs"
    for name in "$@"; do
        heading "$name" "${about[$name]}"
        "stage_$name"
    done
    finish
}

main "$@"

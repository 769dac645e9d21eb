#!/usr/bin/env bash
# run.sh: makes the seeds of fuzz targets and runs them. The build of the
# preset `fuzz` has to be there.
#
#   tests/fuzz/run.sh [TARGET...]               a fixed number of runs each,
#                                               the same ones every time
#   tests/fuzz/run.sh --seconds N [TARGET...]   N seconds each; what reached
#                                               something new is kept
#                                               and begun with the next time
#   tests/fuzz/run.sh --list                    the names of the targets
#
# FUZZ_BUILD names another build than build/fuzz. A finding ends the run: its
# input is in build/fuzz-found, to be given to the target alone, which is in
# build/fuzz/fuzz.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$root/tests/fuzz
programs=${FUZZ_BUILD:-$root/build/fuzz}/fuzz
found=$root/build/fuzz-found
kept=$root/build/fuzz-corpus

export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1:halt_on_error=1}

# How often a target runs when it runs the same way every time: a few seconds
# beyond its seeds.
declare -A runs=([fuzz_reader]=40000 [fuzz_eval]=8000 [fuzz_print]=12000
    [fuzz_json]=20000 [fuzz_request]=20000 [fuzz_http]=150000)
declare -A longest=([fuzz_reader]=4096 [fuzz_eval]=2048 [fuzz_print]=2048
    [fuzz_json]=1024 [fuzz_request]=1024 [fuzz_http]=2048)

names()
{
    local source
    for source in "$here"/fuzz_*.c; do
        basename "$source" .c
    done
}

# scripts DIR PREFIX: every script of the conformance cases, PREFIX before it.
scripts()
{
    local case name
    find "$root/tests/conformance/cases" -name '*.gene' | LC_ALL=C sort |
        while read -r case; do
            name=${case#"$root/tests/conformance/cases/"}
            { printf %s "$2" && cat "$case"; } >"$1/${name//\//-}"
        done
}

# seeds TARGET DIR: what the target begins with.
seeds()
{
    case $1 in
    # The first byte of its input says how to read: a space, all forms.
    fuzz_reader) scripts "$2" ' ' ;;
    fuzz_eval | fuzz_print) scripts "$2" '' ;;
    fuzz_json) cp "$here"/seeds/json/* "$here"/seeds/request/* "$2" ;;
    *) cp "$here"/seeds/"${1#fuzz_}"/* "$2" ;;
    esac
}

dictionary()
{
    case $1 in
    fuzz_json | fuzz_request) echo "$here/json.dict" ;;
    fuzz_http) echo "$here/http.dict" ;;
    *) echo "$here/gene.dict" ;;
    esac
}

# run TARGET SECONDS: 0 seconds, the fixed runs.
run()
{
    local name=$1 how=("-seed=1" "-runs=${runs[$1]}")
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/seeds" "$work/new" "$found"
    seeds "$name" "$work/seeds"
    local new=$work/new
    if [ "$2" -gt 0 ]; then
        how=("-max_total_time=$2")
        new=$kept/$name
        mkdir -p "$new"
    fi
    "$programs/$name" "${how[@]}" -max_len="${longest[$name]}" -timeout=10 \
        -rss_limit_mb=1024 -dict="$(dictionary "$name")" \
        -print_final_stats=1 -artifact_prefix="$found/$name-" \
        "$new" "$work/seeds"
}

seconds=0
case ${1-} in
--list)
    names
    exit
    ;;
--seconds)
    seconds=${2:?--seconds needs a number}
    shift 2
    ;;
-*)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"
    exit 2
    ;;
esac

[ $# -gt 0 ] || mapfile -t all < <(names)
for target in "${@:-${all[@]}}"; do
    [ -n "${runs[$target]-}" ] || {
        echo "run.sh: there is no target '$target'" >&2
        exit 2
    }
    (run "$target" "$seconds")
done

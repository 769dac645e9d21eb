# shellcheck shell=bash
# report.sh: how tests/run.sh runs a check, counts it and says what came of it.
# Sourced; runs nothing by itself.
#
# Every command's output goes to a file of its own in $logs; of one that
# fails, the end is shown as well.

# $root is set by who sources this.
# shellcheck disable=SC2154
logs=$root/build/test-logs
passed=0
failed=0
skipped=0
failures=()

heading()
{
    stage=$1
    printf '\n== %s: %s\n' "$1" "$2"
}

# note_result NAME SECONDS PASSED FAILED SKIPPED [LOG]
note_result()
{
    local text="$3 passed, $4 failed"
    [ "$5" -eq 0 ] || text+=", $5 skipped"
    passed=$((passed + $3))
    failed=$((failed + $4))
    skipped=$((skipped + $5))
    if [ "$4" -gt 0 ]; then
        failures+=("$stage: $1")
        [ -z "${6-}" ] || tail -n 60 "$6" | sed 's/^/    /'
        printf 'FAIL %s (%s s): %s\n' "$1" "$2" "$text"
        [ -z "${6-}" ] || printf '     all of it: %s\n' "${6#"$root/"}"
    else
        printf 'ok   %s (%s s): %s\n' "$1" "$2" "$text"
    fi
}

# skip NAME REASON: counts one check as not done, and says why.
skip()
{
    skipped=$((skipped + 1))
    printf 'skip %s: %s\n' "$1" "$2"
}

# run_logged NAME COMMAND...: sets $log, $seconds and $code. Nothing may take
# longer than ten minutes.
run_logged()
{
    local name=$1 start=$SECONDS
    shift
    log=$logs/$stage-${name//[^A-Za-z0-9]/-}.log
    mkdir -p "$logs"
    code=0
    timeout -k 10 600 "$@" >"$log" 2>&1 </dev/null || code=$?
    [ "$code" -ne 124 ] || echo "Ended after ten minutes." >>"$log"
    seconds=$((SECONDS - start))
}

# check NAME COMMAND...: one check, passed when the command exits with 0.
check()
{
    run_logged "$@"
    if [ "$code" -eq 0 ]; then
        note_result "$1" "$seconds" 1 0 0
    else
        note_result "$1" "$seconds" 0 1 0 "$log"
        return 1
    fi
}

# count NAME COMMAND...: a command that says `N passed, N failed` (and maybe
# `, N skipped`) on its last line. One that says nothing of the sort, or whose
# exit code tells of more failures than it counted, failed once.
count()
{
    run_logged "$@"
    local line p f s
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" |
        tail -n 1)
    read -r p _ f _ s _ <<<"$line" || true
    note_counts "$1" "${p:-0}" "${f:-0}" "${s:-0}"
}

# count_units NAME COMMAND...: the same for `ctest -V` over cmocka programs.
count_units()
{
    run_logged "$@"
    local p f programs
    p=$(cmocka_sum PASSED)
    f=$(cmocka_sum FAILED)
    programs=$(sed -n 's/.* \([0-9]*\) tests failed out of .*/\1/p' "$log")
    [ "${programs:-0}" -le "$f" ] || f=$programs
    note_counts "$1" "$p" "$f" 0
}

cmocka_sum()
{
    awk -v what="$1" '
        $0 ~ "\\[  " what "  \\] [0-9]+ test\\(s\\)" {
            sub(".*\\[  " what "  \\] ", ""); sum += $1
        }
        END { print sum + 0 }' "$log"
}

note_counts()
{
    local name=$1 p=$2 f=$3 s=$4
    if [ "$f" -eq 0 ] && { [ "$code" -ne 0 ] || [ $((p + s)) -eq 0 ]; }; then
        f=1
    fi
    note_result "$name" "$seconds" "$p" "$f" "$s" "$log"
    [ "$f" -eq 0 ]
}

# finish: the sum, as the last line, and the exit code.
finish()
{
    printf '\n'
    [ "${#failures[@]}" -eq 0 ] || printf 'failed  %s\n' "${failures[@]}"
    if [ "$skipped" -gt 0 ]; then
        echo "$passed passed, $failed failed, $skipped skipped"
    else
        echo "$passed passed, $failed failed"
    fi
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

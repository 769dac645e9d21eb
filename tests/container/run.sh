#!/usr/bin/env bash
# run.sh: builds the Dockerfile and runs the image as locked down as it is
# meant to run, without a Docker engine: podman and runc do both. Where the
# base image cannot be pulled, it is made from Debian's packages. Everything it
# needs lives in build/container; the last line is the sum.
#
#   tests/container/run.sh           layers of an earlier run are used again
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1
. deploy/packages.sh

work=$root/build/container
base=docker.io/library/debian:bookworm-slim
name=gened-test-$$
passed=0
failed=0

# One podman at a time: two of them stand in each other's way.
exec 9>/tmp/gened-container-test.lock
flock 9

skip_all()
{
    echo "container tests skipped: $1"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

# check WHAT COMMAND...
check()
{
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "ok   $what"
    else
        failed=$((failed + 1))
        echo "FAIL $what"
        return 1
    fi
}

# is WHAT EXPECTED ACTUAL
is()
{
    check "$1" test "$2" = "$3" || printf '     not %s but: %s\n' "$2" "$3"
}

finish()
{
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

cleanup()
{
    podman rm -f -t 0 "$name" "$name-refused" >/dev/null 2>&1
    rm -rf "$work/rootfs"
}

# Settings of our own, so that no podman of this machine is touched.
settle()
{
    mkdir -p "$work"
    cat >"$work/storage.conf" <<END
[storage]
driver = "overlay"
graphroot = "$work/graph"
runroot = "$work/run"
END
    cat >"$work/containers.conf" <<END
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
END
    export CONTAINERS_STORAGE_CONF=$work/storage.conf
    export CONTAINERS_CONF=$work/containers.conf
}

# The base image from this machine's own package sources.
make_base()
{
    local sources mirror
    # shellcheck disable=SC2016
    sources=$(apt-get indextargets --format \
        'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        grep -E '/debian(-security)?/ bookworm(-security|-updates)? ' | sort -u)
    mirror=$(awk '$3 == "bookworm" { print $2; exit }' <<<"$sources")
    rm -rf "$work/rootfs"
    debootstrap --variant=minbase bookworm "$work/rootfs" \
        "${mirror:-http://deb.debian.org/debian}" || return
    [ -z "$sources" ] || echo "$sources" >"$work/rootfs/etc/apt/sources.list"
    grep -lsZ Acquire /etc/apt/apt.conf.d/* |
        xargs -0r cp -t "$work/rootfs/etc/apt/apt.conf.d"
    rm -rf "$work"/rootfs/var/cache/apt/archives/*.deb
    : >"$work/rootfs/etc/resolv.conf"
    tar -C "$work/rootfs" -c . |
        podman import --change 'CMD ["bash"]' - "$base" || return
    rm -rf "$work/rootfs"
}

have_base()
{
    podman image exists "$base" ||
        timeout 60 podman pull -q "$base" >/dev/null 2>&1 ||
        make_base >"$work/base.log" 2>&1
}

build_image()
{
    local commit
    commit=$(git rev-parse --short=12 HEAD 2>/dev/null)
    podman build --isolation chroot --network=host --pull=never \
        --format docker --build-arg "GENED_COMMIT=$commit" -t gened-test . \
        >"$work/build.log" 2>&1 || {
        tail -n 30 "$work/build.log"
        return 1
    }
}

# run NAME [OPTION...]: the image, hardened, on the loopback of this machine.
run()
{
    local run_name=$1
    shift
    podman run -d --name "$run_name" --network=host --read-only \
        --tmpfs /tmp:rw,noexec,nosuid,nodev,size=64m --cap-drop=ALL \
        --security-opt no-new-privileges --pids-limit 64 --memory 256m \
        --memory-swap 256m --cpus 1 "$@" gened-test >"$work/run.log" 2>&1 || {
        cat "$work/run.log"
        return 1
    }
}

free_port()
{
    python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

ready()
{
    for _ in $(seq 100); do
        curl -sf -m 2 -o /dev/null "$url/readyz" && return
        sleep 0.1
    done
    podman logs "$name"
    return 1
}

# What a shell gets for a script: its output and its printed value.
eval_text()
{
    curl -s -m 20 -H 'Accept: text/plain' --data-binary "$1" "$url/eval"
}

inspect()
{
    podman image inspect --format "$1" gened-test
}

check_image()
{
    local megabytes
    megabytes=$(($(inspect '{{.Size}}') / 1000000))
    check "the image is small: $megabytes MB" test "$megabytes" -lt 40
    is "its user is nobody in particular" 65532:65532 "$(inspect '{{.User}}')"
    is "it is stopped by SIGTERM" SIGTERM "$(inspect '{{.Config.StopSignal}}')"
    is "it has a health check" '[CMD /usr/bin/gened --check-health]' \
        "$(inspect '{{.HealthCheck.Test}}')"
}

check_service()
{
    is "a script is evaluated" 3 "$(eval_text '(+ 1 2)')"
    is "the scratch folder can be written, the root cannot" hello \
        "$(eval_text '(gene/io/write "a.txt" "hello") (gene/io/read "a.txt")')"
    check "a greedy script ends by its memory limit" \
        grep -q LimitException \
        <<<"$(eval_text '(var xs []) (loop (xs .add "xxxxxxxxxxxxxxxx"))')"
    is "the service is well afterwards" 4 "$(eval_text '(+ 2 2)')"
    check "the health check says healthy" podman healthcheck run "$name"
}

# SIGTERM while a request is in flight: it is answered, then all ends well.
check_stop()
{
    local answer=$work/in-flight
    eval_text '(gene/sleep 1500) "answered"' >"$answer" &
    local request=$!
    sleep 0.5
    podman stop -t 10 "$name" >/dev/null 2>&1
    wait "$request"
    is "a request in flight is answered" answered "$(cat "$answer")"
    is "the exit code is 0" 0 \
        "$(podman inspect --format '{{.State.ExitCode}}' "$name")"
}

check_refusal()
{
    run "$name-refused" -e "GENED_LISTEN=0.0.0.0:$(free_port)" \
        -e GENED_ALLOW_ANONYMOUS=0 || return
    local code
    code=$(timeout 10 podman wait "$name-refused")
    check "without anonymous use or keys it will not serve all addresses" \
        test "${code:-0}" -ne 0
}

install_packages "${build_packages[@]}" "${container_packages[@]}" curl \
    python3 || skip_all "podman cannot be had here"
settle
podman info >"$work/info.log" 2>&1 ||
    skip_all "podman does not work here: $(tail -n 1 "$work/info.log")"
trap cleanup EXIT
have_base || skip_all "no base image: $(tail -n 1 "$work/base.log")"

check "the image builds" build_image || finish
check_image
url=http://127.0.0.1:$(free_port)
check "it runs without privileges" run "$name" \
    -e "GENED_LISTEN=${url#http://}" && check "it gets ready" ready || finish
check_service
check_stop
check_refusal
finish

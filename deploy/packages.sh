# shellcheck shell=bash
# packages.sh: the Debian packages that building, testing and serving need, and
# the one function that sees to it that they are there. Sourced by bash
# scripts; installs nothing by itself and never removes anything.

# What compiles gened and gene.
# shellcheck disable=SC2034
build_packages=(
    ca-certificates gcc libc6-dev cmake ninja-build pkg-config
    libuv1-dev libmicrohttpd-dev libgnutls28-dev libjansson-dev libpcre2-dev
    libutf8proc-dev nettle-dev libcurl4-gnutls-dev
    libjs-codemirror python3 python3-yaml
)

# What tests/run.sh needs on top of that.
# shellcheck disable=SC2034
test_packages=(
    clang clang-format clang-tidy libclang-rt-14-dev libcmocka-dev
    curl git openssl procps python3 python3-jsonschema python3-yaml
)

# What the files of deploy/ are for, to check them.
# shellcheck disable=SC2034
deploy_packages=(nginx-light prometheus systemd)

# What reads the contract as a client's tools do.
# shellcheck disable=SC2034
node_packages=(nodejs npm)

# What the page is tested in; the scripts of the page need a Node.js as well.
# shellcheck disable=SC2034
browser_packages=(chromium)

# What builds and runs a container without a Docker engine. crun is not
# wanted: it refuses hybrid control groups.
# shellcheck disable=SC2034
container_packages=(podman runc debootstrap)

# install_packages NAME...: installs those that are missing, as root or with
# sudo. Says nothing when all are there; 1 with a reason when it cannot be done.
install_packages()
{
    local missing=() as_root=() name log
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null
    then
        echo "This is no Debian: $* (or their like) must be there already."
        return 0
    fi
    for name in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null |
            grep -qx installed || missing+=("$name")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0

    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Missing: ${missing[*]}. Run this as root, or install sudo." >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}"
    log=$(mktemp)
    if ! {
        "${as_root[@]}" apt-get -qq update &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq \
                -o Dpkg::Use-Pty=0 install -y --no-install-recommends \
                "${missing[@]}"
    } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        echo "The packages could not be installed." >&2
        return 1
    fi
    rm -f "$log"
}

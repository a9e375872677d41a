# Shared by the scripts beside it; sourced, never run.
# shellcheck shell=bash

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export repo

# What the scripts start may deliver to this machine, where their receivers are.
export TOCSIN_ALLOW_NETWORKS=${TOCSIN_ALLOW_NETWORKS:-127.0.0.0/8,::1}

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' red=$'\e[31m' plain=$'\e[0m'
else
    bold='' red='' plain=''
fi

# say TEXT: one line about what happens now.
say() { printf '%s\n' "$bold$*$plain"; }

# fail TEXT: one line about what is wrong, then the end.
fail() {
    printf '%s\n' "${red}$*$plain" >&2
    exit 1
}

# need_apt PACKAGE...: installs the Debian packages that are missing, and asks for nothing if none is.
need_apt() {
    local package missing=() as_root=()
    command -v dpkg-query >/dev/null ||
        fail "this is no Debian or Ubuntu: install what these packages hold yourself: $*"
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = 'install ok installed' ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            fail "packages are missing; run as root: apt-get install -y --no-install-recommends ${missing[*]}"
        as_root=(sudo)
    fi
    say "Installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# need_swift: ends with advice if there is no Swift compiler.
need_swift() {
    command -v swift >/dev/null || fail "Swift 6.2 or newer is missing: see https://www.swift.org/install/linux/"
}

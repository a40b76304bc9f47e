# shellcheck shell=bash
# What tools/run and tools/test share: talk, the toolchain, system packages, and a build that is silent unless it fails.

say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# Status 3 is what gatehouse itself answers when something it needs cannot be had.
stop() {
    say "$@"
    exit 3
}

require_swift() {
    if ! command -v swift >/dev/null 2>&1; then
        stop "no 'swift' on the PATH. Gatehouse needs Swift 6.2 or later: https://www.swift.org/install"
    fi
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [[ -n "$version" ]] && ((${version%%.*} < 6 || (${version%%.*} == 6 && ${version##*.} < 2))); then
        stop "this is Swift $version, and Gatehouse needs 6.2 or later: https://www.swift.org/install"
    fi
}

# Prints the Debian names of what is missing, on one line; nothing when all is there.
missing_system_packages() {
    local missing=()
    command -v pkg-config >/dev/null 2>&1 || missing+=(pkg-config)
    # Headers: found by pkg-config where there is one, or in their usual place until there is.
    if command -v pkg-config >/dev/null 2>&1; then
        pkg-config --exists 'libcrypto >= 3.0' || missing+=(libssl-dev)
        pkg-config --exists 'sqlite3 >= 3.37' || missing+=(libsqlite3-dev)
    else
        [[ -e /usr/include/openssl/opensslv.h ]] || missing+=(libssl-dev)
        [[ -e /usr/include/sqlite3.h ]] || missing+=(libsqlite3-dev)
    fi
    echo "${missing[*]}"
}

require_system_packages() {
    local missing
    missing=$(missing_system_packages)
    [[ -n "$missing" ]] || return 0

    if ! command -v apt-get >/dev/null 2>&1; then
        stop "missing: pkg-config, or the development files of OpenSSL 3 (libcrypto) or SQLite 3.37." \
            "On macOS: brew install pkgconf openssl@3 sqlite"
    fi
    local command_line="apt-get update && apt-get install -y $missing"
    if [[ $(id -u) != 0 ]]; then
        stop "missing system packages: $missing. Type this once, then run me again:" \
            $'\n\n'"    sudo sh -c '$command_line'"$'\n'
    fi
    say "installing missing system packages: $missing"
    DEBIAN_FRONTEND=noninteractive sh -c "$command_line" >&2 || stop "could not install: $missing"
    missing=$(missing_system_packages)
    [[ -z "$missing" ]] || stop "still missing after installation: $missing"
}

# Time in which a browser has to be there: a machine whose package index does not answer is not to hold up the tests.
browser_install_seconds=600

# The browser in which the dashboard is tested: Debian's, with the driver that fits it. Without one its tests are skipped, and
# say so; everything else runs.
offer_browser() {
    if command -v chromium >/dev/null 2>&1 && command -v chromedriver >/dev/null 2>&1; then
        return 0
    fi
    local packages="chromium chromium-driver"
    if ! command -v apt-get >/dev/null 2>&1; then
        say "no chromium with chromedriver on the PATH: the tests of the dashboard will be skipped"
        return 0
    fi
    if [[ $(id -u) != 0 ]]; then
        say "no chromium: the tests of the dashboard will be skipped. To have them:" \
            $'\n\n'"    sudo sh -c 'apt-get update && apt-get install -y $packages'"$'\n'
        return 0
    fi
    say "installing a browser for the tests of the dashboard: $packages"
    local log
    log=$(mktemp)
    if ! DEBIAN_FRONTEND=noninteractive timeout "$browser_install_seconds" \
        sh -c "apt-get update && apt-get install -y --no-install-recommends $packages" >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        say "could not install $packages: the tests of the dashboard will be skipped"
    fi
    rm -f "$log"
}

# Runs a build. On a terminal its progress is shown; elsewhere it is kept, and printed only when the build fails.
build_quietly() {
    if [[ -t 2 ]]; then
        "$@" >&2
        return
    fi
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    if ((status != 0)); then
        cat "$log" >&2
        say "the build failed (status $status): $*"
    fi
    rm -f "$log"
    return "$status"
}

#!/bin/bash
# Builds a static libcurl.a that has HTTP, HTTP/2 and TLS and nothing else,
# from Debian's source package, once, outside the tree, and prints the folder
# that holds it.  Why: docs/decisions/0007-static-libcurl.md.
#
#   build-libcurl.sh            prints the folder, building when absent
#
# The folder is $WEFT_CACHE (default ~/.cache/weft)/libcurl-VERSION-KEY,
# VERSION being that of the libcurl4-openssl-dev that is installed, and KEY a
# hash of this script: a security update of Debian's or other flags make
# another folder.  The source comes by apt, with its signatures checked, from
# the mirror that this machine gets Debian from; apt's lists lie in a folder
# of ours meanwhile, so that the system is not touched.
#
# Exit status 1: it cannot be had here (no network, no such source).
set -euo pipefail

version=$(dpkg-query -W -f '${source:Version}' libcurl4-openssl-dev)
key=$(sha256sum "$0" | cut -c1-12)
cache=${WEFT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/weft}
out=$cache/libcurl-$version-$key

mkdir -p "$cache"
exec 9>"$cache/.libcurl.lock"
flock 9                         # two checks on one machine build it once
[ -e "$out/.done" ] && { echo "$out"; exit 0; }

work=$(mktemp -d "$cache/.build-XXXXXX")
trap 'rm -rf "$work"' EXIT
log=$cache/libcurl-build.log
echo "building libcurl $version (about a minute, log: $log)" >&2

private_apt() {
    apt-get -q \
        -o Dir::State="$work/state" -o Dir::Cache="$work/cache" \
        -o Dir::State::status=/var/lib/dpkg/status \
        -o Dir::Etc::SourceList="$work/sources.list" \
        -o Dir::Etc::SourceParts=/dev/null \
        -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any \
        -o APT::Update::Post-Invoke-Success::= -o APT::Update::Post-Invoke::= \
        -o Acquire::Languages=none -o Acquire::Retries=1 \
        -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 "$@"
}

fetch() {
    local keys=/usr/share/keyrings/debian-archive-keyring.gpg
    mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
    apt-get indextargets 'Created-By: Packages' 'Origin: Debian' \
        'Component: main' --format \
        "deb-src [signed-by=$keys] \$(REPO_URI) \$(RELEASE) main" \
        | sort -u >"$work/sources.list"
    cd "$work"
    private_apt update
    private_apt source --download-only "curl=$version"
    # apt has checked it against the signed lists.
    dpkg-source --no-check -x curl_*.dsc src
}

# Off is what Weft has no use for.
build() {
    fetch
    CFLAGS="$(dpkg-buildflags --get CFLAGS) $(dpkg-buildflags --get CPPFLAGS) -g0" \
    cmake -G Ninja -S src -B bld -DCMAKE_BUILD_TYPE=None \
        -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF \
        -DBUILD_CURL_EXE=OFF -DBUILD_TESTING=OFF -DENABLE_MANUAL=OFF \
        -DCURL_USE_OPENSSL=ON -DUSE_NGHTTP2=ON -DHTTP_ONLY=ON \
        -DCURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt \
        -DCURL_CA_PATH=/etc/ssl/certs \
        -DCURL_USE_LIBPSL=OFF -DCURL_USE_LIBSSH2=OFF -DUSE_LIBIDN2=OFF \
        -DCURL_ZLIB=OFF -DCURL_DISABLE_COOKIES=ON -DCURL_DISABLE_ALTSVC=ON \
        -DCURL_DISABLE_HSTS=ON -DCURL_DISABLE_NETRC=ON \
        -DCURL_DISABLE_CRYPTO_AUTH=ON -DENABLE_UNIX_SOCKETS=OFF
    ninja -C bld libcurl
    mkdir -p "$out.new/lib"
    cp bld/lib/libcurl.a "$out.new/lib/"
    cp src/COPYING "$out.new/"
    touch "$out.new/.done"
    mv "$out.new" "$out"
}
rm -rf "$out.new"
# 'build || …' would switch off errexit inside: a subshell keeps it on.
set +e
(set -e; build) >"$log" 2>&1 9>&-
status=$?
set -e
[ "$status" = 0 ] || { tail -n 10 "$log" >&2; exit 1; }
echo "$out"

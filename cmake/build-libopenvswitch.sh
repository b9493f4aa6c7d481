#!/bin/bash
# Builds libopenvswitch.a from Debian's openvswitch-source, once, outside the
# tree, and prints the folder that holds it.
#
#   build-libopenvswitch.sh            prints the folder, building when absent
#
# The folder is $WEFT_CACHE (default ~/.cache/weft)/libopenvswitch-VERSION-KEY,
# KEY being a hash of this script: another version or other flags make another
# folder.  It holds lib/libopenvswitch.a and include/ (every header that a
# user of the library needs, generated ones included).
#
# jansson and libopenvswitch both export json_array(), json_object() and some
# more, so the library's own are renamed to ovs_json_*().
set -euo pipefail

tarball=${WEFT_OVS_TARBALL:-/usr/src/openvswitch/openvswitch.tar.gz}
[ -r "$tarball" ] || {
    echo "$tarball is missing: apt-get install openvswitch-source" >&2
    exit 1
}
version=$(dpkg-query -W -f '${Version}' openvswitch-source 2>/dev/null \
          || sha256sum "$tarball" | cut -c1-12)
key=$(cat "$0" - <<<"$version" | sha256sum | cut -c1-12)
cache=${WEFT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/weft}
out=$cache/libopenvswitch-$version-$key

mkdir -p "$cache"
exec 9>"$cache/.libopenvswitch.lock"
flock 9                         # two checks on one machine build it once
[ -e "$out/.done" ] && { echo "$out"; exit 0; }

work=$(mktemp -d "$cache/.build-XXXXXX")
trap 'rm -rf "$work"' EXIT
log=$cache/libopenvswitch-build.log
echo "building libopenvswitch $version (about 3 minutes, log: $log)" >&2

build() {
    tar -xzf "$tarball" -C "$work"
    local src bld=$work/bld
    src=$(dirname "$(find "$work" -maxdepth 2 -name configure | head -n 1)")
    mkdir "$bld"
    cd "$bld"
    "$src/configure" --prefix=/usr --localstatedir=/var --sysconfdir=/etc \
        --disable-ssl --disable-libcapng --disable-afxdp \
        --disable-dependency-tracking --enable-silent-rules \
        CFLAGS='-O2 -g1 -fPIC' PYTHON3=/usr/bin/python3 \
        ac_cv_lib_unbound_ub_ctx_create=no ac_cv_lib_unwind_unw_backtrace=no
    make -j"$(nproc)" include/odp-netlink.h include/odp-netlink-macros.h \
        lib/vswitch-idl.h lib/ovsdb-server-idl.h lib/dirs.c
    make -j"$(nproc)" lib/libopenvswitch.la

    nm -g --defined-only lib/.libs/libopenvswitch.a 2>/dev/null \
        | awk '$3 ~ /^json_/ { print $3, "ovs_" $3 }' | sort -u > renames
    mkdir -p "$out.new/lib" "$out.new/include/lib"
    objcopy --redefine-syms=renames lib/.libs/libopenvswitch.a \
        "$out.new/lib/libopenvswitch.a"
    cp config.h "$out.new/include/"
    cp -r "$src/include/." include/. "$out.new/include/"
    cp "$src"/lib/*.h lib/*.h "$out.new/include/lib/"
    find "$out.new" \( -name '*.am' -o -name '*.in' -o -name '*.c' \) -delete
    touch "$out.new/.done"
    mv "$out.new" "$out"
}
rm -rf "$out.new"
# 'build || …' would switch off errexit inside: a subshell keeps it on.
set +e
(set -e; build) >"$log" 2>&1 9>&-
status=$?
set -e
[ "$status" = 0 ] || { tail -n 30 "$log" >&2; exit "$status"; }
echo "$out"

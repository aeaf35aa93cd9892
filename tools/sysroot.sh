#!/bin/sh
# SPDX-License-Identifier: MIT
# sysroot.sh DEBIAN-ARCHITECTURE DIRECTORY: unpacks the libraries to build for another architecture into DIRECTORY.
# DIRECTORY/sysroot.ini tells meson where they are. They come from the machine's own package sources, with lists of their own: nothing is installed, and the machine's
# packages do not get a second architecture. Needs no root.
set -eu
architecture=$1
mkdir -p "$2"
directory=$(cd "$2" && pwd)
packages='libseccomp-dev libseccomp2 libcmocka-dev libcmocka0 musl-dev musl'
# Written last, with the absolute path in it: neither half a sysroot nor one that was moved will do.
if grep -qs "'$directory/root'" "$directory/sysroot.ini"; then
        exit 0
fi

rm -rf "$directory"
mkdir -p "$directory/apt/lists/partial" "$directory/apt/cache/archives/partial" "$directory/root"
cat >"$directory/apt/apt.conf" <<END
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "";
Acquire::Languages "none";
Dir::Cache "$directory/apt/cache";
Dir::State::lists "$directory/apt/lists";
Dir::State::status "/dev/null";
END
export APT_CONFIG="$directory/apt/apt.conf"
log=$directory/apt/log
cd "$directory/apt/cache"
apt-get -q update >"$log" 2>&1 || true
# shellcheck disable=SC2086
apt-get -q download $packages >>"$log" 2>&1 || { cat "$log" >&2; exit 1; }
for package in ./*.deb; do
        dpkg-deb -x "$package" "$directory/root"
done
# The paths in it are those of an installed package.
sed "s,/usr/,$directory/root/usr/,g" "$directory"/root/usr/lib/*-linux-musl/musl-gcc.specs >"$directory/musl-gcc.specs"
cd /
rm -rf "$directory/apt"
printf "[constants]\nroot = '%s'\nmusl_specs_file = '%s'\n" "$directory/root" "$directory/musl-gcc.specs" \
        >"$directory/sysroot.ini"

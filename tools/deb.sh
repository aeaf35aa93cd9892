#!/bin/sh
# SPDX-License-Identifier: MIT
# deb.sh: builds the Debian packages, into build-deb/.
set -eu
cd "$(dirname "$0")/.."
umask 022
tools/packages.sh deb
rm -rf build-deb
mkdir -p build-deb/pinfold
tar --exclude='./build*' --exclude=./.git -cf - . | tar -xf - -C build-deb/pinfold --no-same-owner
cp -r packaging/debian build-deb/pinfold/debian
version=$(sed -n 's/^#define PINFOLD_VERSION "\(.*\)"/\1/p' include/pinfold/version.h)
(
        cd build-deb/pinfold
        case $(dpkg-parsechangelog -S Version) in
        "$version"-*) ;;
        *) echo "packaging/debian/changelog: not $version" >&2; exit 1 ;;
        esac
        dpkg-buildpackage -b -us -uc >../log 2>&1 || { tail -n 50 ../log >&2; exit 1; }
)
rm -rf build-deb/pinfold
ls build-deb/*.deb

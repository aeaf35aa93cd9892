#!/bin/sh
# SPDX-License-Identifier: MIT
# packages.sh build|test|kernels|bench|deb: installs the Debian packages that building, or testing (also in virtual machines),
# measuring or packaging too, needs and that are not there yet.
set -eu

# The compiler and what meson.build asks for; scdoc writes the manual pages.
build='gcc libc6-dev make meson ninja-build pkg-config python3 libseccomp-dev musl-dev libcmocka-dev scdoc'
# Other compilers, checkers, and programs that tests start.
test='bash-completion bubblewrap cargo clang clang-tidy cmake cppcheck curl dbus-daemon fish flatpak g++ gcc-aarch64-linux-gnu gdb git groff-base less libc6-dev-arm64-cross
libclang-rt-dev llvm man-db nodejs openssl procps python3-venv qemu-user-static strace tmux uidmap vim-tiny zsh'
# A virtual machine; its kernels are not installed.
kernels='qemu-system-x86 xz-utils'
# What is measured beside pinfold.
bench='bubblewrap crun firejail strace util-linux'

# Making packages, and trying them.
deb='build-essential debhelper dh-apparmor mmdebstrap'

case ${1:-build} in
build) wanted=$build ;;
test) wanted="$build $test" ;;
kernels) wanted="$build $test $kernels" ;;
bench) wanted="$build $bench" ;;
deb) wanted="$build $deb" ;;
*) echo "usage: packages.sh build|test|kernels|bench|deb" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "This is no Debian: make sure yourself that there is what these packages hold: $wanted" >&2
        exit 0
fi

missing=
for package in $wanted; do
        status=$(dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | head -n 1) || true
        [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
        as_root=
elif command -v sudo >/dev/null; then
        as_root=sudo
else
        echo "Packages are missing, and installing them takes root or sudo. As root:" >&2
        echo "  apt-get install --no-install-recommends$missing" >&2
        exit 1
fi

apt() {
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Installing:$missing"
# Some other list that cannot be fetched is no obstacle; a package that cannot be is.
apt update >"$log" 2>&1 || true
# shellcheck disable=SC2086
if ! apt install --no-install-recommends $missing >>"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        exit 1
fi
echo "Installed."

#!/bin/sh
# SPDX-License-Identifier: MIT
# check-deb.sh: builds the Debian packages, installs them with apt in a system of nothing else, and uses what is installed
# there as an unprivileged user. As root. The system comes from the mirror, once: build-chroot/ keeps it.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "check-deb: only root can install packages" >&2; exit 1; }
tools/deb.sh
system=$PWD/build-chroot/system.tar
if [ ! -e "$system" ]; then
        mkdir -p build-chroot
        # By the end of the name it knows that it is to be an archive.
        mmdebstrap --quiet --variant=apt --include=mount bookworm "${system%.tar}.part.tar"
        mv "${system%.tar}.part.tar" "$system"
fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
tar -C "$root" --exclude='./dev/*' -xf "$system"
mkdir "$root/packages"
cp build-deb/pinfold_*.deb build-deb/libpinfold0_*.deb build-deb/libpinfold-dev_*.deb build-deb/pinfold-as-bwrap_*.deb "$root/packages"
cp /etc/resolv.conf "$root/etc/resolv.conf"
awk '/^```/ { inside = $0 == "```c"; next } inside' README.md >"$root/packages/hello.c"

cat >"$root/packages/check.sh" <<'END'
set -eu
fail() { echo "check-deb: $*" >&2; exit 1; }
user() { setpriv --reuid=1234 --regid=1234 --clear-groups env HOME=/nonexistent "$@"; }

export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --no-install-recommends /packages/pinfold_*.deb /packages/lib*.deb gcc libc6-dev pkg-config >/packages/log 2>&1 ||
        { cat /packages/log; fail "apt-get install"; }
for package in pinfold libpinfold0 libpinfold-dev; do
        [ -s "/usr/share/doc/$package/copyright" ] || fail "$package has no copyright"
        [ -s "/usr/share/doc/$package/NOTICES.md" ] || [ -s "/usr/share/doc/$package/NOTICES.md.gz" ] ||
                fail "$package has no notices"
        # Every file but the excluded documentation is where the package says.
        dpkg --verify "$package" | grep -v ' /usr/share/\(doc\|man\)/' && fail "$package is not whole"
done
for file in bash-completion/completions/pinfold zsh/vendor-completions/_pinfold fish/vendor_completions.d/pinfold.fish; do
        [ -s "/usr/share/$file" ] || fail "no $file"
done
for unit in socket service; do
        [ -s "/usr/lib/systemd/user/pinfold-serve@.$unit" ] || fail "no pinfold-serve@.$unit"
done

cd /
[ "$(user pinfold run -- sh -c 'echo works')" = works ] || fail "no container"
user pinfold run true
user pinfold profile list | grep -q '^build .*/usr/share/pinfold' || fail "the profiles are not in /usr/share/pinfold"
user pinfold doctor || fail "doctor finds something missing"
pinfold --version

cd /packages
# shellcheck disable=SC2046
gcc -Wall -Werror hello.c -o hello $(pkg-config --cflags --libs pinfold)
user ./hello | grep -q '^I am process [0-9]' || fail "the program with the library"
# shellcheck disable=SC2046
gcc hello.c -o hello-static -static $(pkg-config --static --cflags --libs pinfold)
user ./hello-static | grep -q '^I am process [0-9]' || fail "the static program"

# In the place of bubblewrap, for what depends on it; and not any more.
apt-get -qq install --no-install-recommends bubblewrap >/packages/log 2>&1 || { cat /packages/log; fail "bubblewrap"; }
apt-get -qq install --no-install-recommends /packages/pinfold-as-bwrap_*.deb >/packages/log 2>&1 || { cat /packages/log; fail "pinfold-as-bwrap"; }
[ "$(readlink -f /usr/bin/bwrap)" = /usr/bin/pinfold-bwrap ] || fail "bwrap is another one"
[ "$(user bwrap --unshare-pid --ro-bind / / --proc /proc sh -c 'echo $$')" = 2 ] || fail "bwrap does not work"
apt-get -s install flatpak 2>/dev/null | grep -q '^Inst flatpak ' || fail "flatpak cannot be installed beside it"
apt-get -s install flatpak 2>/dev/null | grep -q '^\(Inst\|Remv\) \(bubblewrap\|pinfold\)' && fail "flatpak wants bubblewrap"
apt-get -qq remove --purge pinfold-as-bwrap >/packages/log 2>&1 || { cat /packages/log; fail "remove pinfold-as-bwrap"; }
[ ! -e /usr/bin/bwrap ] || fail "bwrap stays"

apt-get -qq remove --purge pinfold libpinfold0 libpinfold-dev >/packages/log 2>&1 || { cat /packages/log; fail "remove"; }
left=$(find /etc /usr -name '*pinfold*')
[ -z "$left" ] || fail "removal leaves" "$left"
echo "check-deb: installed, used, removed"
END

# Not chroot(2): in one, nobody can create user namespaces.
# shellcheck disable=SC2016
unshare --mount --pid --fork sh -euc '
        mount --bind "$1" "$1"
        cd "$1"
        mount -t proc proc proc
        mount --rbind /dev dev
        pivot_root . mnt
        umount -l /mnt
        exec sh /packages/check.sh
' sh "$root"

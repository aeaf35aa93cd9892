#!/bin/sh
# SPDX-License-Identifier: MIT
# check-deb.sh: builds the Debian packages, installs them with apt in a system of nothing else, and uses what is installed
# there as an unprivileged user. As root. The system comes from the mirror, once: build-chroot/ keeps it. Tried are
#  - each package's files, licence and notices; manual pages, completion, units, and the AppArmor profile where it belongs
#  - the command, with each profile that is shipped, and pinfold-bwrap
#  - a program against the library and its development files, shared and static
#  - pinfold-as-bwrap in bubblewrap's place
#  - removal, which leaves nothing
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
cp -r man "$root/packages/man"
awk '/^```/ { inside = $0 == "```c"; next } inside' README.md >"$root/packages/hello.c"

cat >"$root/packages/check.sh" <<'END'
set -eu
fail() { echo "check-deb: $*" >&2; exit 1; }
user() { setpriv --reuid=1234 --regid=1234 --clear-groups env HOME=/nonexistent "$@"; }

export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --no-install-recommends /packages/pinfold_*.deb /packages/lib*.deb gcc libc6-dev pkg-config >/packages/log 2>&1 ||
        { cat /packages/log; fail "apt-get install"; }
# whole PACKAGE: its files are as it says, the licence's text and the notices of others among them.
whole()
{
        for text in 'Permission is hereby granted' 'THE SOFTWARE IS PROVIDED "AS IS"'; do
                grep -q "$text" "/usr/share/doc/$1/copyright" || fail "$1 has no licence: $text"
        done
        zcat -f "/usr/share/doc/$1/NOTICES.md"* | grep -q 'Rich Felker' || fail "$1 has no notices"
        [ -z "$(dpkg --verify "$1")" ] || { dpkg --verify "$1"; fail "$1 is not whole"; }
}
for package in pinfold libpinfold0 libpinfold-dev; do
        whole $package
done
for page in /packages/man/*.scd; do
        page=$(basename "$page" .scd)
        zcat "/usr/share/man/man${page##*.}/$page.gz" | grep -q '^\.SH DESCRIPTION' || fail "no $page"
done
zcat /usr/share/man/man3/pinfold_new.3.gz | grep -q '^\.SH DESCRIPTION' || fail "no page for pinfold_new"
# AppArmor 3, which this system has, cannot read it.
[ -s /usr/share/doc/pinfold/apparmor/pinfold ] || fail "no AppArmor profile"
[ ! -e /etc/apparmor.d/pinfold ] || fail "an AppArmor profile that AppArmor 3 cannot read"
for file in bash-completion/completions/pinfold zsh/vendor-completions/_pinfold fish/vendor_completions.d/pinfold.fish; do
        [ -s "/usr/share/$file" ] || fail "no $file"
done
for unit in socket service; do
        [ -s "/usr/lib/systemd/user/pinfold-serve@.$unit" ] || fail "no pinfold-serve@.$unit"
done

cd /
[ "$(user pinfold run -- sh -c 'echo works')" = works ] || fail "no container"
user pinfold run true
user pinfold doctor || fail "doctor finds something missing"
pinfold --version
pinfold --version | grep -q ', shared$' || fail "the command is not linked with the system's libraries"
[ "$(user pinfold-bwrap --unshare-pid --ro-bind / / --proc /proc sh -c 'echo $$')" = 2 ] || fail "pinfold-bwrap does not work"

mkdir -m 777 /srv/project
cd /srv/project
user pinfold profile list >/packages/list
for profile in agent build default judge online strict; do
        grep -q "^$profile .*/usr/share/pinfold\$" /packages/list || fail "$profile is not in /usr/share/pinfold"
        case $profile in
        agent | build) set -- -p "$profile" ;; # which say themselves that the directory is shown
        *) set -- -r . -p "$profile" ;;
        esac
        [ "$(user pinfold run "$@" -- sh -c 'echo works')" = works ] || fail "no container with -p $profile"
done
user pinfold run -p build -- touch made || fail "-p build does not let it write"
[ -e made ] || fail "what it writes with -p build is not there"
user pinfold run -r . -- touch another 2>/packages/log && fail "it can write without -p build"
grep -q 'Read-only file system' /packages/log || { cat /packages/log; fail "without -p build it fails otherwise"; }
user pinfold run -r . -p judge -- sh -c 'ulimit -n' | grep -qx 256 || fail "-p judge has no limits"

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
whole pinfold-as-bwrap
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

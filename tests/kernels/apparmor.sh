#!/bin/sh
# SPDX-License-Identifier: MIT
# apparmor.sh BUILD APPARMOR: in the virtual machine of tools/kernels.sh, as root: packaging/apparmor/pinfold where user namespaces
# are for programs with a profile alone. APPARMOR is the directory that the package apparmor is unpacked in.
#
# Ubuntu's kernel has a sysctl for that, kernel.apparmor_restrict_unprivileged_userns, and lets everybody else create them in the
# profile unprivileged_userns, without capabilities. Where that sysctl is missing, what is tried runs in a profile that leaves out
# nothing but `userns`.
set -eu
build=$1 apparmor=$2
sysctl=/proc/sys/kernel/apparmor_restrict_unprivileged_userns
number=0 failed=0

parse()
{
        "$apparmor/usr/lib64/ld-linux-x86-64.so.2" --library-path "$apparmor/usr/lib/x86_64-linux-gnu" \
                "$apparmor/usr/sbin/apparmor_parser" --skip-cache --base "$apparmor/etc/apparmor.d" "$@" 2>/run/parser ||
                { cat /run/parser >&2; exit 1; }
}

# restricted COMMAND...: as an unprivileged user, and as who has no profile.
restricted()
{
        set -- setpriv --reuid=1234 --regid=1234 --clear-groups env HOME=/tmp "$@"
        [ -e $sysctl ] || set -- sh -c 'echo exec restricted >/proc/self/attr/exec; exec "$@"' sh "$@"
        "$@"
}

# expect NAME STATUS TEXT COMMAND...: its status, and a text that it prints.
expect()
{
        name=$1 expected=$2 text=$3 status=0
        shift 3
        number=$((number + 1))
        restricted "$@" >/run/printed 2>&1 || status=$?
        if [ $status = "$expected" ] && grep -q -F -e "$text" /run/printed; then
                echo "ok $number - $name"
        else
                echo "not ok $number - $name"
                { echo "$*: status $status, expected $expected, and to print: $text"; cat /run/printed; } >&2
                failed=1
        fi
}

embedder=$build/examples/example-hello
# What is said where it is created, and cannot be used, or is not.
if [ -e $sysctl ]; then refused=Operation; else refused=Permission; fi

mount -t securityfs securityfs /sys/kernel/security
mount -t tmpfs -o mode=755 local /usr/local
mkdir /usr/local/bin /usr/local/libexec
cp "$build/pinfold" "$build/pinfold-bwrap" /usr/local/bin/
cat >/run/restricted <<'END'
abi <abi/4.0>,
include <tunables/global>
profile restricted {
  allow file rwlkm /{,**},
  allow pix /**,
  allow capability,
  allow network,
  allow mount,
  allow remount,
  allow umount,
  allow pivot_root,
  allow signal,
  allow ptrace,
  allow unix,
  allow dbus,
  allow mqueue,
}
END
if [ -e $sysctl ]; then
        sed 's/flags=(complain)//' "$apparmor/etc/apparmor.d/unprivileged_userns" >/run/unprivileged_userns
        parse --replace /run/unprivileged_userns
        echo 1 >$sysctl
else
        parse --replace /run/restricted
fi
cd /usr

expect 'it is refused: the control' 1 "$refused " unshare -Urm true
expect 'a program without anything is refused' 1 "$refused " "$embedder"
expect 'the command without a profile is refused' 125 "$refused " pinfold run -C / true
cp "$build/pinfold-init" /usr/local/libexec/
expect 'the installed init without a profile is refused, too' 1 "$refused " "$embedder"

parse --replace "$build/../packaging/apparmor/pinfold"
expect 'the command has a profile' 0 'pinfold (unconfined)' pinfold run -C / cat /proc/self/attr/current
expect 'so has its PID 1' 0 'pinfold (unconfined)' pinfold run -C / cat /proc/1/attr/current
expect 'it finds nothing missing' 0 ' 0 missing' pinfold doctor
expect 'its program makes no user namespaces' 1 'not permitted' pinfold run -C / unshare -U true
expect 'nor those that it makes itself' 125 'not permitted' pinfold run -C / -r "$build" "$build/pinfold" run -C / true
expect 'pinfold-bwrap has one' 0 bin pinfold-bwrap --ro-bind / / ls /usr
expect 'a program without one starts containers through the installed init' 0 'hello from' "$embedder"
expect 'that has one' 0 'pinfold-init (unconfined)' "$build/pinfold" run -C / cat /proc/1/attr/current
expect 'a command that is not installed does so, too' 0 uid=1234 "$build/pinfold" run -C / id
expect 'and can end what it started' 124 'the time is over' "$build/pinfold" run -C / --timeout 1s sleep 100
expect 'and finds nothing missing' 0 ' 0 missing' "$build/pinfold" doctor
expect 'but nobody else may' 1 "$refused " unshare -Urm true

echo "1..$number"
exit $failed

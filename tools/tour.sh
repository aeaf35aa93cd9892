#!/bin/sh
# SPDX-License-Identifier: MIT
# tour.sh: real work in containers, as an unprivileged user: prints each command, what it printed, and what that shows.
# It fails when anything is different from what it says.
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C
umask 022
failures=0

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
chmod 755 "$temporary"
# The checkout may be where the unprivileged user cannot look.
install -m 755 build/pinfold tools/as-user.sh "$temporary"
as_user=$temporary/as-user.sh
output=$temporary/output
project=$temporary/project
mkdir "$project"
[ "$(id -u)" != 0 ] || chown 1234:1234 "$project"

system='--bind /usr --symlink usr/bin:/bin --symlink usr/sbin:/sbin --symlink usr/lib:/lib --symlink usr/lib64:/lib64
        --bind /etc --proc /proc --dev /dev --tmpfs /tmp:mode=1777 --env PATH=/usr/bin:/bin'

title() { printf '\n%s\n\n' "$*"; }

# As it would be typed: words with anything special in quotes.
words()
{
        for word; do
                case $word in
                '' | *[!A-Za-z0-9_/.,:=@+-]*) printf " '%s'" "$word" ;;
                *) printf ' %s' "$word" ;;
                esac
        done
}

# inside ARGUMENT...: a container with the system in it, and more options, `--` and a command. Sets $status.
inside()
{
        printf '  $ pinfold run --empty $SYSTEM%s\n' "$(words "$@")"
        status=0
        # shellcheck disable=SC2086
        "$as_user" "$temporary/pinfold" run --empty $system "$@" >"$output" 2>&1 </dev/null || status=$?
        sed 's/^/    /' "$output"
}

# shows PATTERN SENTENCE: the output has a line like that.
shows()
{
        if grep -Eq -e "$1" "$output"; then
                printf '  -> %s\n' "$2"
        else
                printf '  !! NOT SO: %s (no line like: %s)\n' "$2" "$1"
                failures=$((failures + 1))
        fi
}

# ends STATUS SENTENCE
ends()
{
        if [ "$status" = "$1" ]; then
                printf '  -> %s\n' "$2"
        else
                printf '  !! NOT SO: %s (status %s, not %s)\n' "$2" "$status" "$1"
                failures=$((failures + 1))
        fi
}

# holds SENTENCE COMMAND...
holds()
{
        sentence=$1
        shift
        if "$@"; then
                printf '  -> %s\n' "$sentence"
        else
                printf '  !! NOT SO: %s\n' "$sentence"
                failures=$((failures + 1))
        fi
}

cat <<END
A tour of pinfold: real work in containers, made by user $("$as_user" id -u), who has no privilege.
Each command is printed before it runs, then what it printed, then (->) what was checked about it.
\$SYSTEM stands for:
        $system
END

title '1. A compiler builds and runs a program. The system is read-only; the project is the one directory it can write.'

cat >"$project/hello.c" <<'END'
#include <stdio.h>

int main(void)
{
        puts("hello from a program that was compiled in here");
        return 0;
}
END
printf 'hello: hello.c\n\tgcc -O2 -Wall -o $@ $<\n\t./$@\n' >"$project/Makefile"
inside --bind "$project:/project:writable" --chdir /project -- make
ends 0 'make, gcc, assembler and linker ran, and then what they made'
shows '^hello from a program' 'it printed its line'
holds "what was built is outside as well, and belongs to the user" \
        "$as_user" sh -c '[ -O "$1" ] && [ -x "$1" ]' sh "$project/hello"

title '2. Python with a script that exists nowhere outside.'

cat >"$temporary/script.py" <<'END'
import os
import sqlite3

database = sqlite3.connect("/tmp/numbers.db")
database.execute("create table numbers (n integer)")
database.executemany("insert into numbers values (?)", ((n,) for n in range(1000)))
print("sum:", database.execute("select sum(n) from numbers").fetchone()[0])
print("I am process", os.getpid(), "of", sorted(int(name) for name in os.listdir("/proc") if name.isdigit()))
END
inside --place "/script.py:from=$temporary/script.py" -- python3 /script.py
ends 0 'the script ran'
shows '^sum: 499500$' 'a database in /tmp, which is memory and gone with the container'
shows '^I am process 2 of \[1, 2\]$' 'its process, and the init that watches it, are all that there is'

title '3. A shell looks at itself.'

inside -- id
shows '^uid=65534\(nobody\) gid=65534\(nogroup\)' 'nobody, unless --uid and --gid say something else'
inside --uid 0 --gid 0 --hostname box -- sh -c 'id -u; uname -n; ls -ld /usr'
shows '^0$' 'root by name'
shows '^d.* nobody  *nogroup .* /usr$' "but the system's files belong to somebody else, who has no number in here"
inside -- grep -H '' /proc/1/comm /proc/2/comm /proc/3/comm
shows '^/proc/1/comm:pinfold-init' 'PID 1 is pinfold-init'
shows '^/proc/2/comm:grep' 'PID 2 is the program'
shows '/proc/3/comm: No such file' 'and there is no third: no process of the host is in view'
inside -- findmnt --noheadings --list --output TARGET,FSTYPE,OPTIONS
shows '^/usr .*\bro,nosuid,nodev\b' '/usr is read-only, without set-user-id programs and devices'
shows '^/proc  *proc  *rw,nosuid,nodev,noexec\b' '/proc is a new one'
shows '^/tmp  *tmpfs  *rw,nosuid,nodev' '/tmp is memory'
inside -- grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status
holds 'all five capability sets are empty' [ "$(grep -Ec '^Cap[A-Za-z]+:.0000000000000000$' "$output")" = 5 ]
shows '^NoNewPrivs:.1$' 'no program that it executes can gain any'
shows '^Seccomp:.2$' 'a filter is loaded'

title '4. It writes where it may not.'

inside -- sh -c 'touch /usr/bin/mine; echo x >>/etc/passwd; echo mine >/proc/sys/kernel/hostname; touch /tmp/mine && ls /tmp'
shows '/usr/bin/mine.*Read-only file system' '/usr: read-only'
shows '/etc/passwd: (Read-only file system|Permission denied)' '/etc: refused'
shows '/proc/sys/kernel/hostname: (Read-only file system|Permission denied)' 'kernel settings: refused'
shows '^mine$' '/tmp: its own'

title '5. Calls that the filter refuses.'

inside --nested -- unshare --user --map-root-user id -u
ends 0 'with --nested a program may make user namespaces of its own'
inside --nested --presets deny-ns -- unshare --user --map-root-user id -u
ends 1 'with the preset deny-ns it may not'
shows 'unshare.*Operation not permitted' 'because the call is refused'
cat >"$temporary/keys.py" <<'END'
import ctypes
import errno
import platform

keyctl = {"x86_64": 250, "aarch64": 219}[platform.machine()]
libc = ctypes.CDLL(None, use_errno=True)
keyring = libc.syscall(keyctl, 0, -3, 0)
print("keyctl:", "allowed" if keyring >= 0 else errno.errorcode[ctypes.get_errno()])
END
inside --no-seccomp --place "/keys.py:from=$temporary/keys.py" -- python3 /keys.py
shows '^keyctl: allowed$' 'without a filter the keyrings of the kernel are there'
inside --place "/keys.py:from=$temporary/keys.py" -- python3 /keys.py
shows '^keyctl: EPERM$' 'with any, also the plainest, they are not'
printf '  $ pinfold seccomp dump --presets deny-ns | head -n 5\n'
"$as_user" "$temporary/pinfold" seccomp dump --presets deny-ns >"$output" 2>&1 || true
head -n 5 "$output" | sed 's/^/    /'
shows 'unshare' 'the filter, for people; seccomp export writes it for programs'

title '6. The network.'

cat >"$temporary/net.py" <<'END'
import socket

print("devices:", [name for _, name in socket.if_nameindex()])
server = socket.create_server(("127.0.0.1", 8080))
socket.create_connection(("127.0.0.1", 8080)).sendall(b"hello")
print("from itself:", server.accept()[0].recv(5).decode())
try:
    socket.create_connection(("192.0.2.1", 80), timeout=5)
    print("outside: reached")
except OSError as error:
    print("outside:", error.strerror)
END
inside --place "/net.py:from=$temporary/net.py" -- python3 /net.py
shows "^devices: \['lo'\]$" 'there is a loopback device of its own and nothing else (--net host shares the host'"'"'s)'
shows '^from itself: hello$' 'servers and clients inside find each other'
shows '^outside: Network is unreachable$' 'nobody else can be found'

title '7. How it ends.'

inside -- sh -c 'exit 3'
ends 3 'the status is that of the program'
inside -- sh -c 'kill -SEGV $$'
ends 139 'or 128 and the number of the signal that ended it'
inside --adopt-wait-delay 100ms -- sh -c 'sleep 1000 & echo left one behind'
ends 0 'what is left behind gets a moment, and is ended'
inside --bind /no/such/directory -- true
ends 125 'a container that cannot be set up'
shows 'pinfold: .*bind /no/such/directory.*No such file or directory' 'says what, where and why'
inside -- no-such-program
ends 127 'a program that is not there'

echo
if [ "$failures" != 0 ]; then
        echo "$failures things were different from what is said here."
        exit 1
fi
echo 'Everything was as it is said here.'

#!/bin/sh
# SPDX-License-Identifier: MIT
# flatpak.sh OURS [THEIRS]: Flatpak as it is installed, with a runtime and an application made on the spot, which it builds, exports,
# installs and runs, once with bubblewrap as it is installed and once with pinfold-bwrap in its place (FLATPAK_BWRAP). What it and
# the application say must be the same. Prints TAP. Without a network; needs dbus-run-session, and a user who has a name: root becomes one.
set -eu

[ "${1:-}" = inside ] || {
        ours=$(realpath "$1") theirs=$(realpath "${2:-/usr/bin/bwrap}")
        if [ "$(id -u)" = 0 ]; then
                exec setpriv --reuid=games --regid=games --clear-groups env -u FLATPAK_BWRAP sh "$0" "$ours" "$theirs"
        fi
        temporary=$(mktemp -d /var/tmp/flatpak.XXXXXX)
        trap 'chmod -R u+w "$temporary"; rm -rf "$temporary"' EXIT
        echo 1..2
        status=0
        for which in theirs ours; do
                eval "bwrap=\$$which"
                base=$temporary/base # the same for both: it is in what they say
                mkdir -p "$base/home" "$base/run" "$base/tmp"
                chmod 700 "$base/run"
                # Into a file: the bus leaves processes that would keep a pipe open.
                env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME="$base/home" XDG_RUNTIME_DIR="$base/run" XDG_DATA_HOME="$base/home/data" \
                        TMPDIR="$base/tmp" LC_ALL=C.UTF-8 FLATPAK_BWRAP="$bwrap" timeout 120 \
                        dbus-run-session -- sh "$0" inside "$base" >"$temporary/$which" 2>"$temporary/$which.log" || {
                        echo "# with $bwrap: status $?"
                        status=1
                }
                sed -i -e 's/\(Commit: \|Content Bytes Written: \).*/\1N/' -e 's/[0-9]\{5,\}/N/g' \
                        -e 's,\(unix:path=/tmp/dbus-\).*,\1N,' -e '/^FLATPAK_BWRAP=/d' "$temporary/$which"
                chmod -R u+w "$base"
                rm -rf "$base"
        done
        if [ $status = 0 ] && grep -q '^the end$' "$temporary/ours" && diff -u "$temporary/theirs" "$temporary/ours" >"$temporary/diff"; then
                echo 'ok 1 - Flatpak says the same'
        else
                sed 's/^/# /' "$temporary/diff" "$temporary/ours.log" 2>/dev/null || true
                echo 'not ok 1 - Flatpak says the same'
                status=1
        fi
        # So that the test can tell: that there was anything to say.
        if [ "$(grep -c '^application' "$temporary/ours")" = 9 ] && grep -q '^killed: status 1' "$temporary/ours" &&
                grep -qx 'runtime: locked' "$temporary/ours"; then
                echo 'ok 2 - the application ran'
        else
                sed 's/^/# /' "$temporary/ours"
                echo 'not ok 2 - the application ran'
                status=1
        fi
        exit $status
}

cd "$2"
export DBUS_SYSTEM_BUS_ADDRESS="$DBUS_SESSION_BUS_ADDRESS" # it asks there for what parents allow

# ---- A runtime: a few programs of the host, with their libraries

add() {
        mkdir -p "runtime/files/$(dirname "$2")"
        cp -L "$1" "runtime/files/$2"
}

for program in dash cat chmod cut env grep id ls mkdir readlink sed sleep sort touch wc ldconfig; do
        path=$(command -v "$program")
        add "$path" "bin/$program"
        for library in $(ldd "$path" 2>/dev/null | grep -o '/[^ ]*' || true); do
                add "$library" "${library#/usr/}"
        done
done
ln -s dash runtime/files/bin/sh
mkdir -p runtime/files/etc runtime/files/share
cat >runtime/metadata <<EOF
[Runtime]
name=org.example.Platform
runtime=org.example.Platform/$(uname -m)/1
sdk=org.example.Platform/$(uname -m)/1
EOF
flatpak build-export --runtime --files=files repository runtime 1
flatpak remote-add --user --no-gpg-verify local repository
flatpak install --user -y --noninteractive local org.example.Platform//1

# ---- An application

cat >hello <<'EOF'
#!/bin/sh
echo "application $*"
id -u
ls /
env | grep -v '^_=' | sort
grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status
cut -d' ' -f1-3 /proc/mounts | grep -E ' /(app|usr|proc|dev|tmp|etc/.*) ' | cut -d' ' -f2 | sort
for name in ipc net pid user uts; do
        echo "$name $(readlink /proc/self/ns/$name | sed "s/$(sed -n "s/^$name=//p" /app/host)/the host's/")"
done
set -- /proc/[0-9]*
echo $#
touch /app/x /usr/x /var/tmp/x "$HOME/x"
sed -e 's/=.*/=/' /.flatpak-info
ls -d "$OLD" 2>/dev/null
exit 5
EOF
flatpak build-init app org.example.Hello org.example.Platform org.example.Platform 1
for name in ipc net pid user uts; do echo "$name=$(readlink /proc/self/ns/$name | sed 's/[][]/\\&/g')"; done >host
flatpak build app sh -c 'mkdir -p /app/bin; cat >/app/bin/hello; chmod +x /app/bin/hello; touch /usr/x; ls /' <hello 2>&1
flatpak build app sh -c 'cat >/app/host; echo "echo application \$0 \$1" >/app/bin/nameless; chmod +x /app/bin/nameless' <host
flatpak build --with-appdir --env=ONE=1 --unshare=network app sh -c 'echo $ONE; ls -l /app/bin | wc -l; exit 3' || echo "build: status $?"
flatpak build-finish app --command=hello --share=network
flatpak build-export repository app
flatpak install --user -y --noninteractive local org.example.Hello

# ---- Running it

run() {
        what=$1
        shift
        flatpak run --env=OLD="$PWD" "$@" 2>&1 && echo "$what: status 0" || echo "$what: status $?"
}

run run org.example.Hello one 'two three'
run sandbox --sandbox org.example.Hello
run devel --devel org.example.Hello
run network --unshare=network --share=ipc org.example.Hello
run files --filesystem=home:ro --nosocket=session-bus org.example.Hello
run development -d org.example.Hello
run shell --command=sh org.example.Hello -c 'kill -KILL $$'
run missing --command=missing org.example.Hello
run nameless --command=nameless org.example.Hello four

# ---- One that goes on: what is said of it, and how it ends

flatpak run --instance-id-fd=9 --command=sh org.example.Hello -c 'touch ~/.var/app/org.example.Hello/data/ready; exec sleep 100' 9>instance &
sleeper=$!
for turn in $(seq 200); do
        [ ! -e ~/.var/app/org.example.Hello/data/ready ] || break
        sleep .05
done
flatpak ps --columns=instance,application,runtime,active,background | sed -n "s/^$(cat instance)//p"
info=$XDG_RUNTIME_DIR/.flatpak/$(cat instance)/bwrapinfo.json
grep -o '"[a-z-]*"' "$info"
child=$(sed -n 's/.*"child-pid": \([0-9]*\).*/\1/p' "$info")
python3 - "$HOME"/data/flatpak/runtime/org.example.Platform/*/1/active/files/.ref <<'EOF'
import fcntl, sys
try:
    fcntl.lockf(open(sys.argv[1], 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)
    print('runtime: free')
except OSError:
    print('runtime: locked')
EOF
for way in expose share; do
        flatpak run --parent-pid="$child" --parent-$way-pids --command=sh org.example.Hello -c "echo application $way; id -u; set -- /proc/[0-9]*; echo \$#; exit 6" 2>&1 ||
                echo "$way: status $?"
done
flatpak kill org.example.Hello
wait $sleeper 2>/dev/null && echo 'killed: status 0' || echo "killed: status $?"
flatpak uninstall --user -y --noninteractive org.example.Hello
echo 'the end'

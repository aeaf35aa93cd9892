#!/bin/sh
# SPDX-License-Identifier: MIT
# kernels.sh KERNEL...: runs the tests of build/ in a virtual machine on each of Debian 12's kernels, 6.1 and 6.12
# (bookworm-backports). The host's file system is the machine's, read-only. TESTS=PATTERN takes those of these names alone.
# Nothing is installed: kernels come from Debian, and are unpacked below build-kernels/. Works without KVM, slowly.
# `apparmor` is a test of its own (tests/kernels/apparmor.sh), on 6.12.
set -eu
cd "$(dirname "$0")/.."
directory=$PWD/build-kernels
seconds=3600

configure_apt()
{
        mkdir -p "$directory/apt/lists/partial" "$directory/apt/cache/archives/partial" "$directory/apt/sources"
        cat >"$directory/apt/sources/debian.sources" <<END
Types: deb
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-backports trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
        cat >"$directory/apt/apt.conf" <<END
APT::Architecture "amd64";
APT::Sandbox::User "";
Acquire::Languages "none";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$directory/apt/sources";
Dir::Cache "$directory/apt/cache";
Dir::State::lists "$directory/apt/lists";
Dir::State::status "/dev/null";
END
        export APT_CONFIG="$directory/apt/apt.conf"
        apt-get -q update >"$directory/apt/log" 2>&1 || true
}

# unpack NAME PACKAGE...: into build-kernels/NAME.
unpack()
{
        name=$1
        shift
        (cd "$directory/apt/cache" && rm -f ./*.deb && apt-get -q download "$@" >>"$directory/apt/log" 2>&1) ||
                { cat "$directory/apt/log"; exit 1; }
        rm -rf "${directory:?}/$name"
        for package in "$directory"/apt/cache/*.deb; do dpkg-deb -x "$package" "$directory/$name"; done
}

# release KERNEL: the Debian release that has it.
release()
{
        case $1 in
        6.1) echo bookworm ;;
        6.12) echo bookworm-backports ;;
        *) echo "kernels.sh: 6.1 and 6.12 are known" >&2; exit 2 ;;
        esac
}

fetch()
{
        [ ! -e "$directory/$1/boot" ] || return 0
        configure_apt
        [ -e "$directory/busybox/bin" ] || unpack busybox busybox-static
        unpack "$1" "$(apt-cache depends "linux-image-amd64/$(release "$1")" | sed -n 's/^ *Depends: //p')"
}

# 6.12 knows profiles about user namespaces; what reads them has to be of Debian 13, with its libraries.
add_apparmor()
{
        [ "$1" != 6.1 ] && echo apparmor | grep -Eq "${TESTS:-}" || return 0
        if [ ! -e "$directory/apparmor/usr" ]; then
                configure_apt
                unpack apparmor apparmor/trixie libapparmor1/trixie libc6/trixie libgcc-s1/trixie libstdc++6/trixie
        fi
        printf 'apparmor\tapparmor\t%s\texec %s/tests/kernels/apparmor.sh %s/build %s/apparmor\n' "$seconds" "$PWD" "$PWD" "$directory"
}

# The modules that lead to the host's file system, and what tests mount.
make_initramfs()
{
        tree=$directory/$1/initramfs busybox=$directory/busybox/bin/busybox
        version=$(ls "$directory/$1/lib/modules")
        modules=lib/modules/$version
        rm -rf "$tree"
        mkdir -p "$tree/bin" "$tree/$modules"
        cp "$busybox" "$tree/bin/"
        cp tests/kernels/init "$tree/init"
        cp "$directory/$1/$modules"/modules.builtin* "$directory/$1/$modules/modules.order" "$tree/$modules/"
        for part in net/9p fs/9p fs/netfs fs/fscache drivers/virtio fs/overlayfs fs/fuse; do
                [ -d "$directory/$1/$modules/kernel/$part" ] || continue
                mkdir -p "$tree/$modules/kernel/$part"
                cp "$directory/$1/$modules/kernel/$part"/*.ko* "$tree/$modules/kernel/$part/"
        done
        find "$tree/$modules" -name '*.xz' -exec xz -d {} +
        "$busybox" depmod -b "$tree" "$version"
        (cd "$tree" && find . | "$busybox" cpio -o -H newc) >"$directory/$1/initramfs.img" 2>/dev/null
}

# boot KERNEL RESULTS
boot()
{
        accelerator=tcg,thread=multi
        # A /dev/kvm on a processor that does not help boots nothing.
        [ ! -w /dev/kvm ] || ! grep -Eqw 'vmx|svm' /proc/cpuinfo || accelerator=kvm
        # By way of cat: qemu would make the standard output non-blocking for everybody.
        nice qemu-system-x86_64 -accel "$accelerator" -cpu max -smp 2 -m 3G -nographic -no-reboot -nodefaults -serial stdio \
                -kernel "$directory/$1/boot/vmlinuz-"* -initrd "$directory/$1/initramfs.img" \
                -append 'console=ttyS0 quiet panic=-1' \
                -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
                -virtfs "local,path=$2,mount_tag=results,security_model=none" </dev/null | cat
}

case $PWD/ in
/tmp/* | /var/tmp/* | /run/*) echo "kernels.sh: $PWD is not seen in the virtual machine, which has its own" >&2; exit 2 ;;
esac
failed=0
for kernel in "$@"; do
        fetch "$kernel"
        make_initramfs "$kernel"
        results=$directory/results-$kernel
        rm -rf "$results"
        mkdir -p "$results"
        tools/kernel_suite.py list build "$seconds" "${TESTS:-}" >"$results/tests"
        add_apparmor "$kernel" >>"$results/tests"
        cp tests/kernels/suite.sh "$results/"
        boot "$kernel" "$results"
        tools/kernel_suite.py log "$results" >"$results/testlog.json"
        # shellcheck disable=SC2046
        set_counts() { passed=$1 missed=$2; }; set_counts $(tools/count.py "$results/testlog.json")
        tools/count.py --failed "$results/testlog.json"
        echo "Linux $(cat "$results/kernel"): $passed passed, $missed failed"
        [ "$missed" = 0 ] && [ "$passed" != 0 ] || failed=1
done
exit $failed

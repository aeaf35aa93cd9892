#!/bin/sh
# SPDX-License-Identifier: MIT
# suite.sh: PID 1 of the virtual machine, after its init. Runs what stands in /mnt/tests, a number, a name, seconds and a
# command line each, separated by tabs, as many at a time as there are processors; leaves NUMBER.out, .err and .status.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root
export PINFOLD_TEST_PATIENCE=20 # of tests/cli/job.c: without KVM the processor is emulated
ip link set lo up
uname -r >/mnt/kernel
cat >/run/one.sh <<'END'
IFS=$(printf '\t') read -r number name seconds command <<LINE
$1
LINE
start=$(cut -d. -f1 /proc/uptime)
timeout -k 10 "$seconds" sh -c "$command" >"/mnt/$number.out" 2>"/mnt/$number.err" </dev/null
status=$?
echo "$status" >"/mnt/$number.status"
echo "$name: status $status, $(($(cut -d. -f1 /proc/uptime) - start)) s, $(grep -c '^ok' "/mnt/$number.out") ok"
grep '^not ok' "/mnt/$number.out"
END
tr '\n' '\0' </mnt/tests | xargs -0 -P "$(nproc)" -n 1 sh /run/one.sh
sync
echo o >/proc/sysrq-trigger
sleep 60

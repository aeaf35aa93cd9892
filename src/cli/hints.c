/* SPDX-License-Identifier: MIT */
/*
 * The table of known causes. The first row that fits an error is printed, so narrow rows stand before wide ones.
 */
#define _GNU_SOURCE

#include "cli/hints.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"

#define ANY 0

struct row {
        int stage;          /* enum pinfold_stage, or ANY */
        int error;          /* errno, or ANY */
        const char *op;     /* the operation's name, or NULL: any, or none */
        const char *sysctl; /* a file in /proc/sys that holds `value`; NULL: not asked */
        const char *value;
        const char *text;
};

static const struct row rows[] = {
        /* No user namespaces, by the names that distributions gave the switch. */
        {ANY, EPERM, NULL, "kernel/unprivileged_userns_clone", "0",
         "user namespaces are switched off for users here; root can allow them: "
         "sysctl -w kernel.unprivileged_userns_clone=1"},
        {ANY, EPERM, NULL, "kernel/apparmor_restrict_unprivileged_userns", "1",
         "AppArmor keeps user namespaces from programs without a profile here; root can allow them: "
         "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give pinfold a profile with `userns,`"},
        {ANY, EACCES, NULL, "kernel/apparmor_restrict_unprivileged_userns", "1",
         "AppArmor keeps user namespaces from programs without a profile here; root can allow them: "
         "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give pinfold a profile with `userns,`"},
        {PINFOLD_STAGE_START, ANY, NULL, "user/max_user_namespaces", "0",
         "no user namespaces are allowed here; root can allow them: sysctl -w user.max_user_namespaces=10000"},
        {PINFOLD_STAGE_START, EPERM, NULL, NULL, NULL,
         "user namespaces are refused: by a chroot, by the syscall filter or security module of a container around "
         "this one, or by a policy of the system"},
        {PINFOLD_STAGE_START, EACCES, NULL, NULL, NULL,
         "a security module (SELinux, AppArmor) forbids user namespaces, or the running of pinfold's init"},
        {PINFOLD_STAGE_START, ENOSPC, NULL, NULL, NULL,
         "too many namespaces: raise the user.max_*_namespaces sysctl, or nest less than 32 deep"},
        {PINFOLD_STAGE_START, EUSERS, NULL, NULL, NULL,
         "too many namespaces: raise the user.max_*_namespaces sysctl, or nest less than 32 deep"},
        {PINFOLD_STAGE_START, EINVAL, NULL, NULL, NULL,
         "the kernel has to be built with CONFIG_USER_NS, CONFIG_PID_NS, CONFIG_IPC_NS, CONFIG_UTS_NS and "
         "CONFIG_NET_NS"},
        {PINFOLD_STAGE_START, EAGAIN, NULL, NULL, NULL,
         "too many processes: see `ulimit -u` and the pids limit of the cgroup"},
        {PINFOLD_STAGE_FORK, EAGAIN, NULL, NULL, NULL,
         "too many processes: see `ulimit -u` and the pids limit of the cgroup"},

        /* The cgroup. */
        {PINFOLD_STAGE_CGROUP, EACCES, NULL, NULL, NULL,
         "the cgroup, and the one that it has in common with this process, must be writable to you: delegate it "
         "(systemd-run --user --scope -p Delegate=yes)"},
        {PINFOLD_STAGE_CGROUP, EBUSY, NULL, NULL, NULL,
         "a cgroup with controllers in cgroup.subtree_control takes no processes: use one below it"},
        {PINFOLD_STAGE_CGROUP, EBADF, NULL, NULL, NULL, "--cgroup takes a directory of a cgroup v2 hierarchy"},

        /* Id maps. */
        {PINFOLD_STAGE_MAP_IDS, ENOENT, NULL, NULL, NULL,
         "maps of several ids need newuidmap and newgidmap (Debian, Fedora: package uidmap or shadow-utils)"},
        {PINFOLD_STAGE_MAP_IDS, EROFS, NULL, NULL, NULL,
         "/proc is read-only here, as in a container without privileges: id maps cannot be written"},
        {PINFOLD_STAGE_MAP_IDS, EPERM, NULL, NULL, NULL,
         "the ranges must lie in /etc/subuid and /etc/subgid; as root inside another container, CAP_SETFCAP is needed"},
        {PINFOLD_STAGE_MAP_IDS, EINVAL, NULL, NULL, NULL,
         "the ranges of a map must not overlap, and hold at least one id each"},

        /* Kernels without a feature. */
        {PINFOLD_STAGE_LANDLOCK, ANY, NULL, NULL, NULL,
         "scoping needs Landlock with ABI 6: Linux 6.12, CONFIG_SECURITY_LANDLOCK, and landlock in the lsm= list; "
         "without it use --net none (the default) or give up the protection with --host-abstract"},
        {PINFOLD_STAGE_SECCOMP, EINVAL, NULL, NULL, NULL,
         "the kernel has to be built with CONFIG_SECCOMP_FILTER; --no-seccomp does without the filter"},
        {PINFOLD_STAGE_EXEC, ENOSYS, NULL, NULL, NULL, "the program was made for another kind of machine"},
        {ANY, ENOSYS, NULL, NULL, NULL,
         "pinfold needs Linux 5.12 or later; in another container, a syscall filter may hide the call"},

        /* The file system. */
        {ANY, EPERM, "proc", NULL, NULL,
         "a new /proc is refused where parts of the present one are covered, as in most containers: run the outer one "
         "with its /proc unmasked (podman: --security-opt unmask=ALL; docker: systempaths=unconfined)"},
        {ANY, EOVERFLOW, "overlay", NULL, NULL,
         "the layers hold files of ids that are not mapped: map them with --map-uids and --map-gids"},
        {ANY, EINVAL, "remount", NULL, NULL, "only a mount point can be remounted: bind the path on itself first"},
        {ANY, EROFS, NULL, NULL, NULL,
         "a mount point below a read-only bind must be there already: create it on the host, or bind what is above it "
         "with the writable flag"},
        {PINFOLD_STAGE_PIVOT, EINVAL, NULL, NULL, NULL,
         "the root directory here is not a mount that can be left: an initramfs (use switch_root) or a chroot"},
        {PINFOLD_STAGE_NEW_ROOT, EPERM, NULL, NULL, NULL,
         "mounting is refused: a Landlock domain, a security module or a syscall filter around pinfold forbids it"},
        {PINFOLD_STAGE_PREPARE, EPERM, NULL, NULL, NULL,
         "mounting is refused: a Landlock domain, a security module or a syscall filter around pinfold forbids it"},

        {PINFOLD_STAGE_TERMINAL, ENOENT, NULL, NULL, NULL, "--tty needs --dev /dev; --no-tty does without a terminal"},
        {PINFOLD_STAGE_TERMINAL, ENODEV, NULL, NULL, NULL,
         "--tty needs --dev /dev, and nothing mounted over it; --no-tty does without a terminal"},
        {PINFOLD_STAGE_TERMINAL, ENOSPC, NULL, NULL, NULL,
         "too many pseudo-terminals: raise the kernel.pty.max sysctl"},

        /* The program. */
        {PINFOLD_STAGE_DIRECTORY, ENOENT, NULL, NULL, NULL,
         "--chdir takes a directory inside: bind it, or create it with --mkdir"},
        {PINFOLD_STAGE_EXEC, ENOENT, NULL, NULL, NULL,
         "it is looked for inside the container; where it is there, its interpreter or dynamic loader "
         "(/lib64/ld-linux-x86-64.so.2 and the like) is missing"},
        {PINFOLD_STAGE_EXEC, EACCES, NULL, NULL, NULL,
         "the file must be executable for you, and on a mount without noexec"},
        {PINFOLD_STAGE_EXEC, ENOEXEC, NULL, NULL, NULL,
         "it is no program of this machine; a script needs a first line with #! and its interpreter"},
        {PINFOLD_STAGE_EXEC, E2BIG, NULL, NULL, NULL,
         "arguments and environment together exceed the kernel's limit: see `ulimit -s`"},

        /* Resources. */
        {ANY, EMFILE, NULL, NULL, NULL,
         "each bind takes a descriptor during setup: raise the hard limit of open files (ulimit -Hn)"},
        {ANY, ENFILE, NULL, NULL, NULL, "the system's table of open files is full: raise the fs.file-max sysctl"},
        {PINFOLD_STAGE_APPLY, ENOSPC, NULL, NULL, NULL,
         "too many mounts (the fs.mount-max sysctl), or a file system of the container is full"},
        {ANY, ENOMEM, NULL, NULL, NULL, "out of memory: of the machine, or of the cgroup (memory.max)"},
};

static bool sysctl_is(const char *name, const char *value)
{
        int directory = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
        int file = directory < 0 ? -1 : openat(directory, name, O_RDONLY | O_CLOEXEC);
        char text[32];
        ssize_t size = file < 0 ? -1 : read(file, text, sizeof(text) - 1);

        if (directory >= 0)
                close(directory);
        if (file >= 0)
                close(file);
        if (size <= 0)
                return false;
        text[size] = '\0';
        text[strcspn(text, "\n")] = '\0';
        return strcmp(text, value) == 0;
}

static bool fits(const struct row *row, const struct pinfold_error *err)
{
        return (row->stage == ANY || row->stage == err->stage) && (row->error == ANY || row->error == err->error) &&
               (!row->op || strcmp(row->op, err->op_name) == 0) &&
               (!row->sysctl || sysctl_is(row->sysctl, row->value));
}

void hints_print(const struct pinfold_error *err)
{
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (fits(&rows[i], err)) {
                        hint("%s", rows[i].text);
                        return;
                }
}

/* SPDX-License-Identifier: MIT */
/*
 * The table of known causes. The first row that fits an error is printed, so narrow rows stand before wide ones.
 */
#define _GNU_SOURCE

#include "cli/hints.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "cli/facts.h"
#include "cli/message.h"

#define ANY 0

struct row {
        int stage; /* enum pinfold_stage, or ANY */
        int error; /* errno, or ANY */
        struct remedy remedy;
        const char *op;     /* the operation's name; NULL: any, or none */
        const char *sysctl; /* a file in /proc/sys that holds `value`; NULL: not asked */
        const char *value;
        bool (*holds)(void); /* of facts.h; NULL: not asked */
};

#define APPARMOR(error_)                                                                                       \
        {ANY, error_,                                                                                          \
         {"AppArmor keeps user namespaces from programs without a profile here",                               \
          "as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give pinfold a profile with " \
          "`userns,`: pinfold-doctor(1) has one"},                                                             \
         .sysctl = "kernel/apparmor_restrict_unprivileged_userns", .value = "1"}

#define MEMFD(error_)                                                                       \
        {PINFOLD_STAGE_START, error_,                                                       \
         {"memory files may not be executed here", "as root: sysctl -w vm.memfd_noexec=1"}, \
         .sysctl = "vm/memfd_noexec", .value = "2"}

/* A namespace of a kind of which none may be made here; `stage` is where init makes it. */
#define NAMESPACE(stage_, kind, words)                                                                          \
        {stage_, ENOSPC,                                                                                        \
         {"no " words " namespaces are allowed here", "as root: sysctl -w user.max_" kind "_namespaces=10000"}, \
         .sysctl = "user/max_" kind "_namespaces", .value = "0"}

#define TOO_MANY_NAMESPACES {"too many namespaces", "raise the user.max_*_namespaces sysctl, or nest less than 32 deep"}
#define TOO_MANY_PROCESSES {"too many processes", "see `ulimit -u` and the pids limit of the cgroup"}
#define MOUNTING_REFUSED                                                                                         \
        {"mounting is refused", "run pinfold outside of the Landlock domain, security module or syscall filter " \
                                "around it that forbids it"}

static const struct row rows[] = {
        /* No user namespaces, by the names that distributions gave the switch. */
        {ANY, EPERM,
         {"user namespaces are switched off for users here",
          "as root: sysctl -w kernel.unprivileged_userns_clone=1"},
         .sysctl = "kernel/unprivileged_userns_clone", .value = "0"},
        MEMFD(EACCES),
        MEMFD(ENOENT), /* nor is init installed */
        APPARMOR(EPERM),
        APPARMOR(EACCES),
        NAMESPACE(PINFOLD_STAGE_START, "user", "user"),
        NAMESPACE(PINFOLD_STAGE_START, "pid", "pid"),
        NAMESPACE(PINFOLD_STAGE_START, "mnt", "mount"),
        NAMESPACE(PINFOLD_STAGE_START, "ipc", "ipc"),
        NAMESPACE(PINFOLD_STAGE_START, "uts", "uts"),
        NAMESPACE(PINFOLD_STAGE_START, "net", "network"),
        NAMESPACE(PINFOLD_STAGE_PROTECT, "cgroup", "cgroup"),
        {PINFOLD_STAGE_START, EPERM,
         {"this is a chroot, in which the kernel makes no user namespaces",
          "run pinfold outside of the chroot, or make its directory a root by pivot_root(2), "
          "as containers do"},
         .holds = fact_chroot},
        {PINFOLD_STAGE_START, EPERM,
         {"the user or group that runs pinfold has no id in the user namespace around it",
          "map the id there (unshare --map-current-user)"},
         .holds = fact_unmapped},
        {PINFOLD_STAGE_START, EPERM,
         {"a syscall filter around pinfold refuses user namespaces",
          "allow unshare, clone and mounts in it (podman, docker: --security-opt "
          "seccomp=unconfined; pinfold run: --nested --presets none)"},
         .holds = fact_filtered},
        {PINFOLD_STAGE_START, EACCES,
         {"SELinux is enforcing, and seems to forbid it",
          "`ausearch -m avc -ts recent` names the rule; audit2allow(1) makes one that allows it"},
         .holds = fact_selinux},
        {PINFOLD_STAGE_START, EPERM,
         {"user namespaces are refused, by a chroot, a security module or a policy of the system",
          "run pinfold outside of what refuses them"}},
        {PINFOLD_STAGE_START, EACCES,
         {"a security module forbids user namespaces, or the running of pinfold's init",
          "let its policy allow both"}},
        {PINFOLD_STAGE_START, ENOSPC, TOO_MANY_NAMESPACES},
        {PINFOLD_STAGE_START, EUSERS, TOO_MANY_NAMESPACES},
        {PINFOLD_STAGE_START, EINVAL,
         {NULL, "the kernel has to be built with CONFIG_USER_NS, CONFIG_PID_NS, "
          "CONFIG_IPC_NS, CONFIG_UTS_NS and CONFIG_NET_NS"}},
        {PINFOLD_STAGE_START, EAGAIN, TOO_MANY_PROCESSES},
        {PINFOLD_STAGE_FORK, EAGAIN, TOO_MANY_PROCESSES},

        /* run --via. */
        {PINFOLD_STAGE_CONFIGURE, ENOENT, {NULL, "`pinfold serve` makes a server: pinfold-serve(1)"}},
        {PINFOLD_STAGE_CONFIGURE, ECONNREFUSED, {NULL, "`pinfold serve` makes a server: pinfold-serve(1)"}},

        /* The cgroup. */
        {PINFOLD_STAGE_CGROUP, EACCES,
         {"the cgroup, and the one that it has in common with this process, must be writable "
          "to you",
          "delegate it (systemd-run --user --scope -p Delegate=yes)"}},
        {PINFOLD_STAGE_CGROUP, EBUSY,
         {"a cgroup with controllers in cgroup.subtree_control takes no processes",
          "use one below it"}},
        {PINFOLD_STAGE_CGROUP, EBADF, {NULL, "--cgroup takes a directory of a cgroup v2 hierarchy"}},

        /* Id maps. */
        {PINFOLD_STAGE_MAP_IDS, ENOENT,
         {"/proc is not mounted here", "as root: mount -t proc proc /proc"},
         .holds = fact_no_proc},
        {PINFOLD_STAGE_MAP_IDS, ENOENT,
         {"maps of several ids need newuidmap and newgidmap",
          "install them (Debian: apt-get install uidmap; Fedora: shadow-utils)"}},
        {PINFOLD_STAGE_MAP_IDS, EROFS,
         {"/proc is read-only here, as in a container without privileges, and id maps cannot "
          "be written",
          "run the outer one with its /proc writable"}},
        {PINFOLD_STAGE_MAP_IDS, EPERM,
         {"root may not map itself without CAP_SETFCAP",
          "run pinfold as another user here, or with that capability (podman, docker: --cap-add SETFCAP)"},
         .holds = fact_root_without_setfcap},
        {PINFOLD_STAGE_MAP_IDS, EPERM,
         {NULL, "the ranges must lie in /etc/subuid and /etc/subgid, and in the map of a container around this one"}},
        {PINFOLD_STAGE_MAP_IDS, EINVAL, {NULL, "the ranges of a map must not overlap, and hold at least one id each"}},

        /* Kernels without a feature. */
        {PINFOLD_STAGE_LANDLOCK, ANY,
         {"scoping needs Landlock with ABI 6",
          "Linux 6.12 with CONFIG_SECURITY_LANDLOCK, and landlock in the lsm= list; without it "
          "use --net none (the default) or give up the protection with --host-abstract"}},
        {PINFOLD_STAGE_SECCOMP, EINVAL,
         {NULL, "the kernel has to be built with CONFIG_SECCOMP_FILTER; --no-seccomp does "
          "without the filter"}},
        {PINFOLD_STAGE_EXEC, ENOSYS, {"the program was made for another kind of machine", NULL}},
        {ANY, ENOSYS,
         {NULL, "pinfold needs Linux 5.12 or later; in another container, a syscall filter may hide the call"}},

        /* The file system. */
        {ANY, EPERM,
         {"a new /proc is refused where parts of the present one are covered, as in most containers",
          "run the outer one with its /proc unmasked (podman: --security-opt unmask=ALL; docker: "
          "--security-opt systempaths=unconfined)"},
         .op = "proc"},
        {ANY, EOVERFLOW,
         {"the layers hold files of ids that are not mapped", "map them with --map-uids and --map-gids"},
         .op = "overlay"},
        {ANY, EINVAL,
         {"only a mount point can be remounted", "bind the path on itself first"}, .op = "remount"},
        {ANY, EROFS,
         {"a mount point below a read-only bind must be there already",
          "create it on the host, or bind what is above it with the writable flag"}},
        {PINFOLD_STAGE_PIVOT, EINVAL,
         {"the root directory here is not a mount that can be left",
          "run pinfold outside of the chroot; in an initramfs, after switch_root"}},
        {PINFOLD_STAGE_NEW_ROOT, EACCES,
         {"the AppArmor profile around pinfold forbids it",
          "run it unconfined (podman, docker: --security-opt apparmor=unconfined)"},
         .holds = fact_apparmor},
        {PINFOLD_STAGE_NEW_ROOT, EPERM, MOUNTING_REFUSED},
        {PINFOLD_STAGE_PREPARE, EPERM, MOUNTING_REFUSED},

        {PINFOLD_STAGE_TERMINAL, ENOENT, {NULL, "--tty needs --dev /dev; --no-tty does without a terminal"}},
        {PINFOLD_STAGE_TERMINAL, ENODEV,
         {NULL, "--tty needs --dev /dev, and nothing mounted over it; --no-tty does without "
          "a terminal"}},
        {PINFOLD_STAGE_TERMINAL, ENOSPC, {"too many pseudo-terminals", "raise the kernel.pty.max sysctl"}},

        /* The program. */
        {PINFOLD_STAGE_DIRECTORY, ENOENT, {NULL, "--chdir takes a directory inside: bind it, or create it with --mkdir"}},
        {PINFOLD_STAGE_EXEC, ENOENT,
         {NULL, "it is looked for inside the container; where it is there, its interpreter or "
          "dynamic loader (/lib64/ld-linux-x86-64.so.2 and the like) is missing"}},
        {PINFOLD_STAGE_EXEC, EACCES, {NULL, "the file must be executable for you, and on a mount without noexec"}},
        {PINFOLD_STAGE_EXEC, ENOEXEC,
         {"it is no program of this machine",
          "a script needs a first line with #! and its interpreter"}},
        {PINFOLD_STAGE_EXEC, E2BIG,
         {"arguments and environment together exceed the kernel's limit", "see `ulimit -s`"}},

        /* Resources. */
        {ANY, EMFILE, {"each bind takes a descriptor during setup", "raise the hard limit of open files (ulimit -Hn)"}},
        {ANY, ENFILE, {"the system's table of open files is full", "raise the fs.file-max sysctl"}},
        {PINFOLD_STAGE_APPLY, ENOSPC,
         {NULL, "too many mounts (the fs.mount-max sysctl), or a file system of the container "
          "is full"}},
        {ANY, ENOMEM, {NULL, "out of memory: of the machine, or of the cgroup (memory.max)"}},
};

static bool fits(const struct row *row, const struct pinfold_error *err)
{
        return (row->stage == ANY || row->stage == err->stage) && (row->error == ANY || row->error == err->error) &&
               (!row->op || strcmp(row->op, err->op_name) == 0) &&
               (!row->sysctl || fact_sysctl(row->sysctl, row->value)) && (!row->holds || row->holds());
}

const struct remedy *hints_find(const struct pinfold_error *err)
{
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (fits(&rows[i], err))
                        return &rows[i].remedy;
        return NULL;
}

void hints_print(const struct pinfold_error *err)
{
        const struct remedy *remedy = hints_find(err);

        if (remedy)
                hint("%s%s%s", remedy->cause ? remedy->cause : "", remedy->cause && remedy->cure ? "; " : "",
                     remedy->cure ? remedy->cure : "");
        if (err->stage == PINFOLD_STAGE_START)
                hint("`pinfold doctor` tries what a host has to allow");
}

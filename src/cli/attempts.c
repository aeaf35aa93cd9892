/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Not in the headers of older systems. */
#define MFD_EXEC_ 0x0010u
#define P_PIDFD_ 3
#define CLOSE_RANGE_CLOEXEC_ 4u

void say(struct pinfold_error *said, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(said->text, sizeof(said->text), format, arguments);
        va_end(arguments);
}

int failed(struct pinfold_error *said, int stage, const char *what)
{
        said->stage = stage;
        said->error = errno;
        say(said, "%s: %s", what, strerror(said->error));
        return -1;
}

/* ---- Namespaces ------------------------------------------------------------------------------------------------ */

int attempt_kernel(struct pinfold_error *said)
{
        struct utsname system;
        int major = 0, minor = 0;

        uname(&system);
        say(said, "%s", system.release);
        sscanf(system.release, "%d.%d", &major, &minor);
        if (major > 5 || (major == 5 && minor >= 12))
                return 0;
        said->error = ENOSYS;
        return -1;
}

int attempt_user_namespace(struct pinfold_error *said)
{
        if (unshare(CLONE_NEWUSER) < 0)
                return failed(said, PINFOLD_STAGE_START, "create one");
        /* AppArmor lets it be created, and takes its capabilities away. */
        if (chroot("/") < 0)
                return failed(said, PINFOLD_STAGE_START, "use a capability in one");
        return 0;
}

/* A container that forbids them has one around us, which is as good: its number is not that of the host's. */
static bool in_cgroup_namespace(void)
{
        struct stat info;

        return stat("/proc/self/ns/cgroup", &info) == 0 && info.st_ino != 0xeffffffb;
}

int attempt_namespaces(struct pinfold_error *said)
{
        static const struct {
                int flag;
                const char *what;
        } kinds[] = {
                {CLONE_NEWPID, "create a pid namespace"}, {CLONE_NEWNS, "create a mount namespace"},
                {CLONE_NEWIPC, "create an ipc namespace"}, {CLONE_NEWUTS, "create a uts namespace"},
                {CLONE_NEWNET, "create a network namespace"},
        };

        if (unshare(CLONE_NEWUSER) < 0)
                return failed(said, PINFOLD_STAGE_START, "create a user namespace");
        for (size_t i = 0; i < COUNT(kinds); i++)
                if (unshare(kinds[i].flag) < 0)
                        return failed(said, PINFOLD_STAGE_START, kinds[i].what);
        if (unshare(CLONE_NEWCGROUP) < 0 && !(errno == ENOSPC && in_cgroup_namespace()))
                return failed(said, PINFOLD_STAGE_PROTECT, "create a cgroup namespace");
        say(said, "pid, mount, ipc, uts, network, cgroup");
        return 0;
}

static int write_file(struct pinfold_error *said, const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

        if (!written) {
                char what[64];

                snprintf(what, sizeof(what), "write %s", path);
                failed(said, PINFOLD_STAGE_MAP_IDS, what);
        }
        if (fd >= 0)
                close(fd);
        return written ? 0 : -1;
}

/* One's own ids, under their own numbers. */
static int unshare_mapped(struct pinfold_error *said, int flags)
{
        char uids[32], gids[32];

        snprintf(uids, sizeof(uids), "%u %u 1\n", geteuid(), geteuid());
        snprintf(gids, sizeof(gids), "%u %u 1\n", getegid(), getegid());
        if (unshare(CLONE_NEWUSER | flags) < 0)
                return failed(said, PINFOLD_STAGE_START, "create namespaces");
        if (write_file(said, "/proc/self/setgroups", "deny") < 0 || write_file(said, "/proc/self/uid_map", uids) < 0)
                return -1;
        return write_file(said, "/proc/self/gid_map", gids);
}

int attempt_id_map(struct pinfold_error *said)
{
        return unshare_mapped(said, 0);
}

int attempt_enter(struct pinfold_error *said)
{
        int status;
        pid_t pid;

        if (unshare_mapped(said, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET) < 0)
                return -1;
        pid = fork();
        if (pid < 0)
                return failed(said, PINFOLD_STAGE_FORK, "fork");
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                return 0;
        }
        /* Whoever waits for us learns how it ended. */
        if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
                raise(WTERMSIG(status));
        _exit(0);
}

/* ---- File systems ---------------------------------------------------------------------------------------------- */

/* The options end with NULL. Returns a detached mount, or -1. */
static int new_mount(struct pinfold_error *said, const char *type, const char *const *options)
{
        char what[64];
        int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), r = fs, mount = -1;

        snprintf(what, sizeof(what), "open file system %s", type);
        for (; r >= 0 && options && options[0]; options += 2) {
                r = (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, options[0], options[1], 0);
                snprintf(what, sizeof(what), "set option %s of %s", options[0], type);
        }
        if (r >= 0) {
                r = (int)syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
                snprintf(what, sizeof(what), "create file system %s", type);
        }
        if (r >= 0) {
                r = mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
                snprintf(what, sizeof(what), "mount file system %s", type);
        }
        return r < 0 ? failed(said, PINFOLD_STAGE_NEW_ROOT, what) : mount;
}

/* A scratch tmpfs in place of proc, which is everywhere, and needed no more. */
static int cover_proc(struct pinfold_error *said)
{
        int mount = new_mount(said, "tmpfs", NULL);

        if (mount < 0)
                return -1;
        if (syscall(SYS_move_mount, mount, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH) < 0)
                return failed(said, PINFOLD_STAGE_NEW_ROOT, "attach a mount (move_mount)");
        return mount;
}

int attempt_mount_calls(struct pinfold_error *said)
{
        struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
        struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
        int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

        if (tree < 0)
                return failed(said, PINFOLD_STAGE_NEW_ROOT, "copy the mounts below / (open_tree)");
        if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof(attributes)) < 0)
                return failed(said, PINFOLD_STAGE_NEW_ROOT, "make mounts read-only (mount_setattr)");
        if (syscall(SYS_openat2, tree, "/", &how, sizeof(how)) < 0)
                return failed(said, PINFOLD_STAGE_NEW_ROOT, "open below a directory (openat2)");
        return cover_proc(said) < 0 ? -1 : 0;
}

int attempt_proc(struct pinfold_error *said)
{
        snprintf(said->op_name, sizeof(said->op_name), "proc");
        return new_mount(said, "proc", NULL) < 0 ? -1 : 0;
}

int attempt_devpts(struct pinfold_error *said)
{
        static const char *const options[] = {"ptmxmode", "0666", "mode", "620", NULL};

        return new_mount(said, "devpts", options) < 0 ? -1 : 0;
}

/* As the flag `ephemeral` makes them. */
int attempt_overlay(struct pinfold_error *said)
{
        static const char *const options[] = {
                "lowerdir", "/proc/lower", "upperdir", "/proc/upper", "workdir", "/proc/work", NULL,
        };

        if (cover_proc(said) < 0)
                return -1;
        if (mkdir("/proc/lower", 0755) < 0 || mkdir("/proc/upper", 0755) < 0 || mkdir("/proc/work", 0755) < 0)
                return failed(said, PINFOLD_STAGE_NEW_ROOT, "create layers");
        return new_mount(said, "overlay", options) < 0 ? -1 : 0;
}

/* ---- Processes ------------------------------------------------------------------------------------------------- */

int attempt_process_calls(struct pinfold_error *said)
{
        siginfo_t info;
        pid_t pid = fork();
        int pidfd;

        if (pid < 0)
                return failed(said, PINFOLD_STAGE_FORK, "fork");
        if (pid == 0)
                for (;;)
                        pause();
        pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (pidfd < 0)
                failed(said, PINFOLD_STAGE_NONE, "pidfd_open");
        else if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0)
                failed(said, PINFOLD_STAGE_NONE, "pidfd_send_signal");
        else if (waitid((idtype_t)P_PIDFD_, (id_t)pidfd, &info, WEXITED) < 0)
                failed(said, PINFOLD_STAGE_NONE, "waitid on a pidfd");
        else if (syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC_) < 0)
                failed(said, PINFOLD_STAGE_NONE, "close_range");
        if (said->error == 0)
                return 0;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return -1;
}

int attempt_clone3(struct pinfold_error *said)
{
        struct clone_args arguments = {.exit_signal = SIGCHLD};
        pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));

        if (pid == 0)
                _exit(0);
        if (pid < 0)
                return failed(said, PINFOLD_STAGE_NONE, "clone3");
        waitpid(pid, NULL, 0);
        return 0;
}

int attempt_seccomp(struct pinfold_error *said)
{
        static const struct {
                uint32_t action;
                const char *name;
        } actions[] = {
                {SECCOMP_RET_ALLOW, "allow"}, {SECCOMP_RET_ERRNO, "errno"}, {SECCOMP_RET_KILL_PROCESS, "kill_process"},
                {SECCOMP_RET_TRAP, "trap"}, {SECCOMP_RET_LOG, "log"},
        };
        struct sock_filter instruction = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        const struct sock_fprog program = {.len = 1, .filter = &instruction};
        bool filtered = prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER;

        for (size_t i = 0; i < COUNT(actions); i++)
                if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &actions[i].action) < 0) {
                        char what[32];

                        snprintf(what, sizeof(what), "action %s", actions[i].name);
                        return failed(said, PINFOLD_STAGE_SECCOMP, what);
                }
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
            syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
                return failed(said, PINFOLD_STAGE_SECCOMP, "load a filter");
        say(said, "filters and their actions%s", filtered ? "; there is a filter around pinfold already" : "");
        return 0;
}

int attempt_landlock(struct pinfold_error *said)
{
        int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

        if (abi < 0)
                return failed(said, PINFOLD_STAGE_LANDLOCK, "ask for its ABI");
        say(said, "ABI %d", abi);
        if (abi >= 6)
                return 0;
        said->stage = PINFOLD_STAGE_LANDLOCK;
        said->error = ENOSYS;
        return -1;
}

/* A file that can only be no program: the error tells whether the kernel looked into it. */
int attempt_memfd(struct pinfold_error *said)
{
        char *const argv[] = {(char[]){"pinfold"}, NULL}, *const environment[] = {NULL};
        int fd = memfd_create("pinfold", MFD_CLOEXEC | MFD_EXEC_);

        if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
                fd = memfd_create("pinfold", MFD_CLOEXEC);
        if (fd < 0)
                return failed(said, PINFOLD_STAGE_START, "create a memory file that may be executed");
        if (write(fd, "no", 2) != 2)
                return failed(said, PINFOLD_STAGE_START, "write to a memory file");
        syscall(SYS_execveat, fd, "", argv, environment, AT_EMPTY_PATH);
        return errno == ENOEXEC ? 0 : failed(said, PINFOLD_STAGE_START, "execute a memory file");
}

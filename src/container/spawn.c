/* SPDX-License-Identifier: MIT */
/*
 * Theory of operation. The caller may be large, threaded, and in any language: it is never forked. One clone(2) with
 * CLONE_VM|CLONE_VFORK creates the namespaces and a child that shares the caller's memory; the calling thread sleeps until
 * the child has executed pinfold-init. So the cost does not depend on the caller's size, and nothing of its memory gets
 * into the container.
 *
 * While memory is shared:
 *  - all signals are blocked, also those that the C library keeps for itself: a handler of the caller must not run there;
 *  - the child has a stack of its own, calls nothing but the system (no function that anybody may have put in place of
 *    the C library's, as sanitizers do), and changes nothing that is shared. Capabilities and descriptors are its own.
 *
 * Init is executed from a sealed memfd, so that no file has to be installed or found; where that is forbidden (vm.memfd_noexec,
 * a security module), from the installed file. Where the caller may not create namespaces, the installed file is the launcher,
 * which may.
 */
#define _GNU_SOURCE

#include "container/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/container.h"
#include "container/init_image.h"
#include "syscall/capability.h"
#include "syscall/clone.h"
#include "syscall/common.h"
#include "syscall/process.h"
#include "syscall/socket.h"
#include "wire/handover.h"
#include "wire/message.h"

#define STACK_SIZE (16 * 1024)
#define MFD_EXEC_ 0x0010u
#define SEAL_TRIES 10

#ifndef PINFOLD_INIT_PATH
#define PINFOLD_INIT_PATH "/usr/local/libexec/pinfold-init"
#endif

/* What the child is given, and what it leaves when it fails before the execution. */
struct child {
        int image; /* memfd, or -1: use the installed file */
        const char *installed; /* what was tried then, and why */
        int handed[4]; /* descriptors that it keeps, or -1 */
        bool own_group;
        uint64_t capabilities; /* none for the launcher */
        char *argv[LAUNCHER_ARGUMENTS + 1];
        int error;
        const char *what;
};

#if defined(__has_attribute) && __has_attribute(no_sanitize)
#define SHARES_MEMORY __attribute__((noinline, no_sanitize("address", "undefined", "thread")))
#else
#define SHARES_MEMORY __attribute__((noinline))
#endif

SHARES_MEMORY static int child_fail(struct child *child, const char *what, int r)
{
        child->what = what;
        child->error = -r;
        return 1;
}

SHARES_MEMORY static int child_run(void *argument)
{
        struct child *child = argument;
        char *const environment[] = {NULL};
        int r = child->capabilities ? sys_capabilities_raise(child->capabilities) : 0;

        if (r < 0)
                return child_fail(child, "raise capabilities", r);
        /* What a terminal, or timeout(1), sends to the caller's process group is the caller's business: it tells init. */
        if (child->own_group && (r = sys_call(__NR_setpgid, 0, 0)) < 0)
                return child_fail(child, "create a process group", r);
        /* Whatever the caller has open, init gets two descriptors, and those that it is to join. */
        r = sys_cloexec_from(0);
        for (size_t i = 0; r == 0 && i < ELEMENTS(child->handed); i++)
                if (child->handed[i] >= 0)
                        r = sys_call(__NR_fcntl, child->handed[i], F_SETFD, 0);
        if (r < 0)
                return child_fail(child, "hand descriptors over", r);
        if (child->image >= 0) {
                r = sys_call(__NR_execveat, child->image, "", child->argv, environment, AT_EMPTY_PATH);
                if (r != -EACCES && r != -EPERM)
                        return child_fail(child, "execute the built-in pinfold-init", r);
        }
        r = sys_call(__NR_execve, PINFOLD_INIT_PATH, child->argv, environment);
        return child_fail(child, child->installed, r);
}

#define INSTALLED_FOR(reason) "execute " PINFOLD_INIT_PATH ", as " reason

/* -1 where a memory file will not do: then the installed file is used, and ret_installed says why. */
static int open_image(int *ret, const char **ret_installed, struct pinfold_error *err)
{
        struct rlimit limit;

        *ret_installed = INSTALLED_FOR("memory may not be executed");
        /* Writing past it raises SIGXFSZ, which would end the caller. */
        if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < init_image_size) {
                *ret_installed = INSTALLED_FOR("the limit of file sizes is too low for a memory file");
                *ret = -1;
                return 0;
        }
        _cleanup_close_ int fd = sys_call(__NR_memfd_create, INIT_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC_);

        if (fd == -EINVAL) /* before Linux 6.3 */
                fd = sys_call(__NR_memfd_create, INIT_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (fd == -EACCES || fd == -EPERM || fd == -ENOSYS) {
                *ret = -1;
                return 0;
        }
        if (fd < 0)
                return error_set(err, -fd, "create a memory file for pinfold-init");
        for (size_t done = 0; done < init_image_size;) {
                ssize_t written = write(fd, init_image + done, init_image_size - done);

                if (written < 0 && errno == EINTR)
                        continue;
                if (written <= 0)
                        return error_set(err, written < 0 ? errno : EIO, "write pinfold-init to memory");
                done += (size_t)written;
        }
        /* The container's program can reach the file when something goes wrong; nobody shall be able to change it. */
        int sealed;

        /* EBUSY: the kernel itself has a page in its hands for a moment (memory that is compacted, or watched). */
        for (int i = 0; i < SEAL_TRIES; i++) {
                sealed = fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
                if (sealed == 0 || errno != EBUSY)
                        break;
        }
        if (sealed < 0)
                return error_set(err, errno, "seal the memory file of pinfold-init");
        *ret = take_fd(&fd);
        return 0;
}

int spawn_image(void)
{
        struct pinfold_error ignored; /* the first start says what is wrong */
        const char *installed;
        int image;

        return open_image(&image, &installed, &ignored) < 0 ? -1 : image;
}

static int move_to_cgroup(int cgroup, pid_t pid, struct pinfold_error *err)
{
        _cleanup_close_ int fd = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        char text[16];
        int length = snprintf(text, sizeof(text), "%d", (int)pid);

        if (fd < 0 || write(fd, text, (size_t)length) != length) {
                error_set(err, errno, "write cgroup.procs");
                error_stage(err, PINFOLD_STAGE_CGROUP);
                return -err->error;
        }
        return 0;
}

/* Whoever cannot be moved is ended. */
static int move_spawned(int cgroup, const struct spawned *spawned, struct pinfold_error *err)
{
        int status;

        if (move_to_cgroup(cgroup, spawned->pid, err) == 0)
                return 0;
        sys_pidfd_signal(spawned->pidfd, SIGKILL);
        sys_pidfd_reap(spawned->pidfd, true, &status);
        close_fd(spawned->pidfd);
        return -err->error;
}

/* The library's wrapper would leave the C library's own two signals unblocked. */
static void block_signals(uint64_t *ret_old)
{
        uint64_t all = ~UINT64_C(0);

        syscall(__NR_rt_sigprocmask, SIG_SETMASK, &all, ret_old, sizeof(all));
}

static void restore_signals(const uint64_t *old)
{
        syscall(__NR_rt_sigprocmask, SIG_SETMASK, old, NULL, sizeof(*old));
}

static void cleanup_stack(char **stack)
{
        sys_unmap_stack(*stack, STACK_SIZE);
}

/* That of cgroups begins with the cgroup that the creator is in: where another one was chosen, it is created in there. */
static uint64_t namespaces(const struct spawn *spawn)
{
        unsigned flags = spawn->flags;

        return (spawn->userns >= 0 ? 0 : CLONE_NEWUSER) | CLONE_NEWNS | (flags & PINFOLD_HOST_PID ? 0 : CLONE_NEWPID) |
               (flags & PINFOLD_HOST_CGROUP || spawn->cgroup >= 0 ? 0 : CLONE_NEWCGROUP) |
               (flags & PINFOLD_HOST_IPC ? 0 : CLONE_NEWIPC) | (flags & PINFOLD_HOST_UTS ? 0 : CLONE_NEWUTS) |
               (flags & PINFOLD_HOST_NET ? 0 : CLONE_NEWNET);
}

static pid_t clone_child(uint64_t flags, int cgroup, char *stack, struct child *child, int *ret_pidfd)
{
        struct sys_clone clone = {
                .flags = CLONE_VM | CLONE_VFORK | flags,
                .stack = stack,
                .stack_size = STACK_SIZE,
                .cgroup = cgroup,
                .run = child_run,
                .argument = child,
        };
        uint64_t mask;
        pid_t pid;

        block_signals(&mask);
        pid = sys_clone(&clone, ret_pidfd);
        restore_signals(&mask);
        return pid;
}

static bool is_cgroup_error(int r)
{
        return r == -EBADF || r == -EBUSY || r == -EOPNOTSUPP || r == -EACCES || r == -ENOENT;
}

static int spawn_child(uint64_t flags, int cgroup, struct child *child, struct spawned *spawned, struct pinfold_error *err)
{
        /* Not the caller's: a thread's can be as small as this. */
        _cleanup_(cleanup_stack) char *stack = sys_map_stack(STACK_SIZE);
        bool move = false;

        if (!stack)
                return error_set(err, ENOMEM, "allocate a stack");
        spawned->pid = clone_child(flags, cgroup, stack, child, &spawned->pidfd);
        if (spawned->pid == -ENOSYS && cgroup >= 0) {
                move = true;
                spawned->pid = clone_child(flags, -1, stack, child, &spawned->pidfd);
        }
        if (spawned->pid < 0) {
                bool at_cgroup = cgroup >= 0 && is_cgroup_error(spawned->pid);

                error_set(err, -spawned->pid, at_cgroup ? "clone into it" : "clone");
                error_stage(err, at_cgroup ? PINFOLD_STAGE_CGROUP : PINFOLD_STAGE_START);
                return -err->error;
        }
        if (child->error) {
                int status;

                sys_pidfd_reap(spawned->pidfd, true, &status);
                close_fd(spawned->pidfd);
                return error_set(err, child->error, "%s", child->what);
        }
        return move ? move_spawned(cgroup, spawned, err) : 0;
}

/* The number of the process that the pidfd is of, for whom it is another one than for its creator. */
static int find_pid(struct spawned *spawned, struct pinfold_error *err)
{
        char path[40], line[64];
        FILE *file;

        snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", spawned->pidfd);
        file = fopen(path, "re");
        while (file && spawned->pid <= 0 && fgets(line, sizeof(line), file))
                sscanf(line, "Pid: %d", &spawned->pid);
        if (file)
                fclose(file);
        if (spawned->pid > 0)
                return 0;
        sys_pidfd_signal(spawned->pidfd, SIGKILL);
        close_fd(spawned->pidfd);
        return error_path(err, ESRCH, "read", path);
}

/* The next packet, of that size and type, of the process that the pidfd is of. */
static int await_packet(int socket, int pidfd, void *ret, size_t expected, uint32_t type, int *ret_pidfd)
{
        struct pollfd sources[] = {{.fd = socket, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
        size_t count = 0;
        uint32_t first;
        ssize_t size;

        while (poll(sources, ELEMENTS(sources), -1) < 0 && errno == EINTR)
                ;
        *ret_pidfd = -1;
        size = sys_receive(socket, ret, expected, ret_pidfd, 1, &count);
        if (size == -EAGAIN)
                return -ECHILD; /* it has ended, and said nothing */
        if (size < 0)
                return (int)size;
        memcpy(&first, ret, sizeof(first));
        return (size_t)size == expected && first == type ? 0 : -ECHILD;
}

static int await_launcher(int socket, int launcher, struct launched *ret, int *ret_pidfd)
{
        return await_packet(socket, launcher, ret, sizeof(*ret), PACKET_LAUNCHED, ret_pidfd);
}

/* What PID 1 says before all else where we cannot look at it: it is undumpable from the beginning. */
static int await_located(const struct spawn *spawn, int socket, struct spawned *spawned, struct pinfold_error *err)
{
        struct located located = {0};
        int nothing, status;
        int r = await_packet(socket, spawned->pidfd, &located, sizeof(located), PACKET_LOCATED, &nothing);

        close_fd(nothing);
        memcpy(spawned->namespaces, located.namespaces, sizeof(located.namespaces));
        /* Its own is still to come, once it is in the cgroup: see namespaces. */
        if (spawn->cgroup >= 0 && !(spawn->flags & PINFOLD_HOST_CGROUP))
                spawned->namespaces[NAMESPACE_CGROUP] = 0;
        if (r == 0)
                return 0;
        sys_pidfd_signal(spawned->pidfd, SIGKILL);
        sys_pidfd_reap(spawned->pidfd, true, &status);
        spawned->pidfd = close_fd(spawned->pidfd);
        return error_set(err, -r, r == -ECHILD ? "launch pinfold-init: it ended before it said what namespaces it is in"
                                               : "launch pinfold-init: receive what namespaces it is in");
}

static int launch_failed(const struct launched *launched, struct pinfold_error *err)
{
        return error_set(err, (int)launched->error, "%s",
                         launched->step == LAUNCHED_USERNS  ? "join the user namespace"
                         : launched->step == LAUNCHED_PIDNS ? "join the process namespace"
                                                            : "launch pinfold-init: clone");
}

static int await_launched(int socket, int launcher, struct spawned *ret, struct pinfold_error *err)
{
        struct launched launched = {0};
        int pidfd, status, r;

        /* First what it is, then what it takes a descriptor for. */
        r = await_launcher(socket, launcher, &launched, &pidfd);
        if (r < 0)
                return error_set(err, -r, r == -ECHILD ? "launch pinfold-init: it ended before it said anything" : "launch pinfold-init");
        if (launched.step == LAUNCHED_MIDDLE && pidfd >= 0) {
                r = await_launched(socket, pidfd, ret, err);
                sys_pidfd_reap(pidfd, true, &status);
                close_fd(pidfd);
                return r;
        }
        if (launched.error)
                return launch_failed(&launched, err);
        ret->pid = (pid_t)launched.pid;
        r = await_launcher(socket, launcher, &launched, &ret->pidfd);
        if (r == 0 && ret->pidfd >= 0)
                return ret->pid > 0 ? 0 : find_pid(ret, err);
        /* PID 1 ends when nobody is at the other end of its socket. It is our child, and nobody else's to reap. */
        shutdown(socket, SHUT_RDWR);
        if (ret->pid > 0)
                waitpid(ret->pid, NULL, __WALL);
        return error_set(err, r < 0 ? -r : ECHILD, "launch pinfold-init: receive its pidfd");
}

/*
 * Where only programs with a profile may create user namespaces, the installed init may have one (packaging/apparmor), and creates
 * them in our place. It can do nothing for us that we could not do with the profile. And a child that shares our memory cannot join a user
 * namespace: that would make us undumpable.
 */
static int launch(const struct spawn *spawn, uint64_t created, struct child *child, int socket, struct spawned *ret,
                  struct pinfold_error *err)
{
        struct spawned launcher;
        char flags[24], userns[16], pidns[16];
        int r, status;

        snprintf(flags, sizeof(flags), "%llx", (unsigned long long)created);
        snprintf(userns, sizeof(userns), "%d", spawn->userns);
        snprintf(pidns, sizeof(pidns), "%d", spawn->pidns);
        child->capabilities = 0;
        child->argv[INIT_ARGUMENTS] = flags;
        child->argv[INIT_ARGUMENTS + 1] = userns;
        child->argv[INIT_ARGUMENTS + 2] = pidns;
        child->error = 0;
        r = spawn_child(0, -1, child, &launcher, err);
        if (r < 0)
                return r;
        r = await_launched(socket, launcher.pidfd, ret, err);
        sys_pidfd_reap(launcher.pidfd, true, &status);
        close_fd(launcher.pidfd);
        if (r == 0 && spawn->userns >= 0)
                r = await_located(spawn, socket, ret, err);
        return r == 0 && spawn->cgroup >= 0 ? move_spawned(spawn->cgroup, ret, err) : r;
}

static void hand_over(char *text, size_t size, const struct spawn *spawn, uint64_t created)
{
        int length = snprintf(text, size, "%llx", (unsigned long long)spawn->capabilities);

        if (spawn->flags & PINFOLD_HOST_PID)
                text[length++] = HANDOVER_HOST_PID;
        if (created & CLONE_NEWCGROUP)
                text[length++] = HANDOVER_CGROUP;
        text[length] = '\0';
}

static int launch_installed(const struct spawn *spawn, uint64_t created, struct child *child, int socket, struct spawned *ret)
{
        struct pinfold_error ignored; /* the first one is what has to be cured */

        child->image = -1; /* the profile is attached by path */
        child->installed = INSTALLED_FOR("namespaces are refused");
        return launch(spawn, created, child, socket, ret, &ignored);
}

/* In one clone where that is possible. */
static int create(const struct spawn *spawn, uint64_t created, struct child *child, int socket, struct spawned *ret,
                  struct pinfold_error *err)
{
        if (spawn->userns >= 0 || spawn->pidns >= 0)
                return launch(spawn, created, child, socket, ret, err);
        return spawn_child(created, spawn->cgroup, child, ret, err);
}

int spawn_init(const struct spawn *spawn, struct spawned *ret, struct pinfold_error *err)
{
        _cleanup_close_ int ours = -1, theirs = -1, caller = -1, own_image = -1;
        char socket_text[16], caller_text[16], capabilities[24];
        const char *installed = INSTALLED_FOR("memory may not be executed");
        uint64_t created = namespaces(spawn);
        struct child child;
        int pair[2], r;

        error_stage(err, PINFOLD_STAGE_START);
        /* Packets: a signal from one thread must not tear the setup message of another. */
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return error_set(err, errno, "create the setup socket");
        ours = pair[0];
        theirs = pair[1];
        caller = sys_pidfd_open(getpid());
        if (caller < 0)
                return error_set(err, -caller, "open a pidfd of the calling process");
        r = spawn->image >= 0 ? 0 : open_image(&own_image, &installed, err);
        if (r < 0)
                return r;
        snprintf(socket_text, sizeof(socket_text), "%d", theirs);
        snprintf(caller_text, sizeof(caller_text), "%d", caller);
        hand_over(capabilities, sizeof(capabilities), spawn, created);
        child = (struct child){
                .image = spawn->image >= 0 ? spawn->image : own_image,
                .installed = installed,
                .handed = {theirs, caller, spawn->userns, spawn->pidns},
                .own_group = !(spawn->flags & PINFOLD_RETAIN_GROUP),
                .capabilities = SETUP_CAPABILITIES | spawn->capabilities,
                .argv = {(char[]){INIT_NAME}, socket_text, caller_text, capabilities, NULL},
        };
        r = create(spawn, created, &child, ours, ret, err);
        if (r == -ENOSPC && (created & CLONE_NEWCGROUP)) {
                created &= ~(uint64_t)CLONE_NEWCGROUP;
                hand_over(capabilities, sizeof(capabilities), spawn, created);
                r = create(spawn, created, &child, ours, ret, err);
        }
        if ((r == -EPERM || r == -EACCES) && err->stage == PINFOLD_STAGE_START && access(PINFOLD_INIT_PATH, X_OK) == 0 &&
            launch_installed(spawn, created, &child, ours, ret) == 0)
                r = 0;
        if (r == 0)
                ret->socket = take_fd(&ours);
        return r;
}

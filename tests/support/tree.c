/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "support/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/box.h"

struct request {
        enum { MOUNT, UNMOUNT, SET, CHURN, CALM } what;
        char source[512], target[512], type[32], data[128];
        unsigned long long flags;
};

static int helper = -1; /* socket */
static pid_t helper_pid;
static const char *place;
static pid_t owner;

static int obey(const struct request *request)
{
        struct {
                uint64_t set, clear, propagation, userns;
        } attributes = {.set = request->flags};

        switch (request->what) {
        case MOUNT:
                return mount(request->source, request->target, *request->type ? request->type : NULL,
                             (unsigned long)request->flags, request->data);
        case UNMOUNT:
                return umount2(request->target, MNT_DETACH);
        default:
                return (int)syscall(__NR_mount_setattr, AT_FDCWD, request->target, 0, &attributes, sizeof(attributes));
        }
}

/* Without a pause: mounts are there about half of the time. Returns how many times, or a negative errno. */
static int churn(int socket, const char *target)
{
        struct pollfd calm = {.fd = socket, .events = POLLIN};
        char below[600];

        snprintf(below, sizeof(below), "%s/below", target);
        for (int count = 0;; count++) {
                if (poll(&calm, 1, 0) != 0)
                        return count;
                if (mount("churn", target, "tmpfs", 0, "mode=0777") < 0 || mkdir(below, 0777) < 0 ||
                    mount("below", below, "tmpfs", 0, NULL) < 0 ||
                    mount("", target, "", MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0 ||
                    mount("", target, "", MS_REMOUNT | MS_BIND | MS_NOEXEC, NULL) < 0)
                        return -errno;
                usleep(100);
                if (umount2(target, MNT_DETACH) < 0)
                        return -errno;
                usleep(100);
        }
}

static void help(int socket)
{
        struct request request;
        int churned = 0;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (read(socket, &request, sizeof(request)) == sizeof(request)) {
                int error;

                if (request.what == CHURN) {
                        churned = churn(socket, request.target);
                        continue;
                }
                error = request.what == CALM ? churned : obey(&request) < 0 ? errno : 0;

                if (write(socket, &error, sizeof(error)) != sizeof(error))
                        break;
        }
        _exit(0);
}

static int ask(const struct request *request)
{
        int error = EIO;

        if (write(helper, request, sizeof(*request)) != sizeof(*request) ||
            read(helper, &error, sizeof(error)) != sizeof(error))
                return EIO;
        return error;
}

static void must(int result, const char *what)
{
        if (result < 0) {
                perror(what);
                exit(1);
        }
}

static void write_map(const char *path, const char *map)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        must(fd, path);
        must((int)write(fd, map, strlen(map)), path);
        close(fd);
}

static void unshare_all(void)
{
        unsigned uid = geteuid(), gid = getegid();

        if (uid == 0) {
                must(unshare(CLONE_NEWNS), "unshare");
        } else {
                must(unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare");
                write_map("/proc/self/setgroups", "deny");
                write_map("/proc/self/uid_map", format("%u %u 1", uid, uid));
                write_map("/proc/self/gid_map", format("%u %u 1", gid, gid));
        }
        must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount private");
}

static void drop_capabilities(void)
{
        struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
        struct __user_cap_data_struct none[2] = {{0}};

        must((int)syscall(__NR_capset, &header, none), "capset");
}

static void clean_up(void)
{
        struct request request = {.what = UNMOUNT};

        if (getpid() != owner)
                return;
        snprintf(request.target, sizeof(request.target), "%s", place);
        ask(&request);
        close(helper);
        waitpid(helper_pid, NULL, 0);
}

static void begin(void)
{
        int ends[2];

        owner = getpid();
        place = temporary_directory(); /* and so is removed after clean_up */
        unshare_all();
        must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
        helper_pid = fork();
        must(helper_pid, "fork");
        if (helper_pid == 0) {
                close(ends[0]);
                help(ends[1]);
        }
        close(ends[1]);
        helper = ends[0];
        atexit(clean_up);
        if (geteuid() != 0)
                drop_capabilities();
        tree_mount("tree", place, "tmpfs", 0, "mode=0755");
}

const char *tree(void)
{
        if (helper < 0)
                begin();
        return place;
}

static void ask_or_fail(const struct request *request)
{
        int error = ask(request);

        if (error)
                fail_msg("mount on %s: %s", request->target, strerror(error));
}

void tree_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)
{
        struct request request = {.what = MOUNT, .flags = flags};

        snprintf(request.source, sizeof(request.source), "%s", source);
        snprintf(request.target, sizeof(request.target), "%s", target);
        snprintf(request.type, sizeof(request.type), "%s", type ? type : "");
        snprintf(request.data, sizeof(request.data), "%s", data ? data : "");
        ask_or_fail(&request);
}

void tree_unmount(const char *target)
{
        struct request request = {.what = UNMOUNT};

        snprintf(request.target, sizeof(request.target), "%s", target);
        ask_or_fail(&request);
}

void tree_churn(const char *target)
{
        struct request request = {.what = CHURN};

        snprintf(request.target, sizeof(request.target), "%s", target);
        assert_int_equal(write(helper, &request, sizeof(request)), sizeof(request));
}

int tree_calm(void)
{
        int count = ask(&(struct request){.what = CALM});

        if (count < 0)
                fail_msg("mounts that come and go: %s", strerror(-count));
        return count;
}

void tree_set(const char *target, unsigned long long attributes)
{
        struct request request = {.what = SET, .flags = attributes};

        snprintf(request.target, sizeof(request.target), "%s", target);
        ask_or_fail(&request);
}

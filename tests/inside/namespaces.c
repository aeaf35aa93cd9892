/* SPDX-License-Identifier: MIT */
/* Names and networks, keys, cgroups, processes and sockets of the host: what of them is inside. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "inside/probe.h"
#include "inside/refuse.h"
#include "life/child.h"
#include "support/box.h"
#include "support/kernel.h"

static struct pinfold *box_flagged(unsigned flags)
{
        struct pinfold *box = box_with_probe("");

        pinfold_set_flags(box, flags, 1);
        return box;
}

static const char *own_namespace(const char *name)
{
        static char target[64];
        ssize_t length = readlink(format("/proc/self/ns/%s", name), target, sizeof(target) - 1);

        assert_true(length > 0);
        target[length] = '\0';
        return target;
}

/* Is the program's namespace ours? */
static int shares(const char *name, unsigned flags)
{
        struct pinfold *box = box_new(format("exec readlink /proc/self/ns/%s", name));
        char *output;
        int same;

        pinfold_set_flags(box, flags, 1);
        output = box_output(box, 0);
        same = strcmp(strtok(output, "\n"), own_namespace(name)) == 0;
        free(output);
        return same;
}

TEST(every_namespace_is_its_own)
{
        static const char *const names[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                assert_int_equal(shares(names[i], 0), 0);
                assert_int_equal(shares(names[i], PINFOLD_PRIVILEGED), 0);
                assert_int_equal(shares(names[i], PINFOLD_HOST_NET | PINFOLD_HOST_ABSTRACT), strcmp(names[i], "net") == 0);
        }
}

/* ---- Host name --------------------------------------------------------------------------------------------------- */

TEST(the_host_name)
{
        char name[65] = "", *output;
        struct pinfold *box = box_new("hostname");

        gethostname(name, sizeof(name));
        output = box_output(box, 0);
        assert_string_equal(output, format("%s\n", name));
        free(output);
        box = box_new("hostname");
        pinfold_set_hostname(box, "0123456789012345678901234567890123456789012345678901234567890123");
        output = box_output(box, 0);
        assert_string_equal(output, "0123456789012345678901234567890123456789012345678901234567890123\n");
        free(output);
        gethostname(name, sizeof(name));
        assert_string_not_equal(name, "0123456789012345678901234567890123456789012345678901234567890123");
}

/* ---- Network ----------------------------------------------------------------------------------------------------- */

TEST(a_network_with_a_loopback_alone)
{
        assert_inside(box_flagged(0), "loopback", "interface lo\nlo is up\nconnect: ok\nreceived x\n");
}

/* A host server on loopback is another loopback's. */
TEST(the_hosts_network_on_request)
{
        char *ours = read_file("/proc/net/dev"), *output;
        struct pinfold *box = box_new("exec cut -d: -f1 /proc/net/dev");
        char *line;

        pinfold_set_flags(box, PINFOLD_HOST_NET | PINFOLD_HOST_ABSTRACT, 1);
        output = box_output(box, 0);
        line = output;
        for (char *at = strtok(ours, "\n"); at; at = strtok(NULL, "\n")) {
                at[strcspn(at, ":")] = '\0';
                assert_true(strncmp(line, at, strlen(at)) == 0);
                line += strcspn(line, "\n") + 1;
        }
        free(ours);
        free(output);
}

/* ---- Abstract sockets: threats, 7 -------------------------------------------------------------------------------- */

static int listen_abstract(const char *name)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        memcpy(address.sun_path + 1, name, strlen(name));
        assert_int_equal(bind(fd, (struct sockaddr *)&address,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))),
                         0);
        assert_int_equal(listen(fd, 5), 0);
        return fd;
}

TEST(abstract_sockets_of_the_host)
{
        const char *name = format("pinfold-test-%d", (int)getpid()), *command = format("abstract %s", name);
        int listener = listen_abstract(name);

        assert_inside(box_flagged(0), command, "connect: Connection refused\n"); /* not in this network */
        assert_inside(box_flagged(PINFOLD_HOST_ABSTRACT), command, "connect: Connection refused\n");
        assert_inside(box_flagged(PINFOLD_HOST_NET | PINFOLD_HOST_ABSTRACT), command, "connect: ok\n");
        if (landlock_scopes()) {
                assert_inside(box_flagged(PINFOLD_HOST_NET), command, "connect: Operation not permitted\n");
                assert_inside(box_flagged(PINFOLD_HOST_NET | PINFOLD_PRIVILEGED), command,
                              "connect: Operation not permitted\n");
        } else {
                box_error(box_flagged(PINFOLD_HOST_NET), PINFOLD_STAGE_LANDLOCK, ENOSYS);
        }
        close(listener);
}

/* ---- Signals out ------------------------------------------------------------------------------------------------- */

/* PID 1 is the one process in view that is outside of the scope; without it the signal is permitted, and PID 1 ignores it. */
TEST(signals_do_not_leave_the_scope)
{
        char *output = box_output(box_new("kill -0 1 2>&1; kill -0 $$ && echo own"), 0);

        assert_int_equal(strstr(output, "Operation not permitted") != NULL, landlock_scopes());
        assert_non_null(strstr(output, "own\n"));
        free(output);
}

/* A descriptor of a process outside, even one handed in, is no way either. */
TEST(a_pidfd_from_outside)
{
        int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
        struct pinfold *box = box_flagged(PINFOLD_NO_SECCOMP);
        char *output;

        assert_true(pidfd >= 0);
        pinfold_add_file(box, pidfd);
        output = inside(box, "signal-pidfd 3");
        assert_string_not_equal(output, "signal: ok\n");
        free(output);
        close(pidfd);
}

/* ---- Keys: threats, 20 ------------------------------------------------------------------------------------------- */

static void with_keys(void **state)
{
        const char *name = format("pinfold-test-%d", (int)getpid());
        long key;

        (void)state;
        /* A session keyring of our own, so that nothing of the machine's is touched. */
        assert_true(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) > 0);
        key = syscall(SYS_add_key, "user", name, "secret", 6, KEY_SPEC_SESSION_KEYRING);
        assert_true(key > 0);
        assert_true(syscall(SYS_keyctl, KEYCTL_LINK, key, KEY_SPEC_USER_KEYRING) == 0);
        /* Here it is found. */
        assert_int_equal(syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", name, 0), key);
        assert_inside(box_flagged(PINFOLD_NO_SECCOMP), format("search-keys %s", name),
                      "search session: Required key not available\nsearch user: Required key not available\n"
                      "add session: ok\n");
        assert_inside(box_flagged(PINFOLD_NO_SECCOMP), format("read-key %ld", key), "read: Permission denied\n");
        /* What was added inside is not in ours. */
        assert_int_equal(syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", name, 0), key);
        /* The filter refuses all of it anyway. */
        assert_inside(box_flagged(0), format("search-keys %s", name),
                      "search session: Operation not permitted\nsearch user: Operation not permitted\n"
                      "add session: Operation not permitted\n");
        syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING);
}

TEST(keys_of_the_caller_are_out_of_reach)
{
        in_child(with_keys);
}

/* ---- Cgroups ----------------------------------------------------------------------------------------------------- */

TEST(the_cgroup_view_begins_here)
{
        char *output = box_output(box_new("exec cat /proc/self/cgroup"), 0), *ours = read_file("/proc/self/cgroup");
        int lines = 0;

        for (char *line = strtok(output, "\n"); line; line = strtok(NULL, "\n"), lines++)
                if (strcmp(strchr(strchr(line, ':') + 1, ':'), ":/") != 0)
                        fail_msg("%s", line);
        for (const char *at = ours; *at; at++)
                lines -= *at == '\n';
        assert_int_equal(lines, 0);
        free(output);
        free(ours);
}

static const char *group;

/* A cgroup v2 hierarchy at a directory of ours, with a group for the test; both only here. */
static int make_group(void)
{
        const char *directory = temporary_directory();
        int fd;

        assert_int_equal(unshare(CLONE_NEWNS), 0);
        assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        assert_int_equal(mount("cgroup2", directory, "cgroup2", 0, NULL), 0);
        group = strdup(format("%s/pinfold-test-%d", directory, (int)getpid()));
        assert_int_equal(mkdir(group, 0755), 0);
        fd = open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

static void remove_group(void)
{
        eventually(rmdir(group) == 0);
        umount2(format("%.*s", (int)(strrchr(group, '/') - group), group), MNT_DETACH);
}

/* Both processes of it are there, and see it as the root. */
static void run_in_group(int fd)
{
        struct pinfold *box = box_new("grep ^0: /proc/self/cgroup; read line");
        char *cgroup, *members, text[64] = "";
        int in[2], out[2];

        assert_int_equal(pipe2(in, O_CLOEXEC), 0);
        assert_int_equal(pipe2(out, O_CLOEXEC), 0);
        pinfold_set_cgroup(box, fd);
        pinfold_set_stdin(box, in[0]);
        pinfold_set_stdout(box, out[1]);
        box_begin(box);
        close(in[0]);
        close(out[1]);
        assert_true(read(out[0], text, sizeof(text) - 1) > 0);
        assert_string_equal(text, "0::/\n");
        cgroup = read_file(format("/proc/%d/cgroup", (int)pinfold_pid(box)));
        assert_non_null(strstr(cgroup, strrchr(group, '/')));
        free(cgroup);
        members = read_file(format("%s/cgroup.procs", group));
        assert_non_null(strstr(members, format("%d\n", (int)pinfold_pid(box))));
        free(members);
        cgroup = read_file("/proc/self/cgroup");
        assert_null(strstr(cgroup, strrchr(group, '/'))); /* not us */
        free(cgroup);
        close(in[1]);
        assert_int_equal(box_wait(box).exited, 1);
        pinfold_free(box);
        close(out[0]);
}

static void in_a_group(void **state)
{
        int fd = make_group();

        (void)state;
        run_in_group(fd);
        close(fd);
        remove_group();
}

ROOT_TEST(it_is_created_in_a_cgroup)
{
        in_child(in_a_group);
}

/* Where clone3(2) is missing. */
static void moved_to_a_group(void **state)
{
        int fd = make_group();

        (void)state;
        refuse_call(SYS_clone3, ENOSYS);
        run_in_group(fd);
        close(fd);
        remove_group();
}

ROOT_TEST(it_is_moved_to_a_cgroup)
{
        in_child(moved_to_a_group);
}

static void not_in_a_group(void **state)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("exit 0");
        int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        (void)state;
        pinfold_set_cgroup(box, fd);
        if (has_clone3()) {
                assert_int_equal(pinfold_start(box, &err), -EBADF);
                assert_int_equal(err.stage, PINFOLD_STAGE_CGROUP);
                assert_string_equal(err.text, "cannot start container: enter the cgroup: clone into it: Bad file descriptor");
        }
        refuse_call(SYS_clone3, ENOSYS);
        assert_int_equal(pinfold_start(box, &err), -ENOENT);
        assert_int_equal(err.stage, PINFOLD_STAGE_CGROUP);
        assert_string_equal(err.text,
                            "cannot start container: enter the cgroup: write cgroup.procs: No such file or directory");
        assert_no_children();
        pinfold_free(box);
        close(fd);
}

TEST(a_directory_that_is_no_cgroup)
{
        in_child(not_in_a_group);
}

/* ---- Processes --------------------------------------------------------------------------------------------------- */

TEST(only_its_own_processes_are_in_view)
{
        char *output = box_output(box_new("cd /proc; echo [0-9]*; cat /proc/1/comm"), 0);

        assert_string_equal(output, "1 2\npinfold-init\n");
        free(output);
}

/* With one the program could mount the cgroup file system, from the caller's cgroup on. */
TEST(no_cgroup_namespace_can_be_made)
{
        static const unsigned flags[] = {PINFOLD_PRIVILEGED | PINFOLD_NO_SECCOMP, PINFOLD_NESTED | PINFOLD_NO_SECCOMP};
        static const char *const how[] = {"unshare -C true 2>&1", "unshare -U -r -C true 2>&1"};

        for (size_t i = 0; i < 2; i++) {
                struct pinfold *box = box_new(format("export LC_ALL=C; %s | sed 's/.*: //'", how[i]));
                char *output;

                pinfold_set_flags(box, flags[i], 1);
                output = box_output(box, 0);
                assert_string_equal(output, "No space left on device\n");
                free(output);
        }
}

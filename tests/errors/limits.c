/* SPDX-License-Identifier: MIT */
/* Out of namespaces, descriptors, processes, memory: threats, 23. Each time a clean error, and nothing left. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "life/child.h"
#include "support/box.h"
#include "support/kernel.h"

/* ---- Namespaces ------------------------------------------------------------------------------------------------ */

static const char *limited;

/* Into a user namespace where there is one of everything, but none of what `limited` names. */
static void limit_namespaces(void)
{
        const char *uids = format("%u %u 1\n", geteuid(), geteuid()), *gids = format("%u %u 1\n", getegid(), getegid());

        assert_int_equal(unshare(CLONE_NEWUSER), 0);
        write_file("/proc/self/uid_map", uids);
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/gid_map", gids);
        write_file(format("/proc/sys/user/max_%s_namespaces", limited), "0");
}

static struct pinfold_error out_of_namespaces(unsigned flags, int stage)
{
        struct pinfold *box = box_new("exit 3");
        struct pinfold_error err;

        pinfold_set_flags(box, flags, 1);
        err = box_error(box, stage, ENOSPC);
        assert_readable(&err);
        assert_int_equal(err.fatal, 1);
        assert_no_children();
        return err;
}

static void no_namespace(void **state)
{
        struct pinfold_error err;

        (void)state;
        limit_namespaces();
        err = out_of_namespaces(0, PINFOLD_STAGE_START);
        assert_string_equal(err.text, "cannot start container: create namespaces: clone: No space left on device");
}

TEST(no_namespaces)
{
        static const char *const kinds[] = {"user", "pid", "mnt", "ipc", "uts", "net"};

        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                limited = kinds[i];
                in_child(no_namespace);
        }
}

static void no_cgroup_namespace(void **state)
{
        struct pinfold_error err;

        (void)state;
        limited = "cgroup";
        limit_namespaces();
        err = out_of_namespaces(0, PINFOLD_STAGE_PROTECT);
        assert_string_equal(err.text, "cannot set up container: protect init: create a cgroup namespace: "
                                      "No space left on device");
}

TEST(no_cgroup_namespaces)
{
        in_child(no_cgroup_namespace);
}

static void host_network(void **state)
{
        struct pinfold *box = box_new("exit 3");

        (void)state;
        limited = "net";
        limit_namespaces();
        pinfold_set_flags(box, PINFOLD_HOST_NET | PINFOLD_HOST_ABSTRACT, 1);
        free(box_output(box, 3));
}

/* And the container works, too, inside of another user namespace. */
TEST(no_network_namespaces_but_the_hosts_network)
{
        in_child(host_network);
}

/* ---- Descriptors ----------------------------------------------------------------------------------------------- */

#if !defined(__SANITIZE_ADDRESS__) /* which looks for leaks at the end, with descriptors of its own */

static int descriptors(void)
{
        int count = 0;

        for (int fd = 0; fd < 256; fd++)
                count += fcntl(fd, F_GETFD) >= 0;
        return count;
}

/* Fewer and fewer, until there is none to be had; somewhere on the way it ceases to work, and never badly. */
static void fewer_descriptors(void **state)
{
        int before = descriptors(), worked = 0, failed = 0, stages[PINFOLD_STAGE_EXEC + 1] = {0};

        (void)state;
        for (int limit = 64; limit >= 3; limit--) {
                struct rlimit limits = {(rlim_t)limit, (rlim_t)limit};
                struct pinfold_error err = {0};
                struct pinfold_status status = {.size = sizeof(status)};
                struct pinfold *box = box_new("exit 3");
                int r;

                pinfold_add_file(box, 2);
                assert_int_equal(setrlimit(RLIMIT_NOFILE, &limits), 0);
                r = pinfold_start(box, &err);
                if (r == 0)
                        r = pinfold_serve(box, &err);
                if (r == 0)
                        r = pinfold_wait(box, -1, &status, &err);
                pinfold_free(box);
                assert_no_children();
                assert_int_equal(descriptors(), before);
                if (r == 0) {
                        assert_int_equal(failed, 0); /* less is never better */
                        /* The program itself may need more: its loader opens files. */
                        assert_true(status.status == 3 || status.status == 127);
                        worked++;
                        continue;
                }
                failed++;
                if (r != -EMFILE || err.error != EMFILE)
                        fail_msg("with %d: %s", limit, err.text);
                assert_readable(&err);
                stages[err.stage]++;
        }
        assert_true(worked > 0);
        /* In the caller, and, when that had enough, in the container. */
        assert_true(stages[PINFOLD_STAGE_START] > 0);
        assert_true(failed > stages[PINFOLD_STAGE_START]);
}

TEST(ever_fewer_descriptors)
{
        in_child(fewer_descriptors);
}

#endif

/* ---- Processes ------------------------------------------------------------------------------------------------- */

/* The soft limit; returns what it was. */
static rlim_t limit_processes(rlim_t count)
{
        struct rlimit limits;
        rlim_t usual;

        assert_int_equal(getrlimit(RLIMIT_NPROC, &limits), 0);
        usual = limits.rlim_cur;
        limits.rlim_cur = count;
        assert_int_equal(setrlimit(RLIMIT_NPROC, &limits), 0);
        return usual;
}

static void no_process(void **state)
{
        struct pinfold_error err;
        rlim_t usual;

        (void)state;
        if (geteuid() == 0)
                become_user(54321); /* root's are not counted */
        usual = limit_processes(1);
        err = box_error(box_new("exit 3"), PINFOLD_STAGE_START, EAGAIN);
        assert_string_equal(err.text, "cannot start container: create namespaces: clone: "
                                      "Resource temporarily unavailable");
        assert_readable(&err);
        assert_no_children();
        limit_processes(usual); /* the leak sanitizer needs one */
}

TEST(no_process_for_pid_1)
{
        in_child(no_process);
}

static void no_second_process(void **state)
{
        struct pinfold_error err;
        rlim_t usual;

        (void)state;
        become_user(54322); /* nobody else's */
        usual = limit_processes(2);
        err = box_error(box_new("exit 3"), PINFOLD_STAGE_FORK, EAGAIN);
        assert_string_equal(err.text, "cannot set up container: create the initial process: clone: "
                                      "Resource temporarily unavailable");
        assert_readable(&err);
        assert_no_children();
        limit_processes(usual);
}

ROOT_TEST(no_process_for_the_program)
{
        in_child(no_second_process);
}

/* ---- Processes of a cgroup ------------------------------------------------------------------------------------- */

/*
 * A group of our own in the hierarchy that has the controller "pids": of cgroup v1 where it is bound to that, otherwise of v2.
 * The hierarchy is mounted for this process alone; the group is removed at its end.
 */
static struct {
        const char *hierarchy, *path;
        pid_t owner;
        bool v2, enabled; /* the controller, by us */
} group;

static void remove_group(void)
{
        if (getpid() != group.owner)
                return;
        for (int i = 0; i < 1000 && rmdir(group.path) < 0 && errno == EBUSY; i++)
                pause_ms(10);
        if (group.enabled)
                write_file(format("%s/cgroup.subtree_control", group.hierarchy), "-pids");
}

static bool has_word(const char *path, const char *word)
{
        char *text = read_file(path);
        bool has = false;

        for (char *at = text ? strtok(text, " \n") : NULL; at; at = strtok(NULL, " \n"))
                has |= strcmp(at, word) == 0;
        free(text);
        return has;
}

static void make_group(void)
{
        group.hierarchy = temporary_directory();
        assert_int_equal(unshare(CLONE_NEWNS), 0);
        assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        group.v2 = mount("cgroup2", group.hierarchy, "cgroup2", 0, NULL) == 0 &&
                   has_word(format("%s/cgroup.controllers", group.hierarchy), "pids");
        if (!group.v2)
                assert_int_equal(mount("cgroup", group.hierarchy, "cgroup", 0, "pids"), 0);
        group.path = strdup(format("%s/pinfold-test-%d", group.hierarchy, (int)getpid()));
        group.enabled = group.v2 && !has_word(format("%s/cgroup.subtree_control", group.hierarchy), "pids");
        if (group.enabled)
                write_file(format("%s/cgroup.subtree_control", group.hierarchy), "+pids");
        assert_int_equal(mkdir(group.path, 0755), 0);
        group.owner = getpid();
        atexit(remove_group);
}

/* What a start comes to in a group where there may be `limit` processes, the caller among them. */
static const struct crowded {
        int limit;
        unsigned flags;
        bool ranges; /* of ids: a helper writes the maps */
        int stage;   /* 0: it works */
        int error;
        const char *text;
} crowds[] = {
        {1, 0, false, PINFOLD_STAGE_START, EAGAIN, "cannot start container: create namespaces: clone: "},
        {2, 0, true, PINFOLD_STAGE_MAP_IDS, EAGAIN,
         "cannot set up container: map user and group ids: execute /usr/bin/newuidmap: "},
        {3, 0, true, PINFOLD_STAGE_MAP_IDS, EPERM, "cannot set up container: map user and group ids: newuidmap: "}, /* it ran */
        {2, 0, false, PINFOLD_STAGE_FORK, EAGAIN, "cannot set up container: create the initial process: clone: "},
        {3, PINFOLD_PRIVILEGED, false, PINFOLD_STAGE_USERNS, EAGAIN,
         "cannot set up container: restrict user namespaces: fork: "},
        {3, 0, false, 0, 0, NULL},
        {4, PINFOLD_PRIVILEGED, false, 0, 0, NULL},
};
static const struct crowded *crowd;

static void assert_alone_in_group(void)
{
        char *current = read_file(format("%s/pids.current", group.path));

        assert_string_equal(current, "1\n");
        free(current);
        assert_no_children();
}

static void in_a_crowd(void **state)
{
        struct pinfold *box = box_new("exit 3");
        struct pinfold_error err;

        (void)state;
        write_file(format("%s/cgroup.procs", group.path), "0");
        become_user(54323);
        pinfold_set_flags(box, crowd->flags, 1);
        if (crowd->ranges)
                pinfold_map_uids(box, 0, 100000, 2);
        if (!crowd->stage) {
                free(box_output(box, 3));
                assert_alone_in_group();
                return;
        }
        err = box_error(box, crowd->stage, crowd->error);
        if (strncmp(err.text, crowd->text, strlen(crowd->text)) != 0)
                fail_msg("%s", err.text);
        assert_readable(&err);
        assert_alone_in_group();
}

static void in_crowds(void **state)
{
        (void)state;
        make_group();
        for (size_t i = 0; i < sizeof(crowds) / sizeof(crowds[0]); i++) {
                crowd = &crowds[i];
                write_file(format("%s/pids.max", group.path), format("%d", crowd->limit));
                in_child(in_a_crowd);
        }
}

ROOT_TEST(no_process_in_the_callers_cgroup)
{
        in_child(in_crowds);
}

/* The limit is that of a group which only the container enters. Only in one of v2 can it be created; who is moved counts later. */
static void entering_a_crowd(void **state)
{
        const int stages[] = {has_clone3() ? PINFOLD_STAGE_START : PINFOLD_STAGE_FORK, PINFOLD_STAGE_FORK};
        struct pinfold *box;
        int fd;

        (void)state;
        make_group();
        fd = open(group.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (int limit = 0; limit < 3; limit++) {
                write_file(format("%s/pids.max", group.path), format("%d", limit));
                box = box_new("exit 3");
                pinfold_set_cgroup(box, fd);
                if (!group.v2 && has_clone3())
                        box_error(box, PINFOLD_STAGE_CGROUP, EBADF);
                else if (limit < 2)
                        box_error(box, stages[limit], EAGAIN);
                else
                        free(box_output(box, 3));
                assert_no_children();
        }
        close(fd);
}

ROOT_TEST(no_process_in_the_containers_cgroup)
{
        in_child(entering_a_crowd);
}

/* ---- Memory ---------------------------------------------------------------------------------------------------- */

#if !defined(__SANITIZE_ADDRESS__) /* whose allocator is another, and aborts */

enum { LARGE = 8 * 1024 * 1024, CONTENT = 12 * 1024 * 1024 };

/* No mapping of LARGE bytes or more, in this thread and in what it starts. */
static void refuse_large_mappings(void)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mremap, 0, 2),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
                BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, LARGE, 3, 4),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 0, 3),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
                BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, LARGE, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

        assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L), 0);
        assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static struct pinfold *box_with_much(void)
{
        struct pinfold *box = box_new("exit 3");
        char *content = calloc(1, CONTENT);

        assert_non_null(content);
        assert_int_equal(pinfold_place(box, "/tmp/much", content, CONTENT), 0);
        free(content);
        return box;
}

static void caller_without_memory(void **state)
{
        struct rlimit little = {1024 * 1024, RLIM_INFINITY};
        struct pinfold *box;
        struct pinfold_error err;

        (void)state;
        mallopt(M_MMAP_THRESHOLD, LARGE / 2); /* fixed, or it grows */
        box = box_with_much();
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(setrlimit(RLIMIT_DATA, &little), 0);
        assert_int_equal(pinfold_serve(box, &err), -ENOMEM);
        assert_int_equal(err.stage, PINFOLD_STAGE_SERVE);
        assert_string_equal(err.text, "cannot set up container: out of memory: Cannot allocate memory");
        pinfold_free(box);
        assert_no_children();
        /* The same before that: the child needs a stack. */
        err = box_error(box_new("exit 3"), PINFOLD_STAGE_START, ENOMEM);
        assert_string_equal(err.text, "cannot start container: create namespaces: allocate a stack: Cannot allocate memory");
        assert_no_children();
        /* The same while it is configured. */
        box = box_new("exit 3");
        {
                static char content[CONTENT];

                assert_int_equal(pinfold_place(box, "/tmp/much", content, CONTENT), -ENOMEM);
        }
        err = box_error(box, PINFOLD_STAGE_CONFIGURE, ENOMEM);
        assert_readable(&err);
}

TEST(no_memory_for_the_caller)
{
        in_child(caller_without_memory);
}

static void *start_without_memory(void *box)
{
        refuse_large_mappings();
        return (void *)(intptr_t)pinfold_start(box, NULL);
}

static void init_without_memory(void **state)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_with_much();
        pthread_t thread;
        void *result;

        (void)state;
        assert_int_equal(pthread_create(&thread, NULL, start_without_memory, box), 0);
        assert_int_equal(pthread_join(thread, &result), 0);
        assert_int_equal((intptr_t)result, 0);
        assert_int_equal(pinfold_serve(box, &err), -ENOMEM);
        assert_int_equal(err.stage, PINFOLD_STAGE_RECEIVE);
        assert_true(strncmp(err.text, "cannot set up container: read the setup message: ", 49) == 0);
        assert_readable(&err);
        assert_no_children();
        pinfold_free(box);
}

TEST(no_memory_for_init)
{
        in_child(init_without_memory);
}

#endif

/* ---- File systems in memory ------------------------------------------------------------------------------------ */

/* A link's text of this length takes a page, and there is one. */
static void on_a_full_file_system(void **state)
{
        struct pinfold *box = box_new("exit 3");
        struct pinfold_error err;
        char text[1001];

        (void)state;
        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        pinfold_tmpfs(box, "/small", 1, 0755);
        pinfold_symlink(box, text, "/small/first", 0);
        free(box_output(box, 3));

        box = box_new("exit 3");
        pinfold_tmpfs(box, "/small", 1, 0755);
        pinfold_symlink(box, text, "/small/first", 0);
        pinfold_symlink(box, text, "/small/second", 0);
        err = box_error(box, PINFOLD_STAGE_APPLY, ENOSPC);
        assert_readable(&err);
        assert_no_children();
}

TEST(a_full_file_system)
{
        in_child(on_a_full_file_system);
}

/* SPDX-License-Identifier: MIT */
/* Namespaces of another container, by descriptor: pinfold_join_userns, pinfold_join_pidns, pinfold_enter_userns. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life/child.h"
#include "support/box.h"

/* The one whose namespaces are joined. */
static struct pinfold *other(const char *script, unsigned flags)
{
        struct pinfold *box = box_new(script);

        pinfold_set_uid(box, 17);
        pinfold_set_gid(box, 18);
        pinfold_set_flags(box, flags, 1);
        box_begin(box);
        return box;
}

static int namespace_of(pid_t pid, const char *name)
{
        int fd = open(format("/proc/%d/ns/%s", (int)pid, name), O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

static const char *name_of(pid_t pid, const char *name)
{
        char link[64] = "";

        assert_true(readlink(format("/proc/%d/ns/%s", (int)pid, name), link, sizeof(link) - 1) > 0);
        return format("%s", link);
}

/* A container that has joined what it is told to. */
static struct pinfold *joining(const char *script, int userns, int pidns, unsigned flags)
{
        struct pinfold *box = box_new(script);

        if (userns >= 0)
                assert_int_equal(pinfold_join_userns(box, userns), 0);
        if (pidns >= 0)
                assert_int_equal(pinfold_join_pidns(box, pidns), 0);
        /* Where no cgroup namespace can be created, as there. */
        pinfold_set_flags(box, flags | PINFOLD_HOST_CGROUP, 1);
        return box;
}

TEST(the_user_namespace)
{
        struct pinfold *a = other("exec sleep 1000", PINFOLD_NESTED);
        pid_t pid = pinfold_pid(a);
        int userns = namespace_of(pid, "user");
        char *output;

        box_prints(joining("readlink /proc/self/ns/user; echo $(id -u) $(id -g) $$; grep CapEff /proc/self/status", userns, -1, PINFOLD_NESTED),
               format("%s\n17 18 2\nCapEff:\t0000000000000000\n", name_of(pid, "user")));
        /* All else is its own. */
        output = box_output(joining("for n in pid mnt ipc net uts; do readlink /proc/self/ns/$n; done", userns, -1, PINFOLD_NESTED), 0);
        for (const char *const *name = (const char *const[]){"pid", "mnt", "ipc", "net", "uts", NULL}; *name; name++) {
                assert_null(strstr(output, name_of(pid, *name)));
                assert_null(strstr(output, name_of(getpid(), *name)));
        }
        free(output);
        close(userns);
        pinfold_free(a);
        assert_no_children();
}

/* Below the other's, where its processes see the new ones and not the other way round; or the very one. */
TEST(the_process_namespace)
{
        const char *count = "readlink /proc/self/ns/pid; set -- /proc/[0-9]*; echo $#; echo $$";
        struct pinfold *a = other("exec sleep 1000", PINFOLD_NESTED), *b;
        pid_t pid = pinfold_pid(a), program;
        int userns = namespace_of(pid, "user"), pidns = namespace_of(pid, "pid");
        unsigned outside, between, inside;
        char *output, *line;

        output = box_output(joining(count, userns, pidns, PINFOLD_NESTED), 0);
        assert_null(strstr(output, name_of(pid, "pid")));
        assert_non_null(strstr(output, "\n2\n2\n"));
        free(output);
        output = box_output(joining(count, userns, pidns, PINFOLD_NESTED | PINFOLD_HOST_PID), 0);
        assert_ptr_equal(strstr(output, name_of(pid, "pid")), output);
        assert_non_null(strstr(output, "\n4\n"));
        free(output);

        b = joining("exec sleep 1000", userns, pidns, PINFOLD_NESTED);
        box_begin(b);
        assert_int_equal(box_processes(b, &program, 1), 1);
        output = read_file(format("/proc/%d/status", (int)program));
        line = strstr(output, "NSpid:");
        assert_int_equal(sscanf(line, "NSpid: %u %u %u", &outside, &between, &inside), 3);
        assert_int_equal(inside, 2);
        free(output);
        pinfold_free(b);
        assert_false(is_running(program));
        close(userns);
        close(pidns);
        pinfold_free(a);
        assert_no_children();
}

/* What ends, ends with its status, and alone. */
TEST(how_it_ends)
{
        struct pinfold *a = other("exec sleep 1000", PINFOLD_NESTED);
        int userns = namespace_of(pinfold_pid(a), "user"), pidns = namespace_of(pinfold_pid(a), "pid");

        free(box_output(joining("sleep 1000 & exit 7", userns, pidns, PINFOLD_NESTED), 7));
        free(box_output(joining("kill -KILL $$", userns, pidns, PINFOLD_NESTED | PINFOLD_HOST_PID), 137));
        for (unsigned i = 0; i < 2; i++) {
                struct pinfold *b = joining("exec sleep 1000", userns, pidns, PINFOLD_NESTED | (i ? PINFOLD_HOST_PID : 0));

                box_begin(b);
                assert_int_equal(pinfold_cancel(b), 0);
                assert_int_equal(box_wait(b).status, 137);
                pinfold_free(b);
        }
        assert_true(is_running(pinfold_pid(a)));
        assert_int_equal(pinfold_wait(a, 0, NULL, NULL), -ETIMEDOUT);
        close(userns);
        close(pidns);
        pinfold_free(a);
        assert_no_children();
}

/* Nothing can be forbidden for all that are in there. */
TEST(user_namespaces_inside)
{
        struct pinfold *a = other("exec sleep 1000", PINFOLD_NESTED);
        int userns = namespace_of(pinfold_pid(a), "user");
        struct pinfold_error err = box_error(joining("true", userns, -1, 0), PINFOLD_STAGE_USERNS, EPERM);

        assert_non_null(strstr(err.text, "user namespaces can be created in the one that was joined"));
        close(userns);
        pinfold_free(a);
        a = other("exec sleep 1000", 0);
        userns = namespace_of(pinfold_pid(a), "user");
        box_prints(joining("unshare -U true 2>/dev/null || echo no", userns, -1, 0), "no\n");
        close(userns);
        pinfold_free(a);
        assert_no_children();
}

COLD_TEST(another_one_to_enter)
{
        struct pinfold *a = other("exec unshare -U sh -c 'echo >/tmp/ready; exec sleep 1000'", PINFOLD_NESTED), *b;
        pid_t pid = pinfold_pid(a), nested;
        int userns = namespace_of(pid, "user"), inner;

        eventually(box_processes(a, &nested, 1) == 1 && strcmp(name_of(nested, "user"), name_of(pid, "user")) != 0);
        inner = namespace_of(nested, "user");
        b = joining("readlink /proc/self/ns/user; grep CapEff /proc/self/status", userns, -1, PINFOLD_NESTED);
        assert_int_equal(pinfold_enter_userns(b, inner), 0);
        box_prints(b, format("%s\nCapEff:\t0000000000000000\n", name_of(nested, "user")));
        b = joining("readlink /proc/self/ns/user", userns, -1, PINFOLD_NESTED);
        assert_int_equal(pinfold_enter_userns(b, userns), 0);
        box_prints(b, format("%s\n", name_of(pid, "user")));
        b = joining("true", userns, -1, PINFOLD_NESTED);
        pinfold_enter_userns(b, 0);
        box_error(b, PINFOLD_STAGE_USERNS, EINVAL);
        close(inner);
        close(userns);
        pinfold_free(a);
        assert_no_children();
}

/* Has all capabilities in a user namespace of its own, tries to reach the host's files through a process, and says errno, or 0. */
struct insider {
        pid_t pid;
        int asked[2], answers[2];
};

static _Noreturn void insider_run(const struct insider *insider)
{
        int error = unshare(CLONE_NEWUSER) < 0 ? errno : 0;
        pid_t pid;

        close(insider->asked[1]);
        do {
                if (write(insider->answers[1], &error, sizeof(error)) != sizeof(error))
                        _exit(1);
                if (read(insider->asked[0], &pid, sizeof(pid)) != sizeof(pid))
                        _exit(0);
                error = open(format("/proc/%d/root/etc/passwd", (int)pid), O_RDONLY) < 0 ? errno : 0;
        } while (true);
}

static int insider_answer(const struct insider *insider)
{
        int error;

        assert_int_equal(read(insider->answers[0], &error, sizeof(error)), sizeof(error));
        return error;
}

static struct insider insider_new(void)
{
        struct insider insider;

        assert_int_equal(pipe2(insider.asked, O_CLOEXEC), 0);
        assert_int_equal(pipe2(insider.answers, O_CLOEXEC), 0);
        insider.pid = fork();
        if (insider.pid == 0)
                insider_run(&insider);
        assert_int_equal(insider_answer(&insider), 0);
        return insider;
}

static int insider_reach(const struct insider *insider, pid_t pid)
{
        assert_int_equal(write(insider->asked[1], &pid, sizeof(pid)), sizeof(pid));
        return insider_answer(insider);
}

static void insider_end(const struct insider *insider)
{
        for (unsigned i = 0; i < 2; i++) {
                close(insider->asked[i]);
                close(insider->answers[i]);
        }
        assert_int_equal(waitpid(insider->pid, NULL, 0), insider->pid);
}

/* In there, not confined, and dumpable. When the test fails, it ends as well. */
static pid_t visitor(int userns)
{
        int ready[2];
        char byte;
        pid_t pid;

        assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
        pid = fork();
        if (pid == 0 && setns(userns, CLONE_NEWUSER) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0 &&
            write(ready[1], "", 1) == 1)
                pause();
        if (pid == 0)
                _exit(1);
        close(ready[1]);
        assert_int_equal(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        return pid;
}

/* A PID 1 that waits still has the host's files in view. */
COLD_TEST(while_it_waits_nobody_in_there_reaches_the_hosts_files)
{
        struct insider insider = insider_new();
        int userns = namespace_of(insider.pid, "user");
        pid_t control = visitor(userns);
        struct pinfold *box = joining("true", userns, -1, PINFOLD_NESTED);

        assert_int_equal(pinfold_start(box, NULL), 0);
        assert_int_equal(insider_reach(&insider, pinfold_pid(box)), EACCES);
        assert_int_equal(insider_reach(&insider, control), 0);
        kill(control, SIGKILL);
        assert_int_equal(waitpid(control, NULL, 0), control);
        insider_end(&insider);
        close(userns);
        pinfold_free(box);
        assert_no_children();
}

/* Which the caller cannot see for itself. */
TEST(the_numbers_of_its_namespaces)
{
        static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};
        struct pinfold *a = other("exec sleep 1000", PINFOLD_NESTED), *b;
        int userns = namespace_of(pinfold_pid(a), "user");
        uint64_t number;
        pid_t program;

        b = joining("exec sleep 1000", userns, -1, PINFOLD_NESTED);
        box_begin(b);
        assert_int_equal(box_processes(b, &program, 1), 1);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                assert_int_equal(pinfold_namespace(b, names[i], &number), 0);
                assert_string_equal(format("%s:[%ju]", names[i], (uintmax_t)number), name_of(program, names[i]));
                assert_int_equal(pinfold_namespace(a, names[i], &number), 0);
                assert_string_equal(format("%s:[%ju]", names[i], (uintmax_t)number), name_of(pinfold_pid(a), names[i]));
        }
        assert_int_equal(pinfold_namespace(b, "time", &number), -EINVAL);
        close(userns);
        pinfold_free(b);
        pinfold_free(a);
        b = box_sleep();
        assert_int_equal(pinfold_namespace(b, "mnt", &number), -EINVAL);
        pinfold_free(b);
        assert_no_children();
}

#define ENDED_BEFORE "cannot start container: create namespaces: launch pinfold-init: it ended before it said "

/* PID 1 is killed when it looks for them. */
static void killed_at_stat(void **state)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_newfstatat, 1, 0),
#ifdef __NR_stat
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_stat, 0, 1),
#else
                BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
#endif
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
        struct pinfold *a = other("exec sleep 1000", PINFOLD_NESTED), *b;
        int userns = namespace_of(pinfold_pid(a), "user");
        struct pinfold_error err;

        (void)state;
        b = joining("true", userns, -1, PINFOLD_NESTED);
        assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
        assert_int_equal(pinfold_start(b, &err), -ECHILD);
        assert_int_equal(err.stage, PINFOLD_STAGE_START);
        /* Where a sanitizer looks for files, the launcher is killed already. */
        if (strcmp(err.text, ENDED_BEFORE "anything") != 0)
                assert_string_equal(err.text, ENDED_BEFORE "what namespaces it is in");
        pinfold_free(b);
        pinfold_free(a);
        close(userns);
        assert_no_children();
}

COLD_TEST(an_end_before_they_are_known)
{
        in_child(killed_at_stat);
}

TEST(what_cannot_be_joined)
{
        int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC), null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        struct pinfold_error err;
        struct pinfold *box;

        err = box_error(joining("true", own, -1, PINFOLD_NESTED), PINFOLD_STAGE_START, EINVAL);
        assert_string_equal(err.text, "cannot start container: create namespaces: join the user namespace: Invalid argument");
        box_error(joining("true", null, -1, PINFOLD_NESTED), PINFOLD_STAGE_START, EINVAL);
        box_error(joining("true", -1, null, PINFOLD_NESTED), PINFOLD_STAGE_START, EINVAL);
        if (geteuid() != 0) {
                int init = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);

                err = box_error(joining("true", -1, init, PINFOLD_NESTED), PINFOLD_STAGE_START, EPERM);
                assert_string_equal(err.text, "cannot start container: create namespaces: join the process namespace: Operation not permitted");
                close(init);
        }
        box = box_sleep();
        assert_int_equal(pinfold_join_userns(box, -1), -EBADF);
        pinfold_free(box);
        box = box_sleep();
        assert_int_equal(pinfold_start(box, NULL), 0);
        assert_int_equal(pinfold_join_userns(box, own), -EBUSY);
        assert_int_equal(pinfold_join_pidns(box, own), -EBUSY);
        pinfold_free(box);
        close(own);
        close(null);
        assert_no_children();
}

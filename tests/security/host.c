/* SPDX-License-Identifier: MIT */
/* What of the host could still be in view or in reach: its processes, its proc, its IPC, PID 1's program. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "security/attack.h"
#include "support/box.h"
#include "support/tree.h"

/* ---- Proc file systems that come along with a bind --------------------------------------------------------------- */

/*
 * Superblocks of all proc file systems that something can be read in, one a line; the container's own last; then whether a
 * process of the host is in view at PATH.
 */
#define LOOK                                                                                                         \
        "while read -r id parent device root point rest; do case $rest in *'- proc '*)"                            \
        " test -e \"$point/self\" && stat -c %%d \"$point\";; esac; done </proc/self/mountinfo | sort -u >/tmp/seen;" \
        "stat -c %%d /proc | cmp -s - /tmp/seen && echo own || echo others;"                                        \
        "grep -qs %2$s %1$s/%3$d/cmdline && echo process || echo none"

static const char *own_name(void)
{
        return strrchr(program_invocation_name, '/') + 1;
}

/* `expected`: "own" when the container's proc is the only one. */
static void look(struct pinfold *box, const char *path, const char *expected)
{
        char *output;

        pinfold_proc(box, "/proc");
        pinfold_tmpfs(box, "/tmp", 0, 01777);
        pinfold_set_args(box, (const char *[]){"sh", "-c", format(LOOK, path, own_name(), (int)getpid()), NULL});
        output = box_output(box, 0);
        assert_string_equal(output, expected);
        free(output);
}

TEST(the_hosts_proc_does_not_come_with_its_root)
{
        struct pinfold *box = box_bare("");

        pinfold_bind(box, "/", "/", 0);
        look(box, "/proc", "own\nnone\n");

        box = box_new("");
        pinfold_bind(box, "/", "/host", 0);
        pinfold_bind(box, "/", "/writable", PINFOLD_BIND_WRITABLE);
        look(box, "/host/proc", "own\nnone\n");

        box = box_bare("");
        pinfold_root(box, "/", 0);
        look(box, "/proc", "own\nnone\n");

        /* The control: one that is asked for by its name. */
        box = box_new("");
        pinfold_bind(box, "/proc", "/host", 0);
        look(box, "/host", "others\nprocess\n");
}

/* What is bound there is the host's root, and not the one under construction. */
TEST(the_hosts_root_can_be_shown_elsewhere)
{
        struct pinfold *box = box_new("ls -A /host/proc; test /host/usr/bin/env -ef /usr/bin/env && echo same; touch /host/x 2>&1 | "
                                      "grep -c Read-only; grep -c ' /host .* rootfs ' /proc/self/mountinfo");
        char *output;

        pinfold_bind(box, "/", "/host", 0);
        output = box_output(box, 1);
        assert_string_equal(output, "same\n1\n0\n");
        free(output);
}

TEST(nor_with_a_system_in_a_directory)
{
        const char *system = format("%s/system", tree()), *above = tree();
        struct pinfold *box = box_new("");

        assert_int_equal(mkdir(system, 0755), 0);
        assert_int_equal(mkdir(format("%s/proc", system), 0755), 0);
        tree_mount("/proc", format("%s/proc", system), "", MS_BIND | MS_REC, NULL);
        pinfold_bind(box, system, "/system", 0);
        look(box, "/system/proc", "own\nnone\n");

        /* Deeper ones do: SECURITY.md. */
        box = box_new("");
        pinfold_bind(box, above, "/above", 0);
        look(box, "/above/system/proc", "others\nprocess\n");
        tree_unmount(format("%s/proc", system));
}

/* What can be reached of a process beyond what everybody may know of it, a word each; and "there", if it is in view at all. */
#define LOOK_CLOSER                                                                                                   \
        "cd %1$s/%2$d || exit; for file in environ maps auxv; do (head -c 1 $file | grep -q .) 2>/dev/null && echo $file; done; " \
        "for link in cwd root exe fd/0 ns/pid; do readlink $link >/dev/null && echo $link; done; ls root/ >/dev/null 2>&1 && "    \
        "echo below root; (echo 0 >oom_score_adj) 2>/dev/null && echo written; grep -q . cmdline && echo there"

TEST(the_hosts_proc_on_request_is_no_way_to_its_processes)
{
        static const unsigned flags[] = {PINFOLD_BIND_PROC, PINFOLD_BIND_PROC | PINFOLD_BIND_WRITABLE};
        struct pinfold *box = box_new("");
        char outside[256] = "";
        FILE *control;

        pinfold_bind(box, "/", "/host", PINFOLD_BIND_PROC);
        look(box, "/host/proc", "others\nprocess\n");
        for (int i = 0; i < 2; i++) {
                char *output;

                box = box_new(format(LOOK_CLOSER, "/host/proc", (int)getpid()));
                pinfold_bind(box, "/", "/host", flags[i]);
                output = box_output(box, 0);
                assert_string_equal(output, i ? "written\nthere\n" : "there\n"); /* what the same user may write anywhere */
                free(output);
        }
        control = popen(format(LOOK_CLOSER, "/proc", (int)getpid()), "re");
        assert_non_null(control);
        assert_true(fread(outside, 1, sizeof(outside) - 1, control) > 0);
        assert_int_equal(pclose(control), 0);
        assert_string_equal(outside, "environ\nmaps\nauxv\ncwd\nroot\nexe\nfd/0\nns/pid\nbelow root\nwritten\nthere\n");
}

/* ---- Processes --------------------------------------------------------------------------------------------------- */

static pid_t start_victim(void)
{
        int ready[2];
        char byte;
        pid_t pid;

        assert_int_equal(pipe(ready), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* where Yama would have a say */
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                close(ready[0]);
                close(ready[1]);
                for (;;)
                        pause();
        }
        close(ready[1]);
        assert_int_equal(read(ready[0], &byte, 1), 0);
        close(ready[0]);
        return pid;
}

TEST(processes_outside_are_out_of_reach)
{
        static const unsigned flags[] = {0, PINFOLD_NO_SECCOMP, PINFOLD_NO_SECCOMP | PINFOLD_RETAIN_SESSION,
                                         PINFOLD_NO_SECCOMP | PINFOLD_NESTED | PINFOLD_HOST_NET | PINFOLD_HOST_ABSTRACT};
        pid_t victim = start_victim();
        const char *command = format("reach %d", (int)victim);

        assert_true(victim > 10);
        assert_outside(command, "kill: ok\nsigqueue: ok\npidfd: ok\naffinity: ok\nsession: ok\nmemory: ok\ntrace: ok\n");
        for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
                assert_inside(box_with_attacks(flags[i]), command,
                              "kill: No such process\nsigqueue: No such process\npidfd: No such process\n"
                              "affinity: No such process\nsession: No such process\nmemory: No such process\n"
                              "trace: No such process\n");
        kill(victim, SIGKILL);
        assert_int_equal(waitpid(victim, NULL, 0), victim);
}

static volatile sig_atomic_t arrived;

static void on_signal(int number)
{
        arrived = number;
}

/* To everybody, to its group and to its parent's: those inside get it, the caller whose session it is does not. */
TEST(signals_to_all_stay_inside)
{
        static const unsigned flags[] = {0, PINFOLD_RETAIN_SESSION, PINFOLD_NO_SECCOMP | PINFOLD_RETAIN_SESSION};
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;

        sigaction(SIGUSR1, &action, &before);
        for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
                struct pinfold *box = box_with_attacks(flags[i]);
                char *output;

                pinfold_set_args(box, (const char *[]){"sh", "-c", "trap 'echo got it' USR1; /attacks signal-all", NULL});
                output = box_output(box, 0);
                assert_string_equal(output, "sent\ngot it\n");
                free(output);
                assert_int_equal(arrived, 0);
        }
        raise(SIGUSR1);
        assert_int_equal(arrived, SIGUSR1);
        sigaction(SIGUSR1, &before, NULL);
}

/* ---- System V and POSIX IPC -------------------------------------------------------------------------------------- */

TEST(queues_of_the_host)
{
        int key = 0x70690000 + (int)getpid() % 0x8000;
        const char *name = format("/pinfold-test-%d", (int)getpid()), *command = format("queues %d %s", key, name);
        int messages = msgget(key, IPC_CREAT | IPC_EXCL | 0600), memory = shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600);
        int semaphores = semget(key, 1, IPC_CREAT | IPC_EXCL | 0600);
        mqd_t queue = mq_open(name, O_CREAT | O_EXCL | O_RDONLY, 0600, NULL);
        static const unsigned flags[] = {0, PINFOLD_NO_SECCOMP,
                                         PINFOLD_NO_SECCOMP | PINFOLD_HOST_NET | PINFOLD_HOST_ABSTRACT};

        assert_true(messages >= 0 && memory >= 0 && semaphores >= 0 && queue >= 0);
        assert_outside(command, "message queue: ok\nsemaphores: ok\nshared memory: ok\nposix queue: ok\n");
        for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
                assert_inside(box_with_attacks(flags[i]), command,
                              "message queue: No such file or directory\nsemaphores: No such file or directory\n"
                              "shared memory: No such file or directory\nposix queue: No such file or directory\n");
        msgctl(messages, IPC_RMID, NULL);
        shmctl(memory, IPC_RMID, NULL);
        semctl(semaphores, 0, IPC_RMID);
        mq_close(queue);
        mq_unlink(name);
}

/* ---- PID 1's program: CVE-2019-5736 ------------------------------------------------------------------------------ */

static void run_attacks(struct pinfold *box, const char *script, const char *expected)
{
        char *output;

        pinfold_set_args(box, (const char *[]){"sh", "-c", script, NULL});
        output = box_output(box, 0);
        assert_string_equal(output, expected);
        free(output);
}

#define EACH(path, error) path ": " error "\n" path ": " error "\n" path ": " error "\n"

TEST(init_cannot_be_opened_through_proc)
{
        static const uid_t ids[] = {0, 1000};

        for (size_t i = 0; i < 2; i++) {
                struct pinfold *box = box_with_attacks(PINFOLD_NO_SECCOMP);

                pinfold_set_uid(box, ids[i]);
                run_attacks(box, "/attacks write-exe /proc/1/exe",
                            EACH("/proc/1/exe", "Permission denied") "/proc/1/exe: Permission denied\n"
                                                                     "/proc/1/exe: Permission denied\n");
                /* The control: a program of one's own can be, and would be written to once it does not run any more. */
                run_attacks(box_with_attacks(PINFOLD_NO_SECCOMP), "cp /attacks /tmp/a; exec /tmp/a write-exe /proc/self/exe",
                            "/proc/self/exe: ok\n/proc/self/exe: ok\n" EACH("/proc/self/exe", "Text file busy"));
        }
}

/* "/proc/self/exe" in place of the program, or its interpreter, is init's image, which runs no further than to say so. */
TEST(init_in_place_of_the_program_does_nothing)
{
        struct pinfold *box = box_new("");
        const char *script;
        char *output;

        pinfold_set_path(box, "/proc/self/exe");
        output = box_output(box, 1);
        assert_non_null(strstr(output, "it is of no use by hand"));
        free(output);

        script = format("%s/script", temporary_directory());
        write_file(script, "#!/proc/self/exe\n");
        assert_int_equal(chmod(script, 0755), 0);
        box = box_new("");
        pinfold_bind(box, script, "/script", 0);
        pinfold_set_path(box, "/script");
        output = box_output(box, 1);
        assert_non_null(strstr(output, "it is of no use by hand"));
        free(output);
}

/* Even root, outside, who may open it. */
ROOT_TEST(inits_image_is_sealed)
{
        struct pinfold *box = box_new("read line");
        struct pinfold_error err = {0};
        const char *path;
        int ends[2], fd;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pinfold_set_stdin(box, ends[0]);
        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0)
                fail_msg("%s", err.text);
        path = format("/proc/%d/exe", (int)pinfold_pid(box));
        fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
        assert_int_equal(open(path, O_WRONLY | O_CLOEXEC), -1);
        assert_int_equal(ftruncate(fd, 0), -1);
        close(fd);
        close(ends[1]);
        pinfold_free(box);
        close(ends[0]);
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

/* Each file system in memory ends at half of it, or where it was told to. */
TEST(file_systems_in_memory_are_bounded)
{
        struct pinfold *box = box_new("half=$(($(sed -n 's/MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo) / 2 + 4));"
                                      "while read -r id parent device root point rest; do case $rest in *'- tmpfs '*)"
                                      " set -- $(stat -f -c '%b %S' $point); test $1 != 0 &&"
                                      " test $(($1 * $2 / 1024)) -le $half && echo $point || echo $point $1 of $half;; esac;"
                                      "done </proc/self/mountinfo");
        char *output;

        pinfold_place(box, "/file", "content", 0);
        pinfold_readonly(box, "/empty", 0755);
        output = box_output(box, 0);
        assert_non_null(strstr(output, "/tmp\n"));
        assert_non_null(strstr(output, "/dev/shm\n"));
        assert_null(strstr(output, " of "));
        free(output);
}

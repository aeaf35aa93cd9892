/* SPDX-License-Identifier: MIT */
/*
 * bare: the bare calls. A container with the same namespaces, the same view and the same filter as one of pinfold's, made in
 * the fewest system calls that we know, and nothing else: no check, no report, no protection beyond what the kernel does by
 * itself. Not a sandbox for anybody to use: the yardstick of the benchmark, the cost that no program in user space can avoid.
 *
 *      bare [host-net] [filter FILE] STEP... -- PROGRAM [ARGUMENT]...
 *
 *      root               the host's "/", with all that is mounted there, is the new root
 *      empty MODE         an empty tmpfs is
 *      dir PATH | file PATH   an empty directory, or file, to mount on; paths of the new root have no leading slash
 *      link TEXT PATH     a symbolic link
 *      bind SOURCE PATH   SOURCE of the host at PATH
 *      seal PATH          read-only, nosuid and nodev: PATH and all that is mounted below it so far
 *      readonly PATH      the same for the one mount at PATH
 *      tmpfs MODE PATH, proc PATH, dev PATH
 *
 * Where its calls are fewer than pinfold's, in principle: mount(2) takes one call where fsopen, fsconfig, fsmount and
 * move_mount take six, because it does not have to be safe from a symbolic link in its way; flags are set once for a whole
 * tree; PID 1 shares its memory with the caller, so no page table is copied and no other program is executed.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILTER_MAX 4096
#define STACK_SIZE (32 * 1024)

#define ATTR_RDONLY 1u
#define ATTR_NOSUID 2u
#define ATTR_NODEV 4u
#define ATTR_NOEXEC 8u
#define RECURSIVE 0x8000

struct plan {
        int host_net;
        char **steps;
        char **program;
        struct sock_fprog filter;
        char uid_map[32], gid_map[32];
};

static struct sock_filter instructions[FILTER_MAX];
static char init_stack[STACK_SIZE] __attribute__((aligned(16)));
static char program_stack[STACK_SIZE] __attribute__((aligned(16)));

static _Noreturn void die(const char *what)
{
        dprintf(STDERR_FILENO, "bare: %s: %s\n", what, strerror(errno));
        _exit(125);
}

static void must(int result, const char *what)
{
        if (result < 0)
                die(what);
}

static void set_attributes(const char *path, uint64_t attributes, int recursive)
{
        uint64_t request[4] = {attributes};

        must((int)syscall(__NR_mount_setattr, AT_FDCWD, path, recursive ? RECURSIVE : 0, request, sizeof(request)), path);
}

/* ---- The user namespace ---------------------------------------------------------------------------------------- */

/* Not closed: executing the program does that. */
static void write_file(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        must(fd, path);
        must((int)write(fd, text, strlen(text)), path);
}

/* Without ids nothing can be created on a tmpfs, nor can the program have any. */
static void map_ids(const struct plan *plan)
{
        write_file("/proc/self/uid_map", plan->uid_map);
        write_file("/proc/self/setgroups", "deny"); /* or else the kernel refuses the map of groups */
        write_file("/proc/self/gid_map", plan->gid_map);
}

/* ---- The network ----------------------------------------------------------------------------------------------- */

/* A new network namespace has a loopback device that is down: nothing could be reached, not even itself. */
static void raise_loopback(void)
{
        struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        must(fd, "socket");
        must(ioctl(fd, SIOCSIFFLAGS, &loopback), "lo");
}

/* ---- The mounts ------------------------------------------------------------------------------------------------ */

/* What is mounted on "/" is reached by "/..": "/" itself is what lies below. All paths are relative from here on. */
static void enter_root(void)
{
        must(chdir("/.."), "enter the new root");
}

/* A copy of the tree, so that the old one can go. */
static void step_root(char **arguments)
{
        (void)arguments;
        must(mount("/", "/", NULL, MS_BIND | MS_REC, NULL), "bind /");
        enter_root();
}

static void mount_tmpfs(const char *path, const char *mode)
{
        char options[32] = "mode=";

        strncat(options, mode, sizeof(options) - 6);
        must(mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options), path);
}

static void step_empty(char **arguments)
{
        mount_tmpfs("/", arguments[0]);
        enter_root();
}

static void step_dir(char **arguments)
{
        must(mkdir(arguments[0], 0755), arguments[0]);
}

static void step_file(char **arguments)
{
        must(mknod(arguments[0], S_IFREG | 0444, 0), arguments[0]);
}

static void step_link(char **arguments)
{
        must(symlink(arguments[0], arguments[1]), arguments[1]);
}

/* With all that is mounted below: a part of it would be refused, because it would show what that covers. */
static void step_bind(char **arguments)
{
        must(mount(arguments[0], arguments[1], NULL, MS_BIND | MS_REC, NULL), arguments[1]);
}

static void step_seal(char **arguments)
{
        set_attributes(arguments[0], ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV, 1);
}

static void step_readonly(char **arguments)
{
        set_attributes(arguments[0], ATTR_RDONLY, 0);
}

static void step_tmpfs(char **arguments)
{
        mount_tmpfs(arguments[1], arguments[0]);
}

static void step_proc(char **arguments)
{
        must(mount("proc", arguments[0], "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), arguments[0]);
}

/* The entries that pinfold's /dev has. Nodes cannot be made in a user namespace: each is a mount of the host's. */
static void step_dev(char **arguments)
{
        static const char *const nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
        static const char *const links[][2] = {
                {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"}, {"/proc/self/fd/2", "stderr"},
                {"/proc/self/fd", "fd"},      {"/proc/kcore", "core"},       {"pts/ptmx", "ptmx"},
        };

        mount_tmpfs(arguments[0], "0755");
        /* Names are short in there: one call, and fourteen paths less to walk. */
        must(chdir(arguments[0]), arguments[0]);
        for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
                char source[16] = "/dev/";

                strcat(source, nodes[i]);
                must(mknod(nodes[i], S_IFREG | 0444, 0), nodes[i]); /* a mount needs something to be mounted on */
                must(mount(source, nodes[i], NULL, MS_BIND, NULL), nodes[i]);
        }
        for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
                must(symlink(links[i][0], links[i][1]), links[i][1]);
        must(mkdir("pts", 0755), "pts");
        must(mkdir("shm", 0755), "shm");
        /* One call for the directory and the six nodes; what is to be writable is mounted afterwards. */
        set_attributes(".", ATTR_RDONLY | ATTR_NOSUID | ATTR_NOEXEC, 1);
        must(mount("devpts", "pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"), "pts");
        mount_tmpfs("shm", "1777");
        enter_root();
}

static const struct step {
        const char *name;
        int arguments;
        void (*run)(char **arguments);
} steps[] = {
        {"root", 0, step_root},         {"empty", 1, step_empty}, {"dir", 1, step_dir},   {"file", 1, step_file},
        {"link", 2, step_link},         {"bind", 2, step_bind},   {"seal", 1, step_seal}, {"tmpfs", 2, step_tmpfs},
        {"readonly", 1, step_readonly}, {"proc", 1, step_proc},   {"dev", 1, step_dev},
};

static char **run_step(char **words)
{
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
                if (strcmp(words[0], steps[i].name) != 0)
                        continue;
                errno = EINVAL; /* for what is missing */
                for (int j = 1; j <= steps[i].arguments; j++)
                        must(words[j] ? 0 : -1, words[0]);
                steps[i].run(words + 1);
                return words + 1 + steps[i].arguments;
        }
        errno = EINVAL;
        die(words[0]);
}

/* The old root lies on the new one afterwards, in everybody's reach, until it is unmounted. */
static void leave_old_root(void)
{
        must((int)syscall(__NR_pivot_root, ".", "."), "pivot_root");
        must(umount2(".", MNT_DETACH), "unmount the old root");
        must(chdir("/"), "enter the new root"); /* the working directory was what has been unmounted */
}

/* ---- The processes --------------------------------------------------------------------------------------------- */

/* PID 2. Capabilities go by themselves: executed by an id other than 0, a program has none. */
static int become_program(void *argument)
{
        const struct plan *plan = argument;
        static char *const environment[] = {NULL};

        must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs"); /* the filter takes it, and so does safety */
        if (plan->filter.len > 0)
                must((int)syscall(__NR_seccomp, 1 /* SECCOMP_SET_MODE_FILTER */, 0, &plan->filter), "filter");
        execve(plan->program[0], plan->program, environment);
        die(plan->program[0]);
}

/*
 * PID 1: a process that is not the program, because the kernel ends the whole container with it, gives it only signals for
 * which it has handlers, and makes it the parent of every orphan.
 */
static int run_init(void *argument)
{
        const struct plan *plan = argument;
        int status, pid;

        map_ids(plan);
        if (!plan->host_net)
                raise_loopback();
        for (char **word = plan->steps; *word;)
                word = run_step(word);
        leave_old_root();
        pid = clone(become_program, program_stack + STACK_SIZE, CLONE_VM | SIGCHLD, argument);
        must(pid, "clone");
        /* What is left when the program has ended ends with PID 1. */
        must(waitpid(pid, &status, 0), "wait");
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void read_filter(struct plan *plan, const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t size;

        must(fd, path);
        size = read(fd, instructions, sizeof(instructions));
        must((int)size, path);
        plan->filter.len = (unsigned short)((size_t)size / sizeof(instructions[0]));
        plan->filter.filter = instructions;
}

static void parse(struct plan *plan, char **word)
{
        if (*word && strcmp(*word, "host-net") == 0) {
                plan->host_net = 1;
                word++;
        }
        if (word[0] && strcmp(word[0], "filter") == 0 && word[1]) {
                read_filter(plan, word[1]);
                word += 2;
        }
        plan->steps = word;
        while (*word && strcmp(*word, "--") != 0)
                word++;
        if (!word[0] || !word[1]) {
                dprintf(STDERR_FILENO, "usage: bare [host-net] [filter FILE] STEP... -- PROGRAM [ARGUMENT]...\n");
                _exit(2);
        }
        *word = NULL; /* ends the steps */
        plan->program = word + 1;
        /* From the auxiliary vector: no call. */
        snprintf(plan->uid_map, sizeof(plan->uid_map), "%lu %lu 1", getauxval(AT_EUID), getauxval(AT_EUID));
        snprintf(plan->gid_map, sizeof(plan->gid_map), "%lu %lu 1", getauxval(AT_EGID), getauxval(AT_EGID));
}

int main(int argc, char **argv)
{
        static struct plan plan;
        int flags = CLONE_VM | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
        int status, pid;

        (void)argc;
        parse(&plan, argv + 1);
        /* All namespaces in the call that makes PID 1. */
        pid = clone(run_init, init_stack + STACK_SIZE, flags | (plan.host_net ? 0 : CLONE_NEWNET) | SIGCHLD, &plan);
        must(pid, "clone");
        must(waitpid(pid, &status, 0), "wait");
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

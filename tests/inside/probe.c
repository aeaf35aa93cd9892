/* SPDX-License-Identifier: MIT */
/*
 * /inside: a static program that tests run in containers. Its first argument says what to try or to look at; it prints
 * what it found. Attacks end with 42, so that nobody takes an accident for their end; everything else with 0.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SURVIVED 42

static void show(const char *what, int failed)
{
        printf("%s: %s\n", what, failed ? strerror(errno) : "ok");
}

/* All 64: the C library keeps two for itself. */
static void ignore_signals(void)
{
        unsigned long action[4] = {(unsigned long)SIG_IGN};

        for (int number = 1; number <= 64; number++)
                syscall(SYS_rt_sigaction, number, action, NULL, 8);
}

/* ---- Attacks on PID 1 -------------------------------------------------------------------------------------------- */

static siginfo_t forged(int number)
{
        siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};

        info.si_pid = 0;
        info.si_uid = 0;
        return info;
}

static int refused(const char *what, int number, int failed)
{
        if (failed && errno != EPERM)
                printf("%s %d: %s\n", what, number, strerror(errno));
        return failed != 0;
}

static int send_signals(void)
{
        int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);
        int counts[4] = {0};

        ignore_signals();
        for (int number = 1; number <= 64; number++) {
                siginfo_t info = forged(number);

                counts[0] += refused("kill", number, kill(1, number) < 0);
                counts[1] += refused("sigqueue", number, syscall(SYS_rt_sigqueueinfo, 1, number, &info) < 0);
                counts[2] += refused("tgsigqueue", number, syscall(SYS_rt_tgsigqueueinfo, 1, 1, number, &info) < 0);
                counts[3] += refused("pidfd", number, syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) < 0);
        }
        printf("kill: %d refused\nsigqueue: %d refused\ntgsigqueue: %d refused\npidfd: %d refused\n",
               counts[0], counts[1], counts[2], counts[3]);
        usleep(200000);
        return SURVIVED;
}

static int send_without_origin(void)
{
        struct rlimit none = {0, 0};
        siginfo_t info = forged(SIGTERM);

        if (prlimit(1, RLIMIT_SIGPENDING, &none, NULL) < 0)
                show("prlimit", 1);
        for (int i = 0; i < 20; i++)
                if (syscall(SYS_rt_sigqueueinfo, 1, SIGTERM, &info) < 0)
                        show("sigqueue", 1);
        usleep(200000);
        return SURVIVED;
}

/* Whole groups, all processes, and a signal that a descriptor sends. */
static int send_to_everything(void)
{
        int ends[2];

        ignore_signals();
        for (int i = 0; i < 5; i++)
                if (fork() == 0) {
                        signal(SIGTERM, SIG_DFL);
                        for (;;)
                                pause();
                }
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
                show("socketpair", 1);
        fcntl(ends[0], F_SETOWN, 1);
        fcntl(ends[0], F_SETSIG, SIGTERM);
        fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK);
        if (write(ends[1], "x", 1) != 1)
                show("write", 1);
        for (int number = 1; number <= 64; number++) {
                if (number == SIGKILL || number == SIGSTOP)
                        continue;
                kill(0, number);
                kill(-1, number);
        }
        kill(-1, SIGSTOP);
        kill(-1, SIGCONT);
        kill(-1, SIGKILL);
        usleep(200000);
        return SURVIVED;
}

/* All but RLIMIT_CPU: beyond that the kernel itself kills, which ends the container. */
static int lower_limits(void)
{
        struct rlimit none = {0, 0};

        for (int resource = 0; resource < RLIM_NLIMITS; resource++)
                if (resource != RLIMIT_CPU && prlimit(1, (enum __rlimit_resource)resource, &none, NULL) < 0)
                        printf("limit %d: %s\n", resource, strerror(errno));
        /* Something to do for it. */
        for (int i = 0; i < 5; i++)
                if (fork() == 0) {
                        if (fork() == 0)
                                usleep(20000);
                        _exit(0);
                }
        usleep(100000);
        return SURVIVED;
}

/* ---- Work for PID 1 ---------------------------------------------------------------------------------------------- */

/* PID 1 and we are the only ones. */
static int are_alone(void)
{
        DIR *proc = opendir("/proc");
        struct dirent *entry;
        int count = 0;

        while (proc && (entry = readdir(proc)))
                count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
        closedir(proc);
        return count == 2;
}

/* A hundred at a time, living or dead, from a parent that ends. */
static void make_a_hundred_orphans(void)
{
        pid_t pid = fork();
        int status;

        if (pid == 0) {
                for (int i = 0; i < 100; i++) {
                        pid_t child = fork();

                        if (child == 0)
                                _exit(3);
                        if (child < 0)
                                show("fork", 1);
                }
                _exit(4);
        }
        if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 4)
                show("wait", 1);
}

static int make_orphans(int hundreds)
{
        for (int i = 0; i < hundreds; i++)
                make_a_hundred_orphans();
        for (int i = 0; i < 1000 && !are_alone(); i++)
                usleep(10000);
        if (!are_alone())
                puts("zombies are left");
        return SURVIVED;
}

static int leave_children(int count)
{
        for (int i = 0; i < count; i++)
                if (fork() == 0) {
                        usleep(300000);
                        _exit(i % 256);
                }
        return SURVIVED;
}

/* ---- Looking at another process ---------------------------------------------------------------------------------- */

static const char *file_of(int pid, const char *name)
{
        static char path[64];

        snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
        return path;
}

static void verdict(const char *what, int allowed)
{
        printf("%s %s\n", what, allowed ? "open" : "refused");
}

static int can_open(int pid, const char *name)
{
        int fd = open(file_of(pid, name), O_RDONLY);

        if (fd >= 0)
                close(fd);
        return fd >= 0;
}

static int can_read_link(int pid, const char *name)
{
        char target[256];

        return readlink(file_of(pid, name), target, sizeof(target)) >= 0;
}

static int can_read_descriptors(int pid)
{
        char name[32];

        for (int fd = 0; fd < 1024; fd++) {
                snprintf(name, sizeof(name), "fd/%d", fd);
                if (can_read_link(pid, name) || can_open(pid, name))
                        return 1;
        }
        return 0;
}

static int can_take_descriptor(int pid)
{
        int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

        for (int fd = 0; fd < 64; fd++)
                if (syscall(SYS_pidfd_getfd, pidfd, fd, 0) >= 0)
                        return 1;
        return 0;
}

static int can_read_memory(int pid)
{
        char byte;
        struct iovec ours = {&byte, 1}, theirs = {(void *)1, 1};

        /* Nothing is there; a process that may look finds that out. */
        return process_vm_readv(pid, &ours, 1, &theirs, 1, 0) >= 0 || errno == EFAULT;
}

static int look_at(int pid)
{
        verdict("exe", can_read_link(pid, "exe") || can_open(pid, "exe"));
        verdict("mem", can_open(pid, "mem"));
        verdict("fd", can_read_descriptors(pid));
        verdict("environ", can_open(pid, "environ"));
        verdict("maps", can_open(pid, "maps"));
        verdict("cwd", can_read_link(pid, "cwd"));
        verdict("root", can_read_link(pid, "root"));
        verdict("ptrace", ptrace(PTRACE_SEIZE, pid, 0, 0) == 0);
        verdict("read", can_read_memory(pid));
        verdict("pidfd", can_take_descriptor(pid));
        return 0;
}

static int look_at_child(void)
{
        pid_t pid = fork();

        if (pid == 0)
                for (;;)
                        pause();
        look_at(pid);
        fflush(stdout);
        kill(pid, SIGKILL);
        return 0;
}

static int name_of(int pid)
{
        char name[32] = "";
        int fd = open(file_of(pid, "comm"), O_RDONLY);

        if (fd < 0 || read(fd, name, sizeof(name) - 1) < 0)
                show("comm", 1);
        printf("%s", name);
        return 0;
}

/* ---- What the program finds of itself ---------------------------------------------------------------------------- */

/* "NUMBER INODE FLAGS" of each. */
static int show_descriptors(void)
{
        for (int fd = 0; fd < 4096; fd++) {
                struct stat stat;

                if (fstat(fd, &stat) == 0)
                        printf("%d %lu %d\n", fd, (unsigned long)stat.st_ino, fcntl(fd, F_GETFD));
        }
        return 0;
}

/* "MAJOR:MINOR FLAGS" of the standard ones, to descriptor 3; and whether they can be used. */
static int show_streams(void)
{
        char byte;

        for (int fd = 0; fd < 3; fd++) {
                struct stat stat;

                if (fstat(fd, &stat) < 0)
                        dprintf(3, "%d: %s\n", fd, strerror(errno));
                dprintf(3, "%u:%u %d\n", major(stat.st_rdev), minor(stat.st_rdev), fcntl(fd, F_GETFL) & O_ACCMODE);
        }
        dprintf(3, "read %zd\nwrite %zd %zd\n", read(0, &byte, 1), write(1, "x", 1), write(2, "x", 1));
        return 0;
}

static int show_words(char **argv)
{
        for (char **at = argv; *at; at++)
                printf("[%s]", *at);
        puts("");
        for (char **at = environ; *at; at++)
                printf("[%s]", *at);
        puts("");
        return 0;
}

static int show_self(void)
{
        char line[512];
        FILE *status = fopen("/proc/self/status", "r");

        while (status && fgets(line, sizeof(line), status))
                if (strncmp(line, "Sig", 3) == 0 || strncmp(line, "Shd", 3) == 0 || strncmp(line, "Cap", 3) == 0 ||
                    strncmp(line, "NoNewPrivs", 10) == 0 || strncmp(line, "Groups", 6) == 0)
                        if (strncmp(line, "SigQ", 4) != 0)
                                fputs(line, stdout);
        printf("dumpable %d\nsecurebits %d\n", prctl(PR_GET_DUMPABLE), prctl(PR_GET_SECUREBITS));
        return 0;
}

static int show_session(void)
{
        printf("pid %d ppid %d session %d group %d\n", getpid(), getppid(), getsid(0), getpgrp());
        return 0;
}

/* ---- What it can do ---------------------------------------------------------------------------------------------- */

/* Each in a process of its own: afterwards one is not what one was. */
static void new_namespace(const char *what, int flags)
{
        pid_t pid = fork();

        if (pid == 0) {
                show(what, unshare(flags) < 0);
                _exit(0);
        }
        waitpid(pid, NULL, 0);
}

static int new_namespaces(void)
{
        new_namespace("unshare user", CLONE_NEWUSER);
        new_namespace("unshare all", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET);
        new_namespace("unshare mount", CLONE_NEWNS);
        return 0;
}

static int use_loopback(void)
{
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t length = sizeof(address);
        int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), server;
        struct if_nameindex *names = if_nameindex();
        struct ifreq request = {.ifr_name = "lo"};
        char byte = 0;

        for (struct if_nameindex *at = names; at && at->if_index; at++)
                printf("interface %s\n", at->if_name);
        ioctl(client, SIOCGIFFLAGS, &request);
        printf("lo is %s\n", request.ifr_flags & IFF_UP ? "up" : "down");
        if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 1) < 0 ||
            getsockname(listener, (struct sockaddr *)&address, &length) < 0)
                show("listen", 1);
        show("connect", connect(client, (struct sockaddr *)&address, length) < 0);
        server = accept(listener, NULL, NULL);
        if (write(client, "x", 1) != 1 || read(server, &byte, 1) != 1)
                show("exchange", 1);
        printf("received %c\n", byte);
        return 0;
}

static int connect_abstract(const char *name)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));

        memcpy(address.sun_path + 1, name, strlen(name));
        show("connect", connect(fd, (struct sockaddr *)&address, length) < 0);
        return 0;
}

/* The caller has put a key by this name into its session and user keyrings. */
static int search_keys(const char *name)
{
        long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", name, 0);

        show("search session", key < 0);
        key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", name, 0);
        show("search user", key < 0);
        key = syscall(SYS_add_key, "user", name, "inside", 6, KEY_SPEC_SESSION_KEYRING);
        show("add session", key < 0);
        return 0;
}

static int read_key(const char *number)
{
        char content[16];

        show("read", syscall(SYS_keyctl, KEYCTL_READ, atoi(number), content, sizeof(content)) < 0);
        return 0;
}

/* Where the program holds CAP_SYS_ADMIN: which of the mounts it finds can it change? */
static int change_mount(const char *path)
{
        char what[256];

        snprintf(what, sizeof(what), "umount %s", path);
        show(what, umount2(path, 0) < 0 && umount2(path, MNT_DETACH) < 0);
        snprintf(what, sizeof(what), "writable %s", path);
        show(what, mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL) < 0);
        return 0;
}

static int change_mounts(char **paths)
{
        for (; *paths; paths++)
                change_mount(*paths);
        /* One of its own, to tell that the probe works. */
        show("mount", mount("own", "/tmp", "tmpfs", MS_RDONLY, NULL) < 0);
        show("writable own", mount(NULL, "/tmp", NULL, MS_REMOUNT | MS_BIND, NULL) < 0);
        show("umount own", umount2("/tmp", 0) < 0);
        return 0;
}

static int set_ids(void)
{
        show("setuid", setresuid(1, 1, 1) < 0);
        show("setgid", setresgid(1, 1, 1) < 0);
        show("setgroups", syscall(SYS_setgroups, 0, NULL) < 0);
        show("chroot", chroot("/") < 0);
        show("sethostname", sethostname("x", 1) < 0);
        show("mount", mount("own", "/tmp", "tmpfs", 0, NULL) < 0);
        return 0;
}

/* A signal through a descriptor of a process that is outside. */
static int signal_pidfd(const char *number)
{
        show("signal", syscall(SYS_pidfd_send_signal, atoi(number), SIGTERM, NULL, 0) < 0);
        return 0;
}

int main(int argc, char **argv)
{
        const char *what = argc > 1 ? argv[1] : "", *argument = argc > 2 ? argv[2] : "";

        setvbuf(stdout, NULL, _IOLBF, 0);
        if (strcmp(what, "signals") == 0)
                return send_signals();
        if (strcmp(what, "lost-origin") == 0)
                return send_without_origin();
        if (strcmp(what, "everything") == 0)
                return send_to_everything();
        if (strcmp(what, "limits") == 0)
                return lower_limits();
        if (strcmp(what, "orphans") == 0)
                return make_orphans(atoi(argument));
        if (strcmp(what, "leave") == 0)
                return leave_children(atoi(argument));
        if (strcmp(what, "look-at") == 0)
                return look_at(atoi(argument));
        if (strcmp(what, "look-at-child") == 0)
                return look_at_child();
        if (strcmp(what, "name-of") == 0)
                return name_of(atoi(argument));
        if (strcmp(what, "descriptors") == 0)
                return show_descriptors();
        if (strcmp(what, "streams") == 0)
                return show_streams();
        if (strcmp(what, "words") == 0)
                return show_words(argv);
        if (strcmp(what, "self") == 0)
                return show_self();
        if (strcmp(what, "session") == 0)
                return show_session();
        if (strcmp(what, "namespaces") == 0)
                return new_namespaces();
        if (strcmp(what, "loopback") == 0)
                return use_loopback();
        if (strcmp(what, "abstract") == 0)
                return connect_abstract(argument);
        if (strcmp(what, "search-keys") == 0)
                return search_keys(argument);
        if (strcmp(what, "read-key") == 0)
                return read_key(argument);
        if (strcmp(what, "mounts") == 0)
                return change_mounts(argv + 2);
        if (strcmp(what, "ids") == 0)
                return set_ids();
        if (strcmp(what, "signal-pidfd") == 0)
                return signal_pidfd(argument);
        puts("probe: unknown");
        return 2;
}

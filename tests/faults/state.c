/* SPDX-License-Identifier: MIT */
/*
 * Says in what state a program in a container finds itself: all that protects, and all that was set up, in a form that is
 * the same in each run. Its arguments are what it must not have in common with the host, as `state --host` printed it
 * there. Ends with 1 when a protection that every container has is missing.
 */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

static const char *const namespaces[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"};
static int missing;

static void protection(const char *name, int there)
{
        printf("%s: %s\n", name, there ? "yes" : "NO");
        missing |= !there;
}

static const char *namespace_of(const char *name)
{
        static char text[64];
        char path[64];
        ssize_t length;

        snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
        length = readlink(path, text, sizeof(text) - 1);
        text[length > 0 ? length : 0] = '\0';
        return text;
}

static long keyring(void)
{
        return syscall(SYS_keyctl, 0L /* KEYCTL_GET_KEYRING_ID */, -3L /* session */, 0L);
}

/* What each line of a status file says that begins with one of the names. */
static void show_status(const char *path, const char *const *names)
{
        char line[512];
        FILE *file = fopen(path, "re");

        while (file && fgets(line, sizeof(line), file))
                for (size_t i = 0; names[i]; i++)
                        if (strncmp(line, names[i], strlen(names[i])) == 0)
                                printf("%s %s", path, line);
        if (file)
                fclose(file);
        else
                printf("%s: %s\n", path, strerror(errno));
}

static int status_is(const char *path, const char *name, const char *value)
{
        char line[512], wanted[128];
        FILE *file = fopen(path, "re");
        int found = 0;

        snprintf(wanted, sizeof(wanted), "%s:\t%s\n", name, value);
        while (file && fgets(line, sizeof(line), file))
                found |= strcmp(line, wanted) == 0;
        if (file)
                fclose(file);
        return found;
}

/* With these capabilities, and no others, in each of the five sets. */
static void show_rights(const char *path, const char *held)
{
        static const char *const capabilities[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
        char name[64];

        for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
                snprintf(name, sizeof(name), "%s %s", path, capabilities[i]);
                protection(name, status_is(path, capabilities[i], held));
        }
        snprintf(name, sizeof(name), "%s no_new_privs", path);
        protection(name, status_is(path, "NoNewPrivs", "1"));
        snprintf(name, sizeof(name), "%s filter", path);
        protection(name, status_is(path, "Seccomp", "2"));
}

/* Without numbers that are given anew each time. */
static void show_mounts(void)
{
        char line[4096];
        FILE *file = fopen("/proc/self/mountinfo", "re");

        while (file && fgets(line, sizeof(line), file)) {
                char root[1024], place[1024], flags[256], type[64] = "", *rest = strstr(line, " - ");

                if (rest && sscanf(line, "%*d %*d %*s %1023s %1023s %255s", root, place, flags) == 3 &&
                    sscanf(rest, " - %63s", type) == 1)
                        printf("mount %s %s %s %s %s\n", place, root, flags, type,
                               strstr(line, "shared:") || strstr(line, "master:") ? "PROPAGATES" : "private");
        }
        if (file)
                fclose(file);
}

static void show_directory(const char *path)
{
        struct dirent **entries;
        int count = scandir(path, &entries, NULL, alphasort);

        printf("in %s:", path);
        for (int i = 0; i < count; i++)
                printf(" %s", entries[i]->d_name);
        puts("");
}

static void show_descriptors(void)
{
        printf("descriptors:");
        for (int fd = 0; fd < 1024; fd++)
                if (fcntl(fd, F_GETFD) >= 0)
                        printf(" %d", fd);
        puts("");
}

static void show_process(char **environment)
{
        struct utsname host;
        char directory[4096];
        mode_t mask = umask(0);

        uname(&host);
        printf("ids %u %u, session %d %d, umask %o, host %s, in %s, nice %d\n", getuid(), getgid(), getsid(0), getpgid(0),
               mask, host.nodename, getcwd(directory, sizeof(directory)), getpriority(PRIO_PROCESS, 0));
        for (int limit = 0; limit < (int)RLIM_NLIMITS; limit++) {
                struct rlimit value;

                if (getrlimit((__rlimit_resource_t)limit, &value) == 0)
                        printf("limit %d: %lld %lld\n", limit, (long long)value.rlim_cur, (long long)value.rlim_max);
        }
        for (; *environment; environment++)
                printf("environment %s\n", *environment);
}

/* What descriptor 1 is, if it is a terminal. */
static void show_terminal(void)
{
        struct winsize size = {0};
        struct termios modes;

        if (tcgetattr(1, &modes) < 0)
                return;
        ioctl(1, TIOCGWINSZ, &size);
        printf("terminal %d %d, modes %o %o %o %o, session %d, foreground %d\n", size.ws_row, size.ws_col, modes.c_iflag,
               modes.c_oflag, modes.c_cflag, modes.c_lflag, tcgetsid(1), tcgetpgrp(1));
}

static int loopback(void)
{
        struct ifreq request = {.ifr_name = "lo"};
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        return fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 ? request.ifr_flags & IFF_UP : -1;
}

static void tell_host(void)
{
        for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
                printf("%s ", namespace_of(namespaces[i]));
        printf("%ld\n", keyring());
}

int main(int argc, char **argv, char **environment)
{
        static const char *const shown[] = {"SigPnd", "SigBlk", "SigIgn", "Groups", "CapEff", "CapPrm", NULL};

        if (argc == 2 && strcmp(argv[1], "--host") == 0)
                return tell_host(), 0;
        for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
                int own = 1;

                for (int j = 1; j < argc; j++)
                        own &= strcmp(argv[j], namespace_of(namespaces[i])) != 0;
                if (strcmp(namespaces[i], "net") == 0 && getenv("HOST_NET"))
                        continue;
                protection(namespaces[i], own);
        }
        protection("keyring", keyring() != atol(argv[argc - 1]) || keyring() < 0);
        show_rights("/proc/self/status", getenv("PRIVILEGED") ? "0000000000200000" : "0000000000000000"); /* CAP_SYS_ADMIN */
        show_rights("/proc/1/status", "0000000000000000");
        show_status("/proc/self/status", shown);
        protection("no user namespaces", unshare(CLONE_NEWUSER) < 0);
        printf("signal to PID 1: %s\n", kill(1, 0) < 0 ? strerror(errno) : "can be sent");
        printf("loopback: %d\n", loopback());
        show_status("/proc/self/uid_map", (const char *const[]){"", NULL});
        show_status("/proc/self/gid_map", (const char *const[]){"", NULL});
        show_status("/proc/sys/user/max_user_namespaces", (const char *const[]){"", NULL});
        show_status("/proc/sys/user/max_cgroup_namespaces", (const char *const[]){"", NULL});
        show_mounts();
        show_directory("/");
        show_directory("/dev");
        show_directory("/etc");
        show_descriptors();
        show_process(environment);
        show_terminal();
        return missing;
}

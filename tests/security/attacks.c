/* SPDX-License-Identifier: MIT */
/*
 * attacks COMMAND [ARGUMENT]...: tries something, and prints for each step "ok" or why not. A static program, for tests that
 * run it in containers, and outside for control.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(const char *what, int failed)
{
        printf("%s: %s\n", what, failed ? strerror(errno) : "ok");
        fflush(stdout);
}

static socklen_t address_of(struct sockaddr_un *address, const char *path, int abstract)
{
        *address = (struct sockaddr_un){.sun_family = AF_UNIX};
        snprintf(address->sun_path + abstract, sizeof(address->sun_path) - 1, "%s", path);
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
}

/* ---- io_uring(7), by hand ---------------------------------------------------------------------------------------- */

struct ring {
        int fd;
        char *submission, *completion;
        struct io_uring_sqe *entries;
        struct io_uring_params parameters;
};

static int ring_open(struct ring *ring)
{
        memset(ring, 0, sizeof(*ring));
        ring->fd = (int)syscall(SYS_io_uring_setup, 4, &ring->parameters);
        if (ring->fd < 0)
                return -1;
        ring->submission = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
        ring->completion = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_CQ_RING);
        ring->entries = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQES);
        return 0;
}

static unsigned *word(char *base, uint32_t offset)
{
        return (unsigned *)(void *)(base + offset);
}

/* One operation. Its result, with errno when that is negative. */
static int ring_do(struct ring *ring, const struct io_uring_sqe *entry)
{
        const struct io_uring_params *at = &ring->parameters;
        unsigned *tail = word(ring->submission, at->sq_off.tail), *head = word(ring->completion, at->cq_off.head);
        unsigned index = *tail & (at->sq_entries - 1);
        struct io_uring_cqe *done;
        int result;

        ring->entries[index] = *entry;
        word(ring->submission, at->sq_off.array)[index] = index;
        __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
        if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
                return -1;
        done = (struct io_uring_cqe *)(void *)(ring->completion + at->cq_off.cqes) + (*head & (at->cq_entries - 1));
        result = done->res;
        __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
        if (result < 0)
                errno = -result;
        return result;
}

#define OP_SOCKET 45 /* IORING_OP_SOCKET, Linux 5.19 */

static int use_ring(const char *socket_path)
{
        struct sockaddr_un address;
        socklen_t length = address_of(&address, socket_path, 0);
        struct ring ring;
        int fd;

        if (ring_open(&ring) < 0)
                return show("ring", 1), 0;
        show("ring", 0);
        show("open", ring_do(&ring, &(struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
                                                          .addr = (uintptr_t) "/etc/passwd"}) < 0);
        fd = ring_do(&ring, &(struct io_uring_sqe){.opcode = OP_SOCKET, .fd = AF_UNIX, .off = SOCK_STREAM});
        show("socket", fd < 0);
        show("connect", ring_do(&ring, &(struct io_uring_sqe){.opcode = IORING_OP_CONNECT, .fd = fd,
                                                             .addr = (uintptr_t)&address, .off = length}) < 0);
        return 0;
}

/* ---- Unix sockets ------------------------------------------------------------------------------------------------ */

/* -1: it is not. */
static int connected(const char *path, int abstract)
{
        struct sockaddr_un address;
        socklen_t length = address_of(&address, path, abstract);
        int fd = socket(AF_UNIX, SOCK_STREAM, 0), failed = connect(fd, (struct sockaddr *)&address, length) < 0;

        show("connect", failed);
        return failed ? -1 : fd;
}

/* Until somebody connects. Says so when it is ready, and then that it was. */
static int serve_abstract(const char *name)
{
        struct sockaddr_un address;
        socklen_t length = address_of(&address, name, 1);
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        show("listen", bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 5) < 0);
        show("accept", accept(fd, NULL, NULL) < 0);
        return 0;
}

/* What somebody sends: "DEVICE:INODE" of the descriptor, and whether it is a way up from there. */
static int receive(int fd)
{
        char byte, room[CMSG_SPACE(sizeof(int))];
        struct iovec iovec = {&byte, 1};
        struct msghdr message = {.msg_iov = &iovec, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
        struct stat info;
        int received;

        if (fd < 0)
                return 0;
        if (recvmsg(fd, &message, 0) <= 0 || !CMSG_FIRSTHDR(&message))
                return show("receive", 1), 0;
        memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(received));
        show("receive", fstat(received, &info) < 0);
        printf("%lu:%lu\n", (unsigned long)info.st_dev, (unsigned long)info.st_ino);
        show("up", faccessat(received, "..", F_OK, 0) < 0);
        return 0;
}

/* ---- Processes outside ------------------------------------------------------------------------------------------- */

static int reach(int pid)
{
        char bytes[8];
        struct iovec ours = {bytes, 8}, theirs = {(void *)(uintptr_t)4096, 8};
        cpu_set_t set;

        show("kill", kill(pid, 0) < 0);
        show("sigqueue", syscall(SYS_rt_sigqueueinfo, pid, 0, &(siginfo_t){.si_code = SI_QUEUE}) < 0);
        show("pidfd", syscall(SYS_pidfd_open, pid, 0) < 0);
        show("affinity", sched_getaffinity(pid, sizeof(set), &set) < 0);
        show("session", getsid(pid) < 0);
        /* There is nothing at this address: to be told so takes the right to look. */
        show("memory", process_vm_readv(pid, &ours, 1, &theirs, 1, 0) < 0 && errno != EFAULT);
        show("trace", ptrace(PTRACE_SEIZE, pid, 0, 0) < 0);
        return 0;
}

/* Everybody that it may: the caller outside must not notice. Its own group, the parent, and all there are. */
static int signal_all(void)
{
        signal(SIGUSR1, SIG_IGN);
        kill(-1, SIGUSR1);
        kill(0, SIGUSR1);
        kill(getppid(), SIGUSR1);
        kill(-getppid(), SIGUSR1);
        puts("sent");
        return 0;
}

/* ---- System V and POSIX IPC -------------------------------------------------------------------------------------- */

static int open_queues(int key, const char *name)
{
        show("message queue", msgget(key, 0) < 0);
        show("semaphores", semget(key, 0, 0) < 0);
        show("shared memory", shmget(key, 0, 0) < 0);
        show("posix queue", mq_open(name, O_RDONLY) < 0);
        return 0;
}

/* ---- PID 1's program --------------------------------------------------------------------------------------------- */

static void try_exe(const char *path)
{
        static const int modes[] = {O_PATH, O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC};

        for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
                show(path, open(path, modes[i]) < 0);
}

/* While it runs, of itself as well: for whoever may, that is "busy". */
static int write_exe(char **paths)
{
        for (; *paths; paths++)
                try_exe(*paths);
        return 0;
}

int main(int argc, char **argv)
{
        const char *what = argc > 1 ? argv[1] : "", *first = argc > 2 ? argv[2] : "", *second = argc > 3 ? argv[3] : "";

        if (strcmp(what, "ring") == 0)
                return use_ring(first);
        if (strcmp(what, "connect") == 0)
                return connected(first, 0), 0;
        if (strcmp(what, "connect-abstract") == 0)
                return connected(first, 1), 0;
        if (strcmp(what, "serve-abstract") == 0)
                return serve_abstract(first);
        if (strcmp(what, "receive") == 0)
                return receive(connected(first, 0));
        if (strcmp(what, "receive-abstract") == 0)
                return receive(connected(first, 1));
        if (strcmp(what, "reach") == 0)
                return reach(atoi(first));
        if (strcmp(what, "signal-all") == 0)
                return signal_all();
        if (strcmp(what, "queues") == 0)
                return open_queues(atoi(first), second);
        if (strcmp(what, "write-exe") == 0)
                return write_exe(argv + 2);
        puts("unknown attack");
        return 2;
}

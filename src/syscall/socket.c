/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "syscall/socket.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "syscall/common.h"

union control {
        struct cmsghdr header; /* for its alignment */
        char space[CMSG_SPACE(sizeof(int) * SYS_PACKET_FILES)];
};

int sys_send(int socket, const void *head, size_t head_size, const void *body, size_t body_size, const int *files,
             size_t count, bool block)
{
        struct iovec parts[2] = {
                {(void *)(uintptr_t)head, head_size},
                {(void *)(uintptr_t)body, body_size},
        };
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = body_size ? 2 : 1};
        union control control;
        int sent;

        if (count > SYS_PACKET_FILES)
                return -EMSGSIZE;
        if (count > 0) {
                struct cmsghdr *header = &control.header;

                message.msg_control = control.space;
                message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
                memset(&control, 0, sizeof(control));
                header->cmsg_level = SOL_SOCKET;
                header->cmsg_type = SCM_RIGHTS;
                header->cmsg_len = CMSG_LEN(sizeof(int) * count);
                memcpy(CMSG_DATA(header), files, sizeof(int) * count);
        }
        do
                sent = sys_call(__NR_sendmsg, socket, &message, MSG_NOSIGNAL | (block ? 0 : MSG_DONTWAIT));
        while (sent == -EINTR);
        return sent < 0 ? sent : 0;
}

static void take_files(struct msghdr *message, int *files, size_t room, size_t *ret_count, bool *ret_lost)
{
        for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
                size_t count;

                if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
                        continue;
                count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                for (size_t i = 0; i < count; i++) {
                        int fd;

                        memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
                        if (*ret_count < room) {
                                files[(*ret_count)++] = fd;
                        } else {
                                close_fd(fd);
                                *ret_lost = true;
                        }
                }
        }
}

ssize_t sys_receive(int socket, void *data, size_t size, int *files, size_t room, size_t *ret_count)
{
        struct iovec part = {data, size};
        union control control;
        struct msghdr message = {
                .msg_iov = &part,
                .msg_iovlen = 1,
                .msg_control = control.space,
                .msg_controllen = sizeof(control),
        };
        bool lost = false;
        int received;

        *ret_count = 0;
        do
                received = sys_call(__NR_recvmsg, socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        while (received == -EINTR);
        if (received < 0)
                return received;
        take_files(&message, files, room, ret_count, &lost);
        if (lost || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
                while (*ret_count > 0)
                        close_fd(files[--*ret_count]);
                /* The kernel had descriptors for us but no room in our table for them. */
                return (message.msg_flags & MSG_CTRUNC) && !lost ? -EMFILE : -EMSGSIZE;
        }
        return received;
}

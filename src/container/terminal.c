/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "container/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"

bool terminal_is_ours(const int *fds, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (fds[i] >= 0 && tcgetpgrp(fds[i]) == getpgrp())
                        return true;
        return false;
}

void terminal_set_size(int master, unsigned rows, unsigned columns)
{
        const struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

        ioctl(master, TIOCSWINSZ, &size);
}

void terminal_take_back(void)
{
        _cleanup_close_ int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
        sigset_t stop, old;

        /* Somebody else may have the foreground by now, a shell that put us in the background; a group that is gone has not. */
        if (fd < 0 || kill(-tcgetpgrp(fd), 0) == 0 || errno != ESRCH)
                return;
        /* From the background this would stop us; blocked, it is allowed. The mask is this thread's, and restored. */
        sigemptyset(&stop);
        sigaddset(&stop, SIGTTOU);
        pthread_sigmask(SIG_BLOCK, &stop, &old);
        tcsetpgrp(fd, getpgrp());
        pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Host name and loopback device: sethostname(2), netdevice(7). */
#define _GNU_SOURCE

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "init/init.h"

int stage_hostname(struct init *init, struct pinfold_error *err)
{
        const char *name = init->setup.hostname;

        if (!name)
                return 0;
        return sethostname(name, strlen(name)) < 0 ? error_set(err, errno, "\"%s\"", name) : 0;
}

int stage_network(struct init *init, struct pinfold_error *err)
{
        struct ifreq loopback = {.ifr_name = "lo"};
        _cleanup_close_ int fd = -1;

        if (init->setup.flags & PINFOLD_HOST_NET)
                return 0;
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return errno == EAFNOSUPPORT ? 0 /* a kernel without IP has no loopback */
                                             : error_set(err, errno, "open a socket");
        loopback.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
        return ioctl(fd, SIOCSIFFLAGS, &loopback) < 0 ? error_set(err, errno, "set the flags of lo") : 0;
}

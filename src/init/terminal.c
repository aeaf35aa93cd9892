/* SPDX-License-Identifier: MIT */
/*
 * The program's own terminal: a pseudo-terminal (pty(7)) of the container's own devpts. The program gets the slave, the
 * caller the master; no terminal of the host is in the container. PID 1 keeps the slave open, without ever looking at it.
 *
 * After the nested user namespace of a privileged container has been made, because the slave belongs to the mount that it
 * is opened on, and has no name in another mount namespace.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "init/init.h"
#include "init/report.h"
#include "syscall/mount.h"
#include "syscall/socket.h"

#ifndef DEVPTS_SUPER_MAGIC
#define DEVPTS_SUPER_MAGIC 0x1cd1
#endif
#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

#define PTS "/dev/pts"
#define CONSOLE "/dev/console"

/* What stands there can be anything, also the host's devpts, bound. */
static int open_pts(const struct init *init, struct pinfold_error *err)
{
        _cleanup_close_ int pts = open(PTS, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct sys_file file;
        struct statfs stat;
        int r;

        if (pts < 0)
                return error_path(err, errno, "open", PTS);
        r = sys_stat_type(pts, &file);
        if (r < 0)
                return error_path(err, -r, "look at", PTS);
        if (fstatfs(pts, &stat) < 0)
                return error_path(err, errno, "look at", PTS);
        if (stat.f_type != DEVPTS_SUPER_MAGIC || !build_is_own(&init->build, file.device)) {
                error_set(err, ENODEV, PTS " is not the container's own");
                return error_about(err, PTS);
        }
        return take_fd(&pts);
}

/* By descriptor: TIOCGPTPEER opens the slave of exactly this master, on the mount that the master was opened on. */
static int open_slave(int master, struct pinfold_error *err)
{
        int unlock = 0, slave;

        if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
                return error_set(err, errno, "unlock");
        slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        return slave < 0 ? error_set(err, errno, "open its slave") : slave;
}

/* Before the program can look. Erasing a character, in line mode, takes all bytes of it. */
static int configure(const struct init *init, int slave, struct pinfold_error *err)
{
        const struct winsize size = {
                .ws_row = (unsigned short)init->setup.rows,
                .ws_col = (unsigned short)init->setup.columns,
        };
        struct termios settings;

        if (ioctl(slave, TIOCSWINSZ, &size) < 0)
                return error_set(err, errno, "set its size");
        if (tcgetattr(slave, &settings) < 0)
                return error_set(err, errno, "read its settings");
        settings.c_iflag |= IUTF8;
        return tcsetattr(slave, TCSANOW, &settings) < 0 ? error_set(err, errno, "change its settings") : 0;
}

static int show_console(int slave, struct pinfold_error *err)
{
        _cleanup_close_ int place = open(CONSOLE, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_close_ int mount = -1;
        int r;

        if (place < 0)
                return error_path(err, errno, "open", CONSOLE);
        mount = sys_clone_tree(slave, "", 0);
        if (mount < 0)
                return error_set(err, -mount, "clone its mount");
        r = sys_move_mount(mount, place, "");
        return r < 0 ? error_path(err, -r, "mount on", CONSOLE) : 0;
}

int stage_terminal(struct init *init, struct pinfold_error *err)
{
        _cleanup_close_ int pts = -1, master = -1;
        int r;

        if (init->setup.rows == 0)
                return 0;
        pts = open_pts(init, err);
        if (pts < 0)
                return pts;
        master = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (master < 0)
                return error_path(err, errno, "open", PTS "/ptmx");
        init->unset = open_slave(master, err);
        if (init->unset < 0)
                return init->unset;
        r = configure(init, init->unset, err);
        if (r == 0)
                r = show_console(init->unset, err);
        if (r < 0)
                return r;
        if (ioctl(init->unset, TIOCSCTTY, 0) < 0)
                return error_set(err, errno, "make it the session's");
        /* Who reads the master takes the last slave's closing for the end, also where the program opens it once more. */
        r = keep(init, init->unset, err);
        if (r < 0)
                return r;
        r = report_terminal(init->socket, master);
        return r < 0 ? error_set(err, -r, "hand it over") : 0;
}

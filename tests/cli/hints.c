/* SPDX-License-Identifier: MIT */
/* Systems on which something is missing, made with a user namespace around pinfold: the error says what, the hint how. */
#include "cli/job.h"
#include "test.h"

/* Another container, as it were, in which `commands` are carried out before pinfold runs there. */
#define INSIDE(commands) "exec unshare -Urm sh -c '" commands " exec $PINFOLD run --empty $SYSTEM -- true'"

TEST(no_user_namespaces)
{
        check_error(INSIDE("echo 0 >/proc/sys/user/max_user_namespaces;"), 125,
                    "\nhint: no user namespaces are allowed here; as root: sysctl -w "
                    "user.max_user_namespaces=");
}

TEST(masked_proc)
{
        check_error(INSIDE("mount -t tmpfs t /proc/fs;"), 125, "\nhint: a new /proc is refused");
}

TEST(read_only_proc)
{
        check_error(INSIDE("mount -o remount,bind,ro /proc;"), 125, "\nhint: /proc is read-only here");
}

TEST(out_of_descriptors)
{
        check_error("ulimit -n 20; " RUN "true", 125, "Too many open files\nhint: each bind takes a descriptor");
}

TEST(missing_mount_point_below_a_read_only_bind)
{
        check_error(RUN "--bind /etc/passwd:/usr/no-such-file true", 125,
                    "/usr/no-such-file: Read-only file system\nhint: a mount point below a read-only bind");
}

TEST(remount_of_what_is_no_mount_point)
{
        check_error(RUN "--remount /usr/share:ro true", 125, "\nhint: only a mount point can be remounted");
}

TEST(missing_working_directory)
{
        check_error(RUN "--chdir /no/such true", 125, "\nhint: --chdir takes a directory inside");
}

TEST(no_hint_without_a_known_cause)
{
        assert_null(strstr(check_error(RUN "--bind /no/such:/mnt true", 125, "No such file or directory\n")->err,
                           "hint: "));
}

/* SPDX-License-Identifier: MIT */
/*
 * Out of descriptors, memory, and room in file systems: from plenty down to nothing, `pinfold run` works up to some point,
 * and is a clean error from there on. tests/errors/limits.c does the same to the library, and with processes.
 */
#define _GNU_SOURCE

#include "cli/job.h"
#include "test.h"

#define CONTAINER "\"$PINFOLD\" run -w . --bind /etc -- sh -c 'echo works; ! touch .git/hooks/x 2>/dev/null'"

/* What is left in the project, and of it a git that was not there. */
static void assert_nothing_left(void)
{
        check("find $DIR/proj -mindepth 1 ! -path '*/.git' ! -path '*/.git/hooks'", 0, "");
}

/* `limit` is an option of ulimit. Returns how often it worked. */
static int ever_less(const char *limit, int from, int to, int step)
{
        int worked = 0;

        check(HERE "mkdir -p .git/hooks", 0, NULL);
        for (int value = from; value >= to; value -= step) {
                const struct outcome *outcome;
                char command[512];

                snprintf(command, sizeof(command), AGAIN "ulimit %s %d; exec " CONTAINER, limit, value);
                outcome = run(command);
                worked += outcome->status == 0;
                if (outcome->status == 0 && strcmp(outcome->out, "works\n") == 0)
                        continue;
                /* A loader, of pinfold or of the program, says 127 by itself, and a shell 2. */
                if (*outcome->err && ((outcome->status >= 125 && outcome->status <= 127) || outcome->status == 2))
                        continue;
                fail_msg("%s: status %d\n%s%s", command, outcome->status, outcome->out, outcome->err);
        }
        assert_nothing_left();
        return worked;
}

TEST(ever_fewer_descriptors)
{
        int worked = ever_less("-n", 40, 4, 1);

        assert_in_range(worked, 1, 36);
}

TEST(ever_less_memory)
{
        /* With less the kernel cannot load the command, which is linked statically, and ends it. */
        int worked = ever_less("-v", 6000, 2250, 250);

        assert_in_range(worked, 1, 15);
}

TEST(no_room_in_a_file_system)
{
        check_error(HERE "head -c 100000 /dev/zero >large; exec \"$PINFOLD\" run --empty --root / --tmpfs /tmp:size=4K "
                    "--tmpfs /mnt:size=4K --place /mnt/large:from=large -- true", 0, "");
        /* A full one on the host: no mount point can be made there. */
        check_error(HERE "exec unshare -Urm --propagation private sh -c '"
                         "mount -t tmpfs -o size=4k,nr_inodes=2 small $DIR/proj; touch $DIR/proj/a; exec \"$PINFOLD\" run --empty "
                         "--root / --map-uids 0:0:1 --bind $DIR/proj:/mnt:writable --tmpfs /mnt/new -- true'",
                    125, "cannot set up container: tmpfs on /mnt/new: create directory /mnt/new: No space left on device");
}


/* SPDX-License-Identifier: MIT */
/* The owner of a source puts a symbolic link in its place, over and over, while containers are started: CVE-2024-42472. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"

#define ROUNDS 12

static const char *directory;
static atomic_bool over;

static void *swap(void *unused)
{
        int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

        while (!over) {
                renameat2(fd, "source", fd, "link", RENAME_EXCHANGE);
                usleep(100);
        }
        close(fd);
        return unused;
}

/* How often the link's target was shown in place of the source. */
static int secrets(const char *source, unsigned flags)
{
        int count = 0;

        for (int i = 0; i < ROUNDS; i++) {
                struct pinfold *box = box_new("exec cat /tmp/d/file");
                struct run run;

                pinfold_bind(box, format("%s/%s", directory, source), "/tmp/d", flags);
                run = box_run(box);
                pinfold_free(box);
                if (run.error)
                        assert_int_equal(run.error, ELOOP);
                else if (strcmp(run.output, "secret") == 0)
                        count++;
                else
                        assert_string_equal(run.output, "content");
                run_free(&run);
        }
        return count;
}

/* The same for a descriptor of the source. Returns how often the link stood in its place. */
static int stale(int fd)
{
        int count = 0;

        for (int i = 0; i < ROUNDS; i++) {
                struct pinfold *box = box_new("exec cat /tmp/d/file");
                struct run run;

                pinfold_bind_fd(box, fd, "/tmp/d", 0);
                run = box_run(box);
                pinfold_free(box);
                if (run.error)
                        assert_int_equal(run.error, ESTALE);
                else
                        assert_string_equal(run.output, "content");
                count += run.error == ESTALE;
                run_free(&run);
        }
        return count;
}

static void populate(void)
{
        directory = temporary_directory();
        assert_int_equal(mkdir(format("%s/source", directory), 0755), 0);
        assert_int_equal(mkdir(format("%s/source/deep", directory), 0755), 0);
        assert_int_equal(mkdir(format("%s/secret", directory), 0755), 0);
        assert_int_equal(mkdir(format("%s/secret/deep", directory), 0755), 0);
        for (int i = 0; i < 4; i++)
                write_file(format("%s/%s%s/file", directory, i / 2 ? "secret" : "source", i % 2 ? "/deep" : ""),
                           i / 2 ? "secret" : "content");
        assert_int_equal(symlink("secret", format("%s/link", directory)), 0);
}

/* "source" itself, a directory on the way, or a descriptor of the first. */
static void each(const char *source, bool by_descriptor)
{
        pthread_t thread;
        int with_links, fd;

        populate();
        fd = open(format("%s/source", directory), O_PATH | O_CLOEXEC);
        over = false;
        assert_int_equal(pthread_create(&thread, NULL, swap, NULL), 0);
        with_links = secrets(source, 0);
        if (by_descriptor)
                assert_in_range(stale(fd), 1, ROUNDS);
        else
                assert_int_equal(secrets(source, PINFOLD_BIND_NO_SYMLINKS), 0);
        over = true;
        pthread_join(thread, NULL);
        close(fd);
        assert_in_range(with_links, 1, ROUNDS); /* the control: where links are followed, it is */
}

TEST(a_source_that_becomes_a_link)
{
        each("source", false);
}

TEST(a_directory_on_the_way_that_becomes_a_link)
{
        each("source/deep", false);
}

TEST(a_descriptor_of_what_becomes_a_link)
{
        each("source", true);
}

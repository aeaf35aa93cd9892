/* SPDX-License-Identifier: MIT */
/*
 * The cases and their targets, which issue 6 gives; how long each takes is set so that all of them take some ten minutes.
 * Every command line is here. Paths without a leading slash are those of the directory that run.sh prepares.
 */
#define _GNU_SOURCE

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#define PINFOLD "./pinfold run --empty --filter strict "
#define PINFOLD_VIEW "--bind /:/ --proc /proc --dev /dev --tmpfs /tmp:mode=1777 -- "
#define BARE "./bare filter strict.bpf "
#define BARE_VIEW "root seal . proc proc dev dev tmpfs 1777 tmp -- "
/* Sessions and the end with the caller are the defaults of pinfold. */
#define BUBBLEWRAP "bwrap --unshare-all --new-session --die-with-parent --seccomp 9 "
#define BUBBLEWRAP_VIEW "--ro-bind / / --proc /proc --dev /dev --tmpfs /tmp -- "
#define BUBBLEWRAP_IDLE "bwrap --unshare-all --new-session --die-with-parent " BUBBLEWRAP_VIEW "/bin/cat"

#define BINDS (quick ? 100 : 2000)

/* ---- Starts ---------------------------------------------------------------------------------------------------- */

static void open_cold(struct plan *plan)
{
        add(plan, "pinfold", command_us, words(PINFOLD PINFOLD_VIEW "/bin/true"));
        add(plan, "bare calls", command_us, words(BARE BARE_VIEW "/bin/true"));
        add(plan, "bubblewrap", command_filter_us, words(BUBBLEWRAP BUBBLEWRAP_VIEW "/bin/true"))->other = true;
        add(plan, "crun", command_us, words("crun --cgroup-manager=disabled run --bundle crun bench"))
                ->other = true;
        add(plan, "firejail", command_us,
            words("firejail --quiet --noprofile --net=none --private-dev --private-tmp --read-only=/ --seccomp /bin/true"))
                ->other = true;
        /* Namespaces and proc: it makes no view and has no filter. */
        add(plan, "unshare", command_us,
            words("unshare --user --map-current-user --mount --pid --fork --ipc --uts --net --cgroup --mount-proc /bin/true"))
                ->other = true;
        add(plan, "no sandbox", command_us, words("/bin/true"));
}

static void open_library(struct plan *plan)
{
        add(plan, "library", library_us, NULL);
        add(plan, "bare calls", command_us, words(BARE BARE_VIEW "/bin/true"));
}

static void open_host_net(struct plan *plan)
{
        add(plan, "pinfold", command_us, words(PINFOLD "--net host " PINFOLD_VIEW "/bin/true"));
        add(plan, "bare calls", command_us, words("./bare host-net filter strict.bpf " BARE_VIEW "/bin/true"));
        add(plan, "bubblewrap", command_filter_us, words(BUBBLEWRAP "--share-net " BUBBLEWRAP_VIEW "/bin/true"))->other =
                true;
}

static void open_everyday(struct plan *plan)
{
        add(plan, "pinfold", command_us, words("./pinfold run /bin/true"));
        add(plan, "bare calls", command_us, words_file("everyday.steps"));
}

/* `count` times `format`, with a number in it. */
static char **numbered(const char *format, int count)
{
        size_t size = 0, capacity = (size_t)count * 64 + 1;
        char *text = malloc(capacity), **all;

        if (!text)
                die("out of memory");
        *text = '\0';
        for (int i = 0; i < count; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                size += (size_t)snprintf(text + size, capacity - size, format, i, i);
#pragma GCC diagnostic pop
        }
        all = words(text);
        free(text);
        return all;
}

static char **with_binds(const char *before, const char *format, int count, const char *after)
{
        return words_join(words_join(words(before), numbered(format, count)), words(after));
}

static char **many_pinfold(int count)
{
        return with_binds(PINFOLD "--bind /usr --symlink usr/bin:/bin --symlink usr/lib:/lib --symlink usr/lib64:/lib64",
                          "--bind /usr/bin:/b/%d ", count, "-- /bin/true");
}

static void open_binds(struct plan *plan)
{
        struct contender *bubblewrap;

        add(plan, "pinfold", command_us, many_pinfold(BINDS));
        add(plan, "pinfold, a tenth", command_us, many_pinfold(BINDS / 10));
        add(plan, "bare calls", command_us,
            with_binds(BARE "empty 755 dir usr bind /usr usr link usr/bin bin link usr/lib lib link usr/lib64 lib64 dir b",
                       "dir b/%d bind /usr/bin b/%d ", BINDS, "seal . -- /bin/true"));
        bubblewrap = add(plan, "bubblewrap", command_filter_us,
                         with_binds(BUBBLEWRAP "--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib "
                                               "--symlink usr/lib64 /lib64",
                                    "--ro-bind /usr/bin /b/%d ", BINDS, "-- /bin/true"));
        bubblewrap->other = true;
        bubblewrap->every = 10; /* seconds each */
}

static void open_caller(struct plan *plan)
{
        add(plan, "small", caller_us, caller_small());
        add(plan, "1 GiB", caller_us, caller_large());
        add(plan, "200 threads", caller_us, caller_threads());
}

/* ---- Many at once ---------------------------------------------------------------------------------------------- */

static struct contender *started(double (*sample)(const struct contender *contender), void *argument)
{
        struct contender *contender = calloc(1, sizeof(*contender));

        if (!contender)
                die("out of memory");
        *contender = (struct contender){.sample = sample, .argument = argument};
        return contender;
}

static void open_throughput(struct plan *plan)
{
        add(plan, "pinfold", starts_per_second, started(command_us, words(PINFOLD PINFOLD_VIEW "/bin/true")));
        add(plan, "library", starts_per_second, started(library_us, NULL));
        add(plan, "bare calls", starts_per_second, started(command_us, words(BARE BARE_VIEW "/bin/true")));
        add(plan, "bubblewrap", starts_per_second,
            started(command_filter_us, words(BUBBLEWRAP BUBBLEWRAP_VIEW "/bin/true")))->other = true;
}

static void open_alive_time(struct plan *plan)
{
        static struct alive first, last = {.last = true}, bare_first, bare_last = {.last = true};

        bare_first.bare = bare_last.bare = words(BARE BARE_VIEW "/bin/cat");
        add(plan, "first tenth", alive_start_us, &first);
        add(plan, "last tenth", alive_start_us, &last);
        add(plan, "bare, first tenth", alive_start_us, &bare_first);
        add(plan, "bare, last tenth", alive_start_us, &bare_last);
}

static void open_alive_memory(struct plan *plan)
{
        static struct alive first, last = {.last = true};

        add(plan, "first tenth", alive_pss_kib, &first);
        add(plan, "last tenth", alive_pss_kib, &last);
}

/* ---- Memory, teardown ------------------------------------------------------------------------------------------ */

static void open_memory_init(struct plan *plan)
{
        add(plan, "pinfold", memory_init_kib, words(PINFOLD PINFOLD_VIEW "/bin/cat"));
        add(plan, "bubblewrap", memory_init_kib, words(BUBBLEWRAP_IDLE))->other = true;
}

static void open_memory_total(struct plan *plan)
{
        add(plan, "pinfold", memory_total_kib, words(PINFOLD PINFOLD_VIEW "/bin/cat"));
        add(plan, "bubblewrap", memory_total_kib, words(BUBBLEWRAP_IDLE))->other = true;
}

static void open_teardown(struct plan *plan)
{
        add(plan, "pinfold", teardown_us, words(PINFOLD PINFOLD_VIEW "/bin/cat"));
        add(plan, "bare calls", teardown_us, words(BARE BARE_VIEW "/bin/cat"));
        add(plan, "bubblewrap", teardown_us, words(BUBBLEWRAP_IDLE))->other = true;
}

/* ---- Prepared ahead -------------------------------------------------------------------------------------------- */

static void open_pooled(struct plan *plan, struct pooled two[2])
{
        add(plan, "pool", pool_us, &two[0]);
        add(plan, "posix_spawn", pool_us, &two[1]);
}

static void open_pool(struct plan *plan)
{
        static struct pooled two[] = {{.pool = true}, {.pool = false}};

        open_pooled(plan, two);
}

static void open_pool_whole(struct plan *plan)
{
        static struct pooled two[] = {{.pool = true, .whole = true}, {.pool = false, .whole = true}};

        open_pooled(plan, two);
}

static void open_burst(struct plan *plan)
{
        static int fifty = 50, ninety_nine = 99;

        add(plan, "p50", burst_us, &fifty);
        add(plan, "p99", burst_us, &ninety_nine);
}

static void open_refill(struct plan *plan)
{
        static bool yes = true, no = false;

        add(plan, "refilled", refilled_per_second, &yes);
        add(plan, "full before", refilled_per_second, &no);
}

static void open_memory_prepared(struct plan *plan)
{
        add(plan, "pinfold", memory_prepared_kib, NULL);
}

static void open_via(struct plan *plan)
{
        pool_serve();
        add(plan, "run --via", command_us, words("./pinfold run --via crun/state/pool.socket -C / /bin/true"));
        add(plan, "cold", command_us, words(PINFOLD PINFOLD_VIEW "/bin/true"));
        add(plan, "no sandbox", command_us, words("/bin/true"));
}

/* ---- The program at work --------------------------------------------------------------------------------------- */

/* Four filters: one instruction, what `run` loads by default, the strict one; and what looking at an argument costs by itself. */
static void open_filtered(struct plan *plan, struct filtered four[4], int number, void (*call)(void))
{
        static const char *const names[] = {"one instruction", "everyday", "strict", "an argument alone"};
        static const char *const files[] = {NULL, "everyday.bpf", "strict.bpf", NULL};
        const int looks_at[] = {0, 0, 0, number};

        for (size_t i = 0; i < ELEMENTS(names); i++) {
                four[i] = (struct filtered){files[i], looks_at[i], call};
                add(plan, names[i], filtered_ns, &four[i]);
        }
}

static void open_getppid(struct plan *plan)
{
        static struct filtered four[4];

        open_filtered(plan, four, __NR_getppid, call_getppid);
}

static void open_openat(struct plan *plan)
{
        static struct filtered four[4];

        open_filtered(plan, four, __NR_openat, call_openat);
}

static void open_ioctl(struct plan *plan)
{
        static struct filtered four[4];

        open_filtered(plan, four, __NR_ioctl, call_ioctl);
}

static void open_socket(struct plan *plan)
{
        static struct filtered four[4];

        open_filtered(plan, four, __NR_socket, call_socket);
}

/* The same outside and inside; the directory that both begin in is shown. */
static void open_work(struct plan *plan, const char *command)
{
        add(plan, "inside", command_us, words_join(words("./pinfold run -r . --"), words(command)));
        add(plan, "outside", command_us, words(command));
}

static void open_compile(struct plan *plan)
{
        open_work(plan, quick ? "gcc -E work.c -o /dev/null" : "gcc -O2 -pipe -c work.c -o /dev/null");
}

static void open_tar(struct plan *plan)
{
        /* More than once, so that the start, which has cases of its own, does not count. */
        open_work(plan, quick ? "sh tar.sh /usr/include/linux"
                              : "sh tar.sh /usr/include /usr/include /usr/include /usr/include /usr/include /usr/include");
}

/* ---- The table ------------------------------------------------------------------------------------------------- */

const struct bench_case cases[] = {
        {"cold", "cold start through the command: / read-only, dev, proc, /tmp, strict filter, /bin/true", "µs", 200,
         open_cold, {{"pinfold", "bare calls", 1.15}, {"pinfold", "bubblewrap", 0.68}}},
        {"library", "the same through the library, from C", "µs", 200, open_library,
         {{"library", "bare calls", 1.08}}},
        {"host-net", "the same with the host's network", "µs", 200, open_host_net,
         {{"pinfold", "bare calls", 1.15}, {"pinfold", "bubblewrap", 0.62}}},
        {"everyday", "the everyday defaults of the command", "µs", 200, open_everyday,
         {{"pinfold", "bare calls", 1.15}}},
        {"binds", "2,000 read-only binds", "µs", 40, open_binds,
         {{"pinfold", "bare calls", 1.2}, {"pinfold", "bubblewrap", 0.02}, {"pinfold", "pinfold, a tenth", 11}}},
        {"caller", "library start from callers that differ", "µs", 200, open_caller,
         {{"1 GiB", "small", 1.05}, {"200 threads", "small", 1.05}}},
        {"memory-init", "memory of an idle container (PSS): PID 1", "KiB", 11, open_memory_init,
         {{"pinfold", NULL, 64}}},
        {"memory-total", "memory of an idle container (PSS): PID 1, and the command that waits for it", "KiB", 11,
         open_memory_total, {{"pinfold", NULL, 300}}},
        {"throughput", "starts per second, all processors busy", "/s", 15, open_throughput,
         {{"pinfold", "bubblewrap", 1.4, true}, {"pinfold", "bare calls", 0.9, true}}},
        {"alive-time", "1,000 containers alive at once from one process: a start", "µs", 3, open_alive_time,
         {{"last tenth", "first tenth", 1.1}, {"bare, last tenth", "bare, first tenth", 1.1}}},
        {"alive-memory", "1,000 containers alive at once from one process: PSS of PID 1", "KiB", 3, open_alive_memory,
         {{"last tenth", "first tenth", 1.1}}},
        {"getppid", "a filtered program: getppid", "ns", 31, open_getppid,
         {{"strict", "one instruction", 1.05}, {"everyday", "one instruction", 1.05}, {"an argument alone", "one instruction", 1.05}}},
        {"openat", "a filtered program: openat and close", "ns", 31, open_openat,
         {{"strict", "one instruction", 1.05}, {"everyday", "one instruction", 1.05}, {"an argument alone", "one instruction", 1.05}}},
        {"ioctl", "a filtered program: ioctl", "ns", 31, open_ioctl,
         {{"strict", "one instruction", 1.05}, {"everyday", "one instruction", 1.05}, {"an argument alone", "one instruction", 1.05}}},
        {"socket", "a filtered program: socket and close", "ns", 31, open_socket,
         {{"strict", "one instruction", 1.05}, {"everyday", "one instruction", 1.05}, {"an argument alone", "one instruction", 1.05}}},
        {"compile", "a compile in a container", "µs", 21, open_compile, {{"inside", "outside", 1.02}}},
        {"tar", "tar of a tree in a container", "µs", 21, open_tar, {{"inside", "outside", 1.02}}},
        {"pool", "a static program in a prepared container, from C, until it has been executed", "µs", 300, open_pool,
         {{"pool", "posix_spawn", 1}}},
        {"pool-whole", "the same, until nothing of it is left", "µs", 300, open_pool_whole, {{"pool", "posix_spawn", 1}}},
        {"burst", "100 programs from a pool of 100, each until it has been executed", "µs", 11, open_burst, {{"p99", "p50", 2}}},
        {"refill", "programs in a second on one processor, refilled by the other", "/s", 7, open_refill,
         {{"refilled", "full before", 0.9, true}}},
        {"memory-prepared", "memory of an idle prepared container, one of 16 (PSS)", "KiB", 5, open_memory_prepared,
         {{"pinfold", NULL, 100}}},
        {"via", "a command that is started through a server", "µs", 200, open_via, {{"run --via", "no sandbox", 1.15}}},
        {"teardown", "from the end of the program until nothing is left", "µs", 100, open_teardown,
         {{"pinfold", "bubblewrap", 1}}},
};

const size_t case_count = ELEMENTS(cases);

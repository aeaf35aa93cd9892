/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/checks.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/attempts.h"
#include "cli/hints.h"
#include "cli/memory.h"
#include "cli/message.h"

#define ATTEMPT_SECONDS 60

const char *const level_names[LEVEL_COUNT] = {"ok", "limited", "missing"};

struct check {
        const char *name;
        int (*attempt)(struct pinfold_error *said);
        enum level level; /* when it fails */
        enum {
                FREE,
                UPON, /* takes every BASE before it */
                BASE,
        } place;
        bool inside; /* after attempt_enter */
        const char *costs;
        const char *cure; /* where hints.c has none */
};

#define NO_RUN "no container can be started"
#define NO_CURE "none is known"

static const struct check checks[] = {
        {"kernel", attempt_kernel, LEVEL_MISSING, FREE, false, NO_RUN, NULL},
        {"user-namespaces", attempt_user_namespace, LEVEL_MISSING, BASE, false, NO_RUN, NULL},
        {"namespaces", attempt_namespaces, LEVEL_MISSING, BASE, false, NO_RUN, NULL},
        {"id-map", attempt_id_map, LEVEL_MISSING, BASE, false, NO_RUN, NULL},
        {"mount-calls", attempt_mount_calls, LEVEL_MISSING, BASE, true, NO_RUN, NULL},
        {"proc", attempt_proc, LEVEL_MISSING, UPON, true, "only --empty without --proc works", NULL},
        {"devpts", attempt_devpts, LEVEL_MISSING, UPON, true, "only --empty without --dev works",
         "a kernel with CONFIG_UNIX98_PTYS"},
        {"overlay", attempt_overlay, LEVEL_LIMITED, UPON, true, "--overlay fails",
         "as root: modprobe overlay (CONFIG_OVERLAY_FS)"},
        {"process-calls", attempt_process_calls, LEVEL_MISSING, FREE, false, NO_RUN, NULL},
        {"clone3", attempt_clone3, LEVEL_LIMITED, FREE, false,
         "with --cgroup a container is created outside of the cgroup, and then moved", NULL},
        {"memfd-exec", attempt_memfd, LEVEL_LIMITED, FREE, false,
         "the file " PINFOLD_INIT_PATH " has to be there, and is used", NULL},
        {"seccomp", attempt_seccomp, LEVEL_MISSING, FREE, false, "only --no-seccomp works", NULL},
        {"landlock", attempt_landlock, LEVEL_LIMITED, FREE, false,
         "--net host is refused without --host-abstract", NULL},
        {"subordinate-ids", attempt_subordinate_ids, LEVEL_LIMITED, UPON, false,
         "--map-uids and --map-gids can map no id but your own",
         "as root, a row USER:100000:65536 in both files, of ids that no other row has: usermod --add-subuids "
         "100000-165535 --add-subgids 100000-165535 USER"},
        {"cgroup", attempt_cgroup, LEVEL_LIMITED, FREE, false,
         "memory, processors or processes cannot be limited through --cgroup",
         "as root: systemctl edit user@.service, with [Service] Delegate=cpu memory pids; where cgroup v1 is in use, "
         "boot with systemd.unified_cgroup_hierarchy=1"},
        {"run", attempt_run, LEVEL_MISSING, FREE, false, "`pinfold run` fails", NULL},
};

/* What an attempt leaves for its parent, in shared memory. */
struct trial {
        struct pinfold_error said;
        int result;
        bool done;
};

static _Noreturn void try(const struct check *check, struct trial *trial)
{
        const struct rlimit none = {0};

        setrlimit(RLIMIT_CORE, &none); /* of one that a filter kills */
        alarm(ATTEMPT_SECONDS);
        trial->result = check->inside ? attempt_enter(&trial->said) : 0;
        if (trial->result == 0)
                trial->result = check->attempt(&trial->said);
        trial->done = true;
        _exit(0);
}

static void try_in_child(const struct check *check, struct trial *trial)
{
        int status = 0;
        pid_t pid;

        *trial = (struct trial){.result = -1, .said.op_index = -1};
        pid = fork();
        if (pid == 0)
                try(check, trial);
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (trial->done)
                return;
        trial->result = -1;
        /* As some filters do. */
        trial->said.error = ENOSYS;
        snprintf(trial->said.text, sizeof(trial->said.text), "%s",
                 pid < 0               ? strerror(errno)
                 : WIFSIGNALED(status) ? strsignal(WTERMSIG(status))
                                       : "the attempt was killed");
}

/* The checks so far: what would cure each, and which one the others have to do without. */
struct progress {
        const char *cures[sizeof(checks) / sizeof(checks[0])];
        const char *broken; /* the first BASE that failed, or NULL */
        bool launched; /* and a container can be started all the same */
};

/* The earlier check that has the same cure, or NULL. */
static const char *explained_by(const struct progress *progress, size_t index, const char *cure)
{
        for (size_t i = 0; i < index; i++)
                if (progress->cures[i] && strcmp(progress->cures[i], cure) == 0 && strcmp(cure, NO_CURE) != 0)
                        return checks[i].name;
        return NULL;
}

/* Allocated. */
static char *describe(const struct pinfold_error *said, const struct remedy *remedy, const char *explained)
{
        if (explained)
                return text("%s; see %s", said->text, explained);
        if (remedy && remedy->cause)
                return text("%s; %s", said->text, remedy->cause);
        return text("%s", *said->text ? said->text : "works");
}

static char *examine(size_t index, struct trial *trial, struct progress *progress, struct finding *finding)
{
        const struct check *check = &checks[index];
        const struct remedy *remedy = NULL;
        const char *explained;
        char *detail;

        if (progress->broken && check->place != FREE) {
                if (progress->launched)
                        finding->level = LEVEL_LIMITED;
                return text("%s %s", progress->launched ? "not tried without" : "takes", progress->broken);
        }
        try_in_child(check, trial);
        if (trial->result == 0) {
                finding->level = LEVEL_OK;
                return describe(&trial->said, NULL, NULL);
        }
        remedy = hints_find(&trial->said);
        finding->cure = remedy && remedy->cure ? remedy->cure : check->cure ? check->cure : NO_CURE;
        finding->costs = check->costs;
        explained = explained_by(progress, index, finding->cure);
        progress->cures[index] = finding->cure;
        if (explained)
                finding->costs = finding->cure = NULL;
        detail = describe(&trial->said, remedy, explained);
        if (check->place != BASE)
                return detail;
        progress->broken = check->name;
        /* The installed init may be allowed what we are not. */
        try_in_child(&(const struct check){.attempt = attempt_run}, trial);
        progress->launched = trial->result == 0;
        if (progress->launched) {
                finding->level = LEVEL_LIMITED;
                finding->costs = "nothing: a container starts all the same, maybe by way of " PINFOLD_INIT_PATH;
        }
        return detail;
}

int checks_run(void (*found)(void *userdata, const struct finding *finding), void *userdata)
{
        struct trial *trial = mmap(NULL, sizeof(*trial), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        struct progress progress = {0};

        /* Where it is ignored no child can be waited for, which would look like a failure. */
        signal(SIGCHLD, SIG_DFL);
        if (trial == MAP_FAILED) {
                complain("doctor: %s", strerror(errno));
                return -1;
        }
        for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
                struct finding finding = {.name = checks[i].name, .level = checks[i].level};
                char *detail = examine(i, trial, &progress, &finding);

                finding.detail = detail;
                found(userdata, &finding);
                free(detail);
        }
        munmap(trial, sizeof(*trial));
        return 0;
}

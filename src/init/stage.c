/* SPDX-License-Identifier: MIT */
#include "init/init.h"
#include "init/report.h"

int stages_run(const struct stage *stages, size_t count, struct init *init, struct pinfold_error *err)
{
        for (size_t i = 0; i < count; i++) {
                const char *phrase = stage_phrase(stages[i].id);
                int r;

                if (stages[i].applies && !stages[i].applies(init))
                        continue;
                if ((init->setup.flags & PINFOLD_VERBOSE) && *phrase)
                        report_log(init->socket, "%s", phrase);
                r = stages[i].run(init, err);
                if (r < 0) {
                        error_stage(err, stages[i].id);
                        error_prefix(err, "%s", phrase);
                        return r;
                }
        }
        return 0;
}

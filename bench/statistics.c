/* SPDX-License-Identifier: MIT */
/*
 * Medians and quartiles, as lines of JSON. A ratio is taken in each round, in which both were measured one after the
 * other; reported is the median of the rounds: what comes and goes on the machine in between is in none of them.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct summary {
        double median, first, third;
        size_t count;
};

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t count, double part)
{
        double at = part * (double)(count - 1);
        size_t below = (size_t)at;

        if (below + 1 >= count)
                return sorted[count - 1];
        return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

static struct summary summarize(const double *values, size_t count)
{
        double *sorted = malloc((count + 1) * sizeof(*sorted));
        struct summary summary = {NAN, NAN, NAN, 0};

        if (!sorted)
                die("out of memory");
        for (size_t i = 0; i < count; i++)
                if (!isnan(values[i]))
                        sorted[summary.count++] = values[i];
        if (summary.count > 0) {
                qsort(sorted, summary.count, sizeof(*sorted), compare);
                summary.median = quantile(sorted, summary.count, 0.5);
                summary.first = quantile(sorted, summary.count, 0.25);
                summary.third = quantile(sorted, summary.count, 0.75);
        }
        free(sorted);
        return summary;
}

double median(const double *values, size_t count)
{
        return summarize(values, count).median;
}

static void print_numbers(const struct summary *summary)
{
        printf("\"n\": %zu, \"median\": %.6g, \"q1\": %.6g, \"q3\": %.6g}\n", summary->count, summary->median,
               summary->first, summary->third);
}

static void print_contender(const struct bench_case *case_, const struct contender *contender, unsigned rounds)
{
        struct summary summary;

        printf("{\"case\": \"%s\", \"title\": \"%s\", \"contender\": \"%s\", \"unit\": \"%s\", ", case_->name, case_->title,
               contender->name, case_->unit);
        if (contender->left_out) {
                printf("\"left_out\": true}\n");
                return;
        }
        summary = summarize(contender->samples, rounds);
        print_numbers(&summary);
}

static const struct contender *named(const struct bench_case *case_, const struct plan *plan, const char *name)
{
        for (size_t i = 0; i < plan->count; i++)
                if (strcmp(plan->contenders[i].name, name) == 0)
                        return &plan->contenders[i];
        die("%s: the target is about \"%s\", which is no contender", case_->name, name);
}

static void print_target(const struct bench_case *case_, const struct plan *plan, const struct target *target,
                         unsigned rounds)
{
        const struct contender *of = named(case_, plan, target->of);
        const struct contender *against = target->against ? named(case_, plan, target->against) : NULL;
        double *ratios = calloc(rounds, sizeof(*ratios));
        struct summary summary;

        if (!ratios)
                die("out of memory");
        for (unsigned i = 0; i < rounds; i++)
                ratios[i] = of->samples[i] / (against ? against->samples[i] : 1);
        summary = summarize(ratios, rounds);
        free(ratios);
        if (summary.count == 0)
                return; /* one of them was left out */
        printf("{\"case\": \"%s\", \"ratio\": \"%s\", \"against\": ", case_->name, target->of);
        printf(target->against ? "\"%s\", " : "null, ", target->against);
        printf("\"limit\": %g, \"at_least\": %s, \"met\": %s, ", target->limit, target->at_least ? "true" : "false",
               (target->at_least ? summary.median >= target->limit : summary.median <= target->limit) ? "true" : "false");
        print_numbers(&summary);
}

void print_results(const struct bench_case *case_, const struct plan *plan, unsigned rounds)
{
        for (size_t i = 0; i < plan->count; i++)
                print_contender(case_, &plan->contenders[i], rounds);
        for (size_t i = 0; i < TARGETS_MAX && case_->targets[i].of; i++)
                print_target(case_, plan, &case_->targets[i], rounds);
}

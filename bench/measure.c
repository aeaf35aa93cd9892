/* SPDX-License-Identifier: MIT */
/*
 * measure [--quick] [--rounds N] DIRECTORY [CASE]...: runs the cases and prints what came out as lines of JSON. DIRECTORY is
 * what run.sh has prepared: the programs, filters and lists of mounts that the commands in cases.c name.
 * measure --commands CASE: prints its command lines, with the name of each contender in front, without blanks.
 */
#define _GNU_SOURCE

#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool quick;

double now_us(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

void die(const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        fputs("measure: ", stderr);
        vfprintf(stderr, format, arguments);
        fputc('\n', stderr);
        va_end(arguments);
        exit(1);
}

struct contender *add(struct plan *plan, const char *name, double (*sample)(const struct contender *contender),
                      void *argument)
{
        struct contender *contender = &plan->contenders[plan->count++];

        if (plan->count > CONTENDERS_MAX)
                die("more than %d contenders", CONTENDERS_MAX);
        *contender = (struct contender){.name = name, .sample = sample, .argument = argument};
        return contender;
}

/* One that does not count: files and tables are warm afterwards, and it is known who can do the job here at all. */
static void warm_up(const struct bench_case *case_, struct contender *contender)
{
        if (!isnan(contender->sample(contender)))
                return;
        if (!contender->other)
                die("%s: %s does not work", case_->name, contender->name);
        contender->left_out = true;
}

static void take(const struct bench_case *case_, struct contender *contender, unsigned round)
{
        bool due = !contender->left_out && (contender->every == 0 || round % contender->every == 0);

        contender->samples[round] = due ? contender->sample(contender) : NAN;
        if (due && isnan(contender->samples[round]))
                die("%s: %s failed in round %u", case_->name, contender->name, round + 1);
}

static void run_case(const struct bench_case *case_, unsigned rounds)
{
        struct plan plan = {.count = 0};

        if (rounds == 0)
                rounds = case_->rounds;
        case_->open(&plan);
        for (size_t i = 0; i < plan.count; i++) {
                plan.contenders[i].samples = calloc(rounds, sizeof(double));
                if (!plan.contenders[i].samples)
                        die("out of memory");
                warm_up(case_, &plan.contenders[i]);
        }
        /* Every other round in the opposite order: what one leaves behind (work that the kernel puts off) hits all of them. */
        for (unsigned round = 0; round < rounds; round++)
                for (size_t i = 0; i < plan.count; i++)
                        take(case_, &plan.contenders[round % 2 ? plan.count - 1 - i : i], round);
        print_results(case_, &plan, rounds);
        fflush(stdout);
        for (size_t i = 0; i < plan.count; i++)
                free(plan.contenders[i].samples);
}

static const struct bench_case *find(const char *name)
{
        for (size_t i = 0; i < case_count; i++)
                if (strcmp(cases[i].name, name) == 0)
                        return &cases[i];
        fprintf(stderr, "measure: no case \"%s\"; there are:\n", name);
        for (size_t i = 0; i < case_count; i++)
                fprintf(stderr, "  %-12s %s\n", cases[i].name, cases[i].title);
        exit(2);
}

static int print_commands(const struct bench_case *case_)
{
        struct plan plan = {.count = 0};

        case_->open(&plan);
        for (size_t i = 0; i < plan.count; i++) {
                for (const char *at = plan.contenders[i].name; *at; at++)
                        putchar(*at == ' ' ? '_' : *at);
                for (char **word = plan.contenders[i].argument; *word; word++)
                        printf(" %s", *word);
                putchar('\n');
        }
        return 0;
}

int main(int argc, char **argv)
{
        unsigned rounds = 0;
        int first = 1;

        if (argc == 3 && strcmp(argv[1], "--commands") == 0)
                return print_commands(find(argv[2]));
        if (first < argc && strcmp(argv[first], "--quick") == 0) {
                quick = true;
                first++;
        }
        if (first + 1 < argc && strcmp(argv[first], "--rounds") == 0) {
                rounds = (unsigned)atoi(argv[first + 1]);
                first += 2;
        }
        if (first == argc || chdir(argv[first]) < 0)
                die("usage: measure [--quick] [--rounds N] DIRECTORY [CASE]...");
        for (int i = first + 1; i < argc; i++)
                find(argv[i]);
        for (int i = first + 1; i < argc; i++)
                run_case(find(argv[i]), rounds);
        for (size_t i = 0; first + 1 == argc && i < case_count; i++)
                run_case(&cases[i], rounds);
        return 0;
}

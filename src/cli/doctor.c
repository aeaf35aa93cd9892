/* SPDX-License-Identifier: MIT */
/* pinfold doctor: what the host allows of what pinfold needs, for people or as JSON. checks.c finds it out. */
#define _GNU_SOURCE

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/checks.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/options.h"

#define WIDTH 79
#define DETAIL_COLUMN 26
#define REMEDY_COLUMN 11

struct report {
        struct json json;
        bool as_json;
        size_t counts[LEVEL_COUNT];
};

static int set_json(void *userdata, char *value)
{
        (void)value;
        ((struct report *)userdata)->as_json = true;
        return 0;
}

static const struct option_spec options[] = {
        {"json", NULL, "the same for machines", set_json},
        {0},
};

static void help(void)
{
        printf("Usage: pinfold doctor [--json]\n\n"
               "Tries each thing that the host has to allow, and runs a container. Says what it found: ok;\n"
               "limited, some options are refused; or missing, `pinfold run` fails; then the costs and the cure.\n\n");
        options_help(options);
        printf("\nExit status: 0 when nothing is missing, 1 when something is, %d when it could not be found out.\n",
               STATUS_SETUP);
}

/* Words of `text` from `column` on, where the output stands; further lines begin there too. */
static void print_words(const char *text, int column)
{
        int at = column;

        for (size_t length; *text; text += length) {
                text += strspn(text, " ");
                length = strcspn(text, " ");
                if (at > column && at + 1 + (int)length > WIDTH) {
                        printf("\n%*s", column, "");
                        at = column;
                }
                at += printf("%s%.*s", at > column ? " " : "", (int)length, text);
        }
        printf("\n");
}

static void print_finding(const struct finding *finding)
{
        printf("%-15s  %-7s  ", finding->name, level_names[finding->level]);
        print_words(finding->detail, DETAIL_COLUMN);
        if (finding->costs) {
                printf("    costs: ");
                print_words(finding->costs, REMEDY_COLUMN);
        }
        if (finding->cure) {
                printf("    cure:  ");
                print_words(finding->cure, REMEDY_COLUMN);
        }
}

static void json_finding(struct json *json, const struct finding *finding)
{
        json_open(json, NULL, '{');
        json_string(json, "name", finding->name);
        json_string(json, "level", level_names[finding->level]);
        json_string(json, "detail", finding->detail);
        if (finding->costs)
                json_string(json, "costs", finding->costs);
        if (finding->cure)
                json_string(json, "cure", finding->cure);
        json_close(json, '}');
}

static void tell(void *userdata, const struct finding *finding)
{
        struct report *report = userdata;

        report->counts[finding->level]++;
        if (report->as_json)
                json_finding(&report->json, finding);
        else
                print_finding(finding);
        /* A copy of what is buffered would be in each child. */
        fflush(stdout);
}

static int examine(struct report *report)
{
        int r;

        if (report->as_json)
                json_open(&report->json, NULL, '[');
        fflush(stdout);
        r = checks_run(tell, report);
        if (report->as_json) {
                json_close(&report->json, ']');
                printf("\n");
        } else if (r == 0) {
                printf("\n%zu ok, %zu limited, %zu missing\n", report->counts[LEVEL_OK], report->counts[LEVEL_LIMITED],
                       report->counts[LEVEL_MISSING]);
        }
        if (r < 0)
                return STATUS_SETUP;
        return report->counts[LEVEL_MISSING] > 0 ? 1 : 0;
}

static int doctor(int argc, char **argv)
{
        struct report report = {.json = {.out = stdout}};
        struct choices choices = {0};
        char **rest;
        int r;

        (void)argc;
        message_at("doctor");
        r = options_parse(options, argv + 1, &choices, &rest);
        if (r > 0 && *rest) {
                complain("unexpected argument %s", *rest);
                r = -1;
        }
        message_at(NULL);
        if (r > 0)
                choices_take(&choices, options, &report);
        choices_free(&choices);
        if (r == 0)
                help();
        return r > 0 ? examine(&report) : r == 0 ? 0 : STATUS_SETUP;
}

const struct command command_doctor = {
        .name = "doctor",
        .summary = "try what the host has to allow, and say how to cure what it does not",
        .run = doctor,
        .options = options,
};

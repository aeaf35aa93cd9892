/* SPDX-License-Identifier: MIT */
/*
 * TEST(name) { ... } defines a test; the file's main() is here, and no list has to be kept. Runs on cmocka and
 * prints TAP. Names given on the command line select tests.
 */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TEST_MAX 512

static struct CMUnitTest tests_[TEST_MAX];
static size_t tests_count_;

#define TEST_IF_(name, condition)                                                        \
        static void test_##name(void **state);                                           \
        __attribute__((constructor)) static void register_##name(void)                   \
        {                                                                                \
                if (!(condition))                                                        \
                        return;                                                          \
                if (tests_count_ == TEST_MAX)                                            \
                        abort();                                                         \
                tests_[tests_count_++] = (struct CMUnitTest){#name, test_##name, NULL, NULL, NULL}; \
        }                                                                                \
        static void test_##name(__attribute__((unused)) void **state)

#define TEST(name) TEST_IF_(name, 1)

/* Exists only when run as root: what it prepares takes root's privileges. */
#define ROOT_TEST(name) TEST_IF_(name, geteuid() == 0)

/* Of containers that are set up while they are served, which those of tests/support/prepared.c are not. */
#define COLD_TEST(name) TEST_IF_(name, !getenv("PINFOLD_PREPARED"))

int main(int argc, char **argv)
{
        size_t kept = 0;

        for (size_t i = 0; i < tests_count_ && argc > 1; i++)
                for (int j = 1; j < argc; j++)
                        if (strcmp(argv[j], tests_[i].name) == 0)
                                tests_[kept++] = tests_[i];
        if (argc > 1)
                tests_count_ = kept;
        cmocka_set_message_output(CM_OUTPUT_TAP);
        return tests_count_ == 0 ? 1 : _cmocka_run_group_tests("tests", tests_, tests_count_, NULL, NULL);
}

#endif

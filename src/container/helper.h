/* SPDX-License-Identifier: MIT */
/* Running newuidmap(1) and its like from a caller of any size. */
#ifndef CONTAINER_HELPER_H
#define CONTAINER_HELPER_H

#include "base/error.h"

/*
 * Runs argv[0], looked up where distributions put setuid programs and not in the caller's PATH. Success is what it did, not its
 * exit status, which a caller that reaps everything may have taken: with that gone, its silence on standard error counts. Its
 * first line there is the error's text.
 */
int helper_run(char *const argv[], struct pinfold_error *err);

#endif

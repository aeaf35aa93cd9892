/* SPDX-License-Identifier: MIT */
/*
 * Options of the sanitizers' runtime (gcc(1), -fsanitize), which init cannot be given in its environment: it has none. A
 * finding ends the process by a signal, which the caller learns; init has no standard error to print it on. To read it,
 * add log_path=/tmp/pinfold-init to the options: that works until the container's root hides /tmp.
 */
#define OPTIONS "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:abort_on_error=1"

#include "init/init.h"

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
        return OPTIONS ":detect_leaks=0"; /* nothing is given back: see struct op */
}

const char *__ubsan_default_options(void)
{
        return OPTIONS ":halt_on_error=1";
}

/* The sanitizer's own allocator is left in peace. */
void memory_release(void)
{
}

/* SPDX-License-Identifier: MIT */
#include <pinfold/version.h>

const char *pinfold_version(void)
{
        return PINFOLD_VERSION;
}

/* SPDX-License-Identifier: MIT */
#ifndef PINFOLD_VERSION_H
#define PINFOLD_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

/* The version that a program is compiled against (https://semver.org). */
#define PINFOLD_VERSION "0.1.0"

/* The version of the library that it runs with. A static string. */
const char *pinfold_version(void);

#ifdef __cplusplus
}
#endif
#endif

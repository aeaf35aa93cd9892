/* SPDX-License-Identifier: MIT */
/* All of libpinfold. */
#ifndef PINFOLD_PINFOLD_H
#define PINFOLD_PINFOLD_H

#include <pinfold/container.h>
#include <pinfold/error.h>
#include <pinfold/ops.h>
#include <pinfold/options.h>
#include <pinfold/pool.h>
#include <pinfold/seccomp.h>
#include <pinfold/version.h>

#endif

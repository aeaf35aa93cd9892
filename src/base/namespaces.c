/* SPDX-License-Identifier: MIT */
#include "base/namespaces.h"

const char *const namespace_names[NAMESPACES] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};

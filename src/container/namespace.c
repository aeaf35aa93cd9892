/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/namespaces.h"
#include "container/container.h"

int pinfold_namespace(const struct pinfold *box, const char *name, uint64_t *ret)
{
        for (size_t i = 0; box && container_is_alive(box) && i < NAMESPACES; i++) {
                struct stat file;
                char path[64];

                if (strcmp(namespace_names[i], name) != 0)
                        continue;
                if (box->namespaces[i]) {
                        *ret = box->namespaces[i];
                        return 0;
                }
                snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)box->pid, name);
                if (stat(path, &file) < 0)
                        return -errno;
                *ret = file.st_ino;
                return 0;
        }
        return -EINVAL;
}

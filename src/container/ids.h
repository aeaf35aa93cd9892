/* SPDX-License-Identifier: MIT */
/* Id maps from the caller's side: what they are, and who may write them. user_namespaces(7). */
#ifndef CONTAINER_IDS_H
#define CONTAINER_IDS_H

#include "container/container.h"

/*
 * Fills uid, gid, uid_map, gid_map and host of `setup`, and writes those maps that only the caller's side can: with
 * CAP_SETUID and CAP_SETGID, or through newuidmap(1) and newgidmap(1). The texts for init to write go to `texts`, which
 * must live as long as `setup`.
 */
struct map_texts {
        char uid[64], gid[64];
};

int ids_settle(const struct pinfold *box, struct setup *setup, struct map_texts *texts, struct pinfold_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Profiles that `pinfold trust` has been told of. A copy of what was looked at is kept with the path, in
 * $XDG_DATA_HOME/pinfold/trusted (~/.local/share otherwise); the copy is what is used, as long as the file is the same.
 */
#ifndef CLI_TRUSTED_H
#define CLI_TRUSTED_H

/* Keeps what the file `path` was found to hold under `name`, which no other file has. Returns 0, or -1 after a message. */
int trusted_add(const char *name, const char *path, const char *content);

/* Forgets `name`. Returns 0, or -1 after a message. */
int trusted_remove(const char *name);

struct trusted {
        char *path; /* of the file that was looked at */
        char *content; /* of it; freed with the path */
        char *copy; /* the path of what is kept */
};

/* What is kept under `name`. 1; 0: nothing; -1: after a message, when somebody else could have written it, or the
 * file is not any more what it was. */
int trusted_read(const char *name, struct trusted *ret);

/* The path that is kept under `name`, allocated. NULL: there is none. */
char *trusted_path(const char *name);

/* "trusted"; or, where the file `path` does not hold `content` any more, what has become of it. */
const char *trusted_state(const char *path, const char *content);

void trusted_free(struct trusted *trusted);

/* The directory of the copies, allocated; NULL: there can be none without a home. */
char *trusted_directory(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Profiles: where they are, and reading them. A profile is the options of a command line in a file, one on each line, without
 * dashes; a line can also be a comment or `include NAME`. ${HOME}, ${USER}, ${CWD} and ${XDG_RUNTIME_DIR} stand for what
 * they are. pinfold-profile(5) describes all of it for people.
 *
 * What is given with a slash is a path. A name is looked for in places that belong to the user, the administrator or the
 * package, and among the files that the user has declared trustworthy (trusted.h); never in the current directory: a
 * checkout must not choose its own sandbox.
 */
#ifndef CLI_PROFILES_H
#define CLI_PROFILES_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/options.h"

/* Those that the command carries, for when it is not installed. Made by tools/profiles.py; ends with a NULL name. */
struct shipped_profile {
        const char *name;
        const char *content;
};

extern const struct shipped_profile shipped_profiles[];

/* The files that were read. */
struct profile_files {
        char **paths;
        size_t count;
        size_t reads; /* of them, and of those that the command carries */
};

struct profile_entry {
        const char *name;
        const char *from; /* a directory, `pinfold`, or the file that was trusted */
        const char *summary; /* its first comment, or "" */
        const char *trusted; /* NULL: it is none of those; "trusted", or why it cannot be used */
};

/*
 * Appends the options of a profile, given by name or path, to `choices`, and the files that it comes from to `files`. `own` is
 * as for options_parse; `directory` is what ${CWD} stands for. Returns 0, or -1 after a message that begins with file, line and column.
 */
int profile_read(const char *profile, const struct option_spec *own, const char *directory, struct choices *choices,
                 struct profile_files *files);

/* The same of what the file `path` was found to hold. */
int profile_read_content(const char *path, const char *content, size_t size, const struct option_spec *own, const char *directory,
                         struct choices *choices);

/* Prints options as a profile has them. */
void profile_print(const struct choices *choices);

/* Calls `each` for every name that can be used, in order. */
void profile_each(void (*each)(void *userdata, const struct profile_entry *entry), void *userdata);

/* Whether `name` can be the name of a profile: letters, digits, '.', '_' and '-', and no '.' in front. */
bool profile_is_name(const char *name);

void profile_files_free(struct profile_files *files);

#endif

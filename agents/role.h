/* The two roles of the pair. */
#ifndef CCSUP_AGENTS_ROLE_H
#define CCSUP_AGENTS_ROLE_H

enum role { ROLE_BUILDER, ROLE_ADVERSARY };
enum { ROLES = 2 };

/* "builder", "adversary": as in paths, files and launch.conf. */
const char *role_name(enum role r);
/* The role of that name, or -1. */
int role_parse(const char *name);

#endif

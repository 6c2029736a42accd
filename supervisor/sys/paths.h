/* Where everything of one instance lives. An instance is its launch.conf; its state folder names it. */
#ifndef CCSUP_SYS_PATHS_H
#define CCSUP_SYS_PATHS_H
#include "supervisor/base/err.h"
#include <stdbool.h>

/* The roles' names as they stand in paths and files, by enum role (agents/role.h). */
struct paths {
    char *config;  /* launch.conf, absolute, symlinks resolved */
    char *root;    /* its folder */
    char *state;   /* .ccsup beside it, 0700: status.json events.jsonl ccsup.log journal want locks/ repo.git/ ROLE/ */
    char id[9];    /* 8 hex digits of the state folder's path: short, for sockets and temporary folders */
    char *sockets; /* 0700, short: the control socket and one socket per keeper */
    char *data;    /* $XDG_STATE_HOME/ccsup/ID: ROLE/clone, ROLE/gitconfig */
    char *exe;     /* folder of this program: ccsup-keep, ccsup-git and ccsup-http are here or in ../libexec/ccsup */
};

/* Finds the instance: $CCSUP_CONFIG when dir is NULL, else launch.conf in dir, else (dir NULL) upward from the working
 * directory, where a stranger's file is refused. False and e set when there is none. Makes nothing. */
bool paths_find(struct paths *p, const char *dir, struct err *e);
/* Fills p for that launch.conf file. The sockets' and data folders are those that paths_make recorded, while they are
 * there; else they follow from the environment. */
bool paths_init(struct paths *p, const char *config_file, struct err *e);
/* Makes the state, lock, socket, mirror and data folders, 0700 and ours only; refuses a foreign owner. Records where
 * the sockets and the data are: state/sockets and state/data link there. */
bool paths_make(const struct paths *p, struct err *e);
void paths_clear(struct paths *p);
/* The number that the name of an iteration's folder is: six digits, or seven to nine without a zero before them; 0 = no
 * iteration's name. Everybody asks here: a folder that one takes for an iteration and another does not is one that
 * nobody sweeps. */
enum { PATHS_ITERATION_MAX = 999999999 };
int paths_iteration(const char *name);
/* New strings, the caller frees: state/NAME; state/locks/NAME; sockets/NAME; state/ROLE/NAME; data/ROLE/NAME;
 * the agent's TMPDIR; a sibling program (ccsup-keep, ccsup-git, ccsup-http). */
char *paths_state(const struct paths *p, const char *name);
char *paths_lock(const struct paths *p, const char *name);
char *paths_socket(const struct paths *p, const char *name);
char *paths_role(const struct paths *p, const char *role, const char *name);
char *paths_data(const struct paths *p, const char *role, const char *name);
char *paths_tmp(const struct paths *p, const char *role);
char *paths_program(const struct paths *p, const char *name);
/* Such a program without an instance; the caller frees. */
char *paths_beside(const char *name);

#endif

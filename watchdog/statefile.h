/* Whose is a file of the repository? docs/protocol.md, "Files and owners". Pure. */
#ifndef CCSUP_WATCHDOG_STATEFILE_H
#define CCSUP_WATCHDOG_STATEFILE_H

enum statefile {
    STATEFILE_NONE,      /* the work itself */
    STATEFILE_BUILDER,   /* STATUS, JOURNAL, BACKLOG, of any phase */
    STATEFILE_ADVERSARY, /* REVIEW, FINDINGS, of any phase */
    STATEFILE_INBOX,     /* below inbox/builder/ or inbox/adversary/ */
};

/* path: in the repository; state_path: the folder of the state files, "" = the root. */
enum statefile statefile_of(const char *path, const char *state_path);

#endif

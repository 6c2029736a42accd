/* The sections of one file on their way into struct config: which section, and where each of its keys stood.
 */
#ifndef CCSUP_CONFIG_PART_H
#define CCSUP_CONFIG_PART_H
#include "supervisor/config/keys.h"
#include "supervisor/config/report.h"

enum { CONFIG_PHASES_MAX = 64, CONFIG_AGENTS_MAX = 8, CONFIG_NOTIFIES_MAX = 8, CONFIG_CHECKS_MAX = 64 };

struct config_part {
    enum config_kind kind;
    char *name;                 /* ID or NAME, owned; "" for the others */
    int line;                   /* of the section; 0: it is not in the file */
    size_t index;               /* among phases, agents, receivers or checks */
    int at[CONFIG_KEY_COUNT];   /* line of each key given, by its place in the table; 0 = not given */
    bool bad[CONFIG_KEY_COUNT]; /* given or missing wrongly, and reported: no rule looks at it */
};

/* What a file becomes before it is judged as a whole. */
struct config_draft {
    struct config c;             /* phases grows; agents unused until all is well */
    struct config_agent *agents; /* in the file's order */
    size_t agent_count;
    struct config_part *parts;
    size_t part_count;
    bool doubt[CONFIG_KINDS]; /* a section that could be of this kind was refused: none of it is called
                                 missing */
    struct config_report report;
};

/* The struct that holds a part's fields; lives until the next part is added. */
void *config_part_base(struct config_draft *d, const struct config_part *p);
/* A part's key by name: its place in the table. */
int config_part_key(const struct config_part *p, const char *name);
/* Rules over several keys or sections; reports what breaks them. */
void config_check(struct config_draft *d);
/* Those of [check NAME] (checks.c). */
void config_check_checks(struct config_draft *d);

#endif

/* Template + facts -> prompt text. A template holds {{name}} of the list below and nothing else in double braces;
 * text in the repository never becomes part of a prompt (it would be an injection path between the roles). */
#ifndef CCSUP_AGENTS_PROMPT_H
#define CCSUP_AGENTS_PROMPT_H
#include "supervisor/base/buf.h"
#include "supervisor/base/err.h"
#include <stdbool.h>

#define PROMPT_FACTS(X)                                                                                                \
    X(role, "builder or adversary")                                                                                    \
    X(other, "the other role")                                                                                         \
    X(phase, "the phase's id, or 'default'")                                                                           \
    X(plan, "the whole text of the phase's plan")                                                                      \
    X(criteria, "the criteria's ids, separated by blanks")                                                             \
    X(branch, "the branch that counts")                                                                                \
    X(status_file, "path of the phase's STATUS file in the repository")                                                \
    X(review_file, "path of the phase's REVIEW file in the repository")                                                \
    X(state_path, "folder of the state files in the repository, with a slash, or nothing")                             \
    X(inbox, "folder of this role's inbox in the repository")                                                          \
    X(iteration, "number of this iteration")                                                                           \
    X(now, "the time, RFC 3339, UTC")                                                                                  \
    X(window, "how long a PASS is fresh, such as 24h")                                                                 \
    X(work, "why this iteration runs: codes and ids, one a line")                                                      \
    X(reasons, "what keeps it from being done: codes, ids, times and places, one a line")                              \
    X(tell, "what the operator said, or nothing")

enum prompt_fact {
#define X(name, help) PROMPT_##name,
    PROMPT_FACTS(X)
#undef X
        PROMPT_FACT_COUNT
};

/* Every {{name}} known? False and e set with line and nearest names. `file` is for the message. */
bool prompt_check(const char *template_, const char *file, struct err *e);
/* Appends the prompt. facts[i] may be NULL (= ""). The template must have passed prompt_check. */
void prompt_render(const char *template_, const char *const facts[PROMPT_FACT_COUNT], struct buf *out);

#endif

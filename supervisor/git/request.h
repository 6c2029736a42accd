/* One request on stdin, read strictly: a field that is missing, unknown, of another type or out of its range
 * is refused with a sentence that names it. docs/interfaces.md, section ccsup-git. */
#ifndef CCSUP_GIT_REQUEST_H
#define CCSUP_GIT_REQUEST_H
#include "supervisor/base/words.h"
#include "supervisor/git/url.h"
#include "watchdog/writing.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum request_op { REQUEST_POLL, REQUEST_CLONE, REQUEST_WRITE };

struct request {
    enum request_op op;
    char *url, *branch;
    enum url_kind kind;
    int64_t timeout_ms;
    /* poll */
    char *mirror, *lock;
    char *state_path;                 /* "" = the root; else without a slash at either end */
    char *status, *review, *findings; /* file names */
    int64_t max_bytes;
    struct words criteria, operators;
    struct words hash;         /* files of the operator's: their git blob ids are answered, too; may be left out */
    char *builder, *adversary; /* e-mails */
    char *start, *last, *at;   /* 40 hex digits or "" */
    char *plan;                /* a file of the repository to be answered, too; NULL = none */
    /* clone */
    char *dir, *gitconfig, *name, *email;
    /* write; mirror, lock, state_path, max_bytes, criteria and the e-mails as for a poll; name and email "" = whoever
     * git says that we are, who must be an operator */
    enum writing_kind kind_of_entry;
    char *file;  /* the state file's name, or the note's (DROP) */
    char *id;    /* criterion or "" */
    char *text;  /* of others; "" = none */
    char *role;  /* whose inbox, or "" */
    char *clone; /* a folder in the clone that somebody works in, or "" */
    char *rev;   /* commit that the entry is about; "" = HEAD of the clone */
    char *on;    /* revision that the tip must be, or "" */
};

/* Fills r from n bytes of JSON; false and e set when anything is wrong. Free with request_clear in either
 * case. */
bool request_parse(struct request *r, const char *text, size_t n, struct err *e);
void request_clear(struct request *r);

#endif

/* Pieces of a line and the few marks of Markdown that may stand before a token. Pure; each function looks
 * forward only. docs/protocol.md, "Reading a file". */
#ifndef CCSUP_WATCHDOG_TEXT_H
#define CCSUP_WATCHDOG_TEXT_H
#include <stdbool.h>
#include <stddef.h>

/* Borrowed bytes. */
struct text {
    const char *at;
    size_t n;
};

/* A list of fixed words; `n` entries. */
struct text_table {
    const char *const *at;
    size_t n;
};
#define TEXT_TABLE(array) ((struct text_table){(array), sizeof(array) / sizeof *(array)})

struct text text_of(const char *s);
struct text text_from(struct text t, size_t from); /* without its first `from` bytes */
struct text text_trim(struct text t);              /* without white space at both ends */

bool text_is_blank(char c); /* space, tab, and the lone CR */
bool text_is_alnum(char c);
bool text_is_digit(char c);
char text_lower(char c);
/* Whether t begins with s; `any_case` compares ASCII letters in any case. */
bool text_begins(struct text t, const char *s, bool any_case);
bool text_equals(struct text t, const char *s, bool any_case);
/* Whether t begins with the word s: what follows is no letter and no digit. */
bool text_begins_word(struct text t, const char *s, bool any_case);
/* The first entry of the table that t equals / begins with, or -1. */
int text_find(struct text t, struct text_table table, bool any_case);
int text_find_prefix(struct text t, struct text_table table, bool any_case);
/* Bytes of the blanks at the beginning of t. */
size_t text_blanks(struct text t);
/* Bytes of the word at the beginning of t: letters, digits, underscores, and an apostrophe (' or ’) between
 * letters. */
size_t text_word(struct text t);
/* Bytes of a list mark (- + * 1. 1)) with the blanks after it; 0 when none stands there. */
size_t text_list_mark(struct text t);
/* Bytes of a box ([ ], [x]) with the blanks after it; 0 when none. *open: anything but x or X is in it. */
size_t text_box(struct text t, bool *open);
/* Level of the heading whose hashes begin t (1..6) and the bytes of hashes and blanks; 0 when it is none. */
int text_hashes(struct text t, size_t *bytes);
/* Bytes of a separator (docs/protocol.md, "Verdicts") at the beginning of t, 0 when none. `blank_before`: a
 * blank or nothing stands before t, which " - " asks for. */
size_t text_separator(struct text t, bool blank_before);
/* Whether t is a thematic break: three or more of one of - * _ and blanks. */
bool text_is_rule(struct text t);
/* Where that is asked again and again along one line: the place before which no such break begins. */
size_t text_rule_from(struct text t);

#endif

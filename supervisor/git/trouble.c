#include "supervisor/git/trouble.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

bool trouble_set(struct trouble *t, enum trouble_code code, const char *fmt, ...)
{
    /* An argument may be the old text itself. */
    char text[sizeof t->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    snprintf(t->text, sizeof t->text, "%s", text);
    t->code = code;
    return false;
}

const char *trouble_code_name(enum trouble_code code)
{
    switch (code) {
#define X(name, text)                                                                                                  \
    case TROUBLE_##name: return text;
        TROUBLE_CODES(X)
#undef X
    }
    return "none";
}

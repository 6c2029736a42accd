#include "watchdog/review.h"
#include "supervisor/base/hash.h"
#include "supervisor/base/mem.h"
#include "supervisor/base/vis.h"
#include "watchdog/markdown.h"
#include "watchdog/statement.h"
#include "watchdog/veto.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const KIND_NAMES[] = {"PASS", "FAIL", "PENDING", "VETO", "LIFT", "NEAR"};
static const char *const BY_NAMES[] = {"unknown", "adversary", "builder", "operator", "other"};

static int name_index(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

const char *review_kind_name(enum review_kind k)
{
    return KIND_NAMES[k];
}

int review_kind_parse(const char *name)
{
    return name_index(KIND_NAMES, sizeof KIND_NAMES / sizeof *KIND_NAMES, name);
}

const char *review_by_name(enum review_by b)
{
    return BY_NAMES[b];
}

int review_by_parse(const char *name)
{
    return name_index(BY_NAMES, sizeof BY_NAMES / sizeof *BY_NAMES, name);
}

bool review_by_verifier(const struct review_entry *x)
{
    return x->commit[0] && (x->by == REVIEW_BY_ADVERSARY || x->by == REVIEW_BY_OPERATOR);
}

bool review_lifts(const struct review_entry *x, bool git)
{
    return x->kind == REVIEW_LIFT && (!git || review_by_verifier(x));
}

size_t review_lifted(const struct review *r, bool git)
{
    for (size_t i = r->count; i > 0; i--)
        if (review_lifts(&r->entries[i - 1], git))
            return i;
    return 0;
}

bool review_stands(const struct review *r, size_t i, size_t lifted)
{
    return r->entries[i].kind == REVIEW_VETO && (i >= lifted || r->entries[i].unseen);
}

static void entry_clear(struct review_entry *x)
{
    free(x->text);
    free(x->why);
    free(x->fix);
    memset(x, 0, sizeof *x);
}

void review_clear(struct review *r)
{
    for (size_t i = 0; i < r->count; i++)
        entry_clear(&r->entries[i]);
    free(r->entries);
    words_clear(&r->warnings);
    memset(r, 0, sizeof *r);
}

/* ---- the file ---- */

/* More verdicts than any run writes, and few enough for one snapshot. */
enum { ENTRIES_MAX = 20000, NEAR_MAX = 500, WARNINGS_MAX = 40, TEXT_MAX = 397 };

struct reader {
    struct review *r;
    const struct words *criteria;
    struct subject_ids ids;
    bool *hits;
    size_t capacity, near;
    bool verdict_seen; /* a live verdict or veto: from here on sections of examples are dim, not dead */
    /* A VETO or a heading "Open VETOs" whose last word the text under it has. */
    bool waiting, needs_text;
    size_t waits; /* its entry's index */
    int level;    /* of its heading; 0 = a line */
    bool live;    /* and not dim */
    /* The entry that the text under it took away: an item of a list further down may fill it all the same. */
    bool holding;
    struct review_entry held;
};

static void warn(struct review *r, const struct markdown_line *line, const char *shown, const char *what)
{
    char text[300];
    if (r->warnings.n >= WARNINGS_MAX)
        return;
    snprintf(text, sizeof text, "line %d: %s%s", line->number, shown, what);
    words_add(&r->warnings, text);
}

static void refuse(struct review *r, const char *why)
{
    struct words warnings = r->warnings;
    r->warnings = (struct words){0};
    review_clear(r);
    r->warnings = warnings;
    r->refused = true;
    snprintf(r->why, sizeof r->why, "%s", why);
}

/* What should stand there instead. The time and the commit are the writer's to fill in; watchdog/verdict.c,
 * which knows them, names them. */
static char *fix_for(const struct review_entry *x)
{
    char text[240];
    if (x->kind == REVIEW_LIFT || (x->kind == REVIEW_NEAR && !x->id[0]))
        snprintf(text, sizeof text, "## VETO LIFTED @YYYY-MM-DDTHH:MM:SSZ — <why>");
    else
        snprintf(text, sizeof text, "%s: PASS @YYYY-MM-DDTHH:MM:SSZ sha=<commit> — <evidence>", x->id);
    return mem_strdup(text);
}

static struct review_entry *add(struct reader *d, enum review_kind kind, const char *id,
                                const struct markdown_line *line, const char *why)
{
    struct review *r = d->r;
    if (r->refused)
        return NULL;
    /* A line that comes twice (watchdog/markdown.h) says a thing once. */
    const struct review_entry *last = r->count ? &r->entries[r->count - 1] : NULL;
    if (last && last->line == line->number && last->kind == kind && strcmp(last->id, id) == 0)
        return NULL;
    if (kind == REVIEW_NEAR && ++d->near > NEAR_MAX)
        return NULL;
    if (r->count == ENTRIES_MAX) {
        refuse(r, "it holds more than 20000 verdicts; move the oldest ones to another file");
        return NULL;
    }
    if (r->count == d->capacity) {
        d->capacity = d->capacity ? d->capacity * 2 : 64;
        r->entries = mem_resize(r->entries, d->capacity, sizeof *r->entries);
    }
    struct review_entry *x = &r->entries[r->count++];
    memset(x, 0, sizeof *x);
    x->since = -1;
    x->line = line->number;
    x->kind = kind;
    snprintf(x->id, sizeof x->id, "%s", id);
    x->dating = REVIEW_UNDATED;
    x->hash = hash_fnv(line->whole.at, line->whole.n);
    x->text = vis_dup(line->raw.at, line->raw.n, TEXT_MAX);
    x->why = why && *why ? mem_strdup(why) : NULL;
    x->sha_known = true;
    return x;
}

/* ---- vetoes ---- */

static void let_go(struct reader *d)
{
    if (d->holding)
        entry_clear(&d->held);
    d->holding = false;
}

/* Whether a line is a heading that ends what stands under the VETO; NULL: the file's end. */
static bool ends(const struct reader *d, const struct markdown_line *line)
{
    return !line || (line->heading && !line->nested && !line->loose && (line->heading <= d->level || !d->level));
}

static bool says_none(const struct markdown_line *line)
{
    return veto_is_none(text_from(line->text, lead_read(line->text).at)) || veto_is_none(line->text);
}

/* The text under a VETO: "None." takes it away; "Open VETOs" wants some text. */
static void settle(struct reader *d, const struct markdown_line *line)
{
    if (!d->waiting || (line && (line->life == MARKDOWN_DEAD || !text_trim(line->text).n || text_is_rule(line->text))))
        return;
    d->waiting = false;
    bool ended = ends(d, line), none = ended ? d->needs_text : says_none(line);
    if (d->r->refused)
        return;
    d->verdict_seen = d->verdict_seen || (!none && d->live);
    if (!none)
        return;
    /* Nothing was added since: this is the next line with text. */
    d->held = d->r->entries[d->waits];
    d->r->count--;
    d->holding = true;
    if (ended)
        let_go(d);
}

/* A line below the one that said none. said: it is a verdict or about a veto itself, so the list is over. */
static void look_for_items(struct reader *d, const struct markdown_line *line, bool said)
{
    struct text t = text_trim(line->text);
    size_t mark = text_list_mark(t);
    if (!d->holding)
        return;
    if (d->r->refused || said || ends(d, line)) {
        let_go(d);
    } else if (mark && mark < t.n && !text_is_rule(t) && !says_none(line)) {
        d->r->entries[d->r->count++] = d->held; /* its room is still there, as nothing was added since */
        d->holding = false;
        d->verdict_seen = d->verdict_seen || d->live;
    }
}

static bool read_veto(struct reader *d, const struct markdown_line *line)
{
    char why[200] = "";
    enum veto_kind kind = veto_read(line, why, sizeof why);
    if (kind == VETO_NONE)
        return false;
    static const enum review_kind kinds[] = {
        [VETO_NONE] = REVIEW_NEAR,   [VETO_STANDS] = REVIEW_VETO, [VETO_BODY] = REVIEW_VETO,
        [VETO_FILLED] = REVIEW_VETO, [VETO_LIFTED] = REVIEW_LIFT, [VETO_REFUSED] = REVIEW_NEAR,
    };
    struct review_entry *x = add(d, kinds[kind], "", line, why);
    if (!x)
        return true;
    if (x->kind != REVIEW_VETO)
        x->fix = kind == VETO_REFUSED ? fix_for(x) : NULL;
    size_t begin, end;
    if (statement_time(line->text, &begin, &end, &x->written))
        x->dating = REVIEW_DATED;
    else
        x->written = 0;
    d->waiting = kind == VETO_BODY || kind == VETO_FILLED;
    d->needs_text = kind == VETO_FILLED;
    d->waits = d->r->count - 1;
    d->level = line->heading;
    d->live = line->life == MARKDOWN_LIVE;
    d->verdict_seen = d->verdict_seen || (d->live && !d->waiting && x->kind != REVIEW_NEAR);
    return true;
}

/* ---- verdicts ---- */

/* Whether the line has a verdict word about an id, count or not. */
static bool read_verdict(struct reader *d, const struct markdown_line *line)
{
    struct statement s;
    statement_read(&s, &d->ids, line->text, line->life == MARKDOWN_DIM ? line->why : NULL, d->hits);
    if (!s.stated && !(s.subject.shape == SUBJECT_UNKNOWN && s.kind == REVIEW_FAIL))
        return s.worded;
    if (s.subject.shape == SUBJECT_UNKNOWN) {
        char *shown = vis_dup(s.subject.name.at, s.subject.name.n, 40);
        warn(d->r, line, shown, " is no criterion, so what is said about it counts for nothing");
        free(shown);
        return s.worded;
    }
    for (size_t i = 0; i < d->criteria->n; i++) {
        if (!s.subject.hit[i])
            continue;
        struct review_entry *x = add(d, s.kind, d->criteria->at[i], line, s.why);
        if (!x)
            continue;
        x->dating = s.dating;
        x->written = s.written;
        memcpy(x->sha, s.sha, sizeof x->sha);
        if (x->why)
            x->fix = fix_for(x);
    }
    if (line->life == MARKDOWN_LIVE && s.kind != REVIEW_NEAR)
        d->verdict_seen = true;
    return s.worded;
}

static void read_lines(struct reader *d, struct markdown *md)
{
    struct markdown_line line;
    while (!d->r->refused && markdown_next(md, &line)) {
        if (line.sample && line.life == MARKDOWN_LIVE) {
            line.life = d->verdict_seen ? MARKDOWN_DIM : MARKDOWN_DEAD;
            line.why = "it stands in a section of examples";
        } else if (line.sample && !d->verdict_seen) {
            line.life = MARKDOWN_DEAD;
        }
        settle(d, &line);
        if (line.life == MARKDOWN_DEAD)
            continue;
        bool said = read_veto(d, &line) || read_verdict(d, &line);
        look_for_items(d, &line, said);
    }
    settle(d, NULL);
    let_go(d);
}

void review_read(struct review *r, const char *text, size_t n, const struct words *criteria, int64_t max_bytes)
{
    memset(r, 0, sizeof *r);
    r->refused = markdown_refuses(text, n, max_bytes, r->why, sizeof r->why);
    if (r->refused)
        return;
    struct markdown md;
    markdown_read(&md, text, n);
    r->warnings = md.warnings;
    md.warnings = (struct words){0};
    struct reader d = {.r = r, .criteria = criteria};
    subject_ids_init(&d.ids, criteria);
    d.hits = mem_zalloc((criteria->n + 1) * sizeof *d.hits);
    read_lines(&d, &md);
    if (d.near > NEAR_MAX && r->warnings.n < WARNINGS_MAX)
        words_add(&r->warnings, "there are more than 500 lines that only look like verdicts; the first are shown");
    free(d.hits);
    subject_ids_clear(&d.ids);
    markdown_clear(&md);
}

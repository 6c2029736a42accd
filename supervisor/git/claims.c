#include "supervisor/git/claims.h"
#include "supervisor/base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void party_add(struct snapshot_party *party, const struct graph_commit *c)
{
    if (party->commits++)
        return;
    git_oid_tostr(party->commit, sizeof party->commit, &c->id); /* newest first: the graph's order */
    party->committed = c->committed;
}

static bool claim_is_answered(const struct snapshot *s, const struct graph *g, const char *id, const bool *after)
{
    for (size_t i = s->review.count; i-- > 0;) {
        const struct review_entry *e = &s->review.entries[i];
        git_oid commit;
        if (e->kind != REVIEW_PASS && e->kind != REVIEW_FAIL && e->kind != REVIEW_PENDING)
            continue;
        if (strcmp(e->id, id) != 0 || !e->commit[0] || e->by == REVIEW_BY_BUILDER)
            continue;
        long at = git_oid_fromstr(&commit, e->commit) == 0 ? graph_find(g, &commit) : -1;
        if (at >= 0 && after[at])
            return true;
    }
    return false;
}

static void claim_add(struct snapshot *s, const struct graph *g, size_t commit, const char *id)
{
    s->claims = mem_resize(s->claims, s->claim_count + 1, sizeof *s->claims);
    struct snapshot_claim *claim = &s->claims[s->claim_count++];
    memset(claim, 0, sizeof *claim);
    snprintf(claim->id, sizeof claim->id, "%s", id);
    git_oid_tostr(claim->commit, sizeof claim->commit, &g->commits[commit].id);
    claim->committed = g->commits[commit].committed;
    bool *after = graph_descendants(g, commit);
    claim->answered = claim_is_answered(s, g, id, after);
    free(after);
}

void claims_find(struct snapshot *s, const struct graph *g, const struct request *r)
{
    git_oid id;
    long start = *r->start && git_oid_fromstr(&id, r->start) == 0 ? graph_find(g, &id) : -1;
    /* A start that is not in this history excludes nothing: a claim only wakes, it proves nothing. */
    bool *before = start >= 0 ? graph_ancestors(g, (size_t)start) : mem_zalloc(g->count + 1);
    bool *claimed = mem_zalloc(r->criteria.n + 1);
    for (size_t i = 0; i < g->count; i++) {
        const struct graph_commit *c = &g->commits[i];
        if (before[i])
            continue;
        if (strcmp(c->author, r->builder) == 0)
            party_add(&s->party[ROLE_BUILDER], c);
        if (strcmp(c->author, r->adversary) == 0)
            party_add(&s->party[ROLE_ADVERSARY], c);
        if (c->claim >= 0 && !claimed[c->claim]) {
            claimed[c->claim] = true;
            claim_add(s, g, i, r->criteria.at[c->claim]);
        }
    }
    free(before);
    free(claimed);
}

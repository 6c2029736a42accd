/* What the beginning of a line's text says about the blocks of Markdown: fences, list items, headings, quotations.
 * docs/protocol.md, "Reading a file". Pure; looks forward only. Used by watchdog/block.c, watchdog/markdown.c and
 * watchdog/marker.c. */
#ifndef CCSUP_WATCHDOG_MARK_H
#define CCSUP_WATCHDOG_MARK_H
#include "watchdog/block.h"

/* A fence's opener: at least three of ` or ~, and no backtick after backticks. */
bool mark_fence_opens(struct text t, struct block_fence *f);
/* Nothing but the fence's character, enough of it, at most 3 columns right of the opener. */
bool mark_fence_closes(const struct block_fence *f, struct text t, int column);
/* "===" or "---" under a paragraph: the level of the heading that it makes, or 0. */
int mark_underline_level(struct text t);
/* Whether a line that begins so ends a paragraph rather than going on with it. */
bool mark_starts_block(struct text t);
/* Whether a list mark of `mark` bytes begins an item although a paragraph is open: a bullet or a 1, with text. */
bool mark_item_interrupts(struct text t, size_t mark);
/* Whether what stands behind the mark of a quotation is a paragraph, which an unmarked line may go on with. goes_on:
 * one is open. */
bool mark_quotes_paragraph(struct text t, bool goes_on);
/* A heading's text without closing hashes. */
struct text mark_heading_title(struct text t);
/* Whether the content is one code span and nothing else but emphasis and a box around it; *bare: without these. */
bool mark_whole_span(struct text t, bool *bare);

#endif

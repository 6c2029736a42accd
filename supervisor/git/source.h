/* A state file in the trees of a repository: what stands at its place, and its bytes. */
#ifndef CCSUP_GIT_SOURCE_H
#define CCSUP_GIT_SOURCE_H
#include <git2.h>
#include <stdbool.h>
#include <stdint.h>

enum source_kind { SOURCE_MISSING, SOURCE_FILE, SOURCE_LINK, SOURCE_FOLDER, SOURCE_SUBMODULE };

/* What stands at path in that tree, and its object's id. 0, or libgit2's error code: then the repository is
 * damaged. */
int source_find(git_repository *repo, const git_oid *tree, const char *path, enum source_kind *kind, git_oid *id);
/* A blob's size without reading it. 0 or libgit2's error code. */
int source_size(git_odb *odb, const git_oid *id, int64_t *bytes);

#endif

#include "supervisor/git/source.h"

int source_find(git_repository *repo, const git_oid *tree_id, const char *path, enum source_kind *kind, git_oid *id)
{
    git_tree *tree;
    git_tree_entry *entry;
    *kind = SOURCE_MISSING;
    int rc = git_tree_lookup(&tree, repo, tree_id);
    if (rc < 0)
        return rc;
    rc = git_tree_entry_bypath(&entry, tree, path);
    if (rc == 0) {
        git_oid_cpy(id, git_tree_entry_id(entry));
        switch (git_tree_entry_filemode(entry)) {
        case GIT_FILEMODE_LINK: *kind = SOURCE_LINK; break;
        case GIT_FILEMODE_TREE: *kind = SOURCE_FOLDER; break;
        case GIT_FILEMODE_COMMIT: *kind = SOURCE_SUBMODULE; break;
        case GIT_FILEMODE_BLOB:
        case GIT_FILEMODE_BLOB_EXECUTABLE:
        case GIT_FILEMODE_UNREADABLE: *kind = SOURCE_FILE; break;
        }
        git_tree_entry_free(entry);
    }
    git_tree_free(tree);
    /* A folder of the path that is missing is one thing, an object that is missing another: look it up to
     * tell. */
    if (rc == GIT_ENOTFOUND) {
        const git_error *last = git_error_last();
        rc = last && last->klass == GIT_ERROR_ODB ? rc : 0;
    }
    return rc;
}

int source_size(git_odb *odb, const git_oid *id, int64_t *bytes)
{
    size_t n = 0;
    git_object_t type;
    int rc = git_odb_read_header(&n, &type, odb, id);
    *bytes = (int64_t)n;
    return rc;
}

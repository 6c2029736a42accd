/* A tool call of Claude in a few words for people: "Bash: make test", "Edit: src/a.c". Pure. */
#ifndef CCSUP_AGENTS_TOOL_H
#define CCSUP_AGENTS_TOOL_H
#include <cJSON.h>
#include <stddef.h>

/* Writes the tool's name and the input member that tells the most (command, file_path, pattern, url, description,
 * prompt
 * ..., else the first string), escaped and cut to room bytes with the NUL. input: may be NULL. */
void tool_render(const char *name, const cJSON *input, char *out, size_t room);

#endif

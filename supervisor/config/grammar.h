/* What a well-formed name, address, branch or place is. Each check returns NULL when the text is fine, else
 * what is wrong and what to write instead, as the end of a sentence that begins with the key and the text
 * ("'a b' ..."). */
#ifndef CCSUP_CONFIG_GRAMMAR_H
#define CCSUP_CONFIG_GRAMMAR_H
#include <stdbool.h>
#include <stddef.h>

/* Of phases and agents: [A-Za-z0-9._-]{1,32}. */
const char *grammar_name(const char *s);
/* Anything that git may take as a remote: not empty, no option. */
const char *grammar_url(const char *s);
/* A branch as git-check-ref-format(1) allows it. */
const char *grammar_branch(const char *s);
/* A relative path inside the repository, "" allowed: no "..", no ".git", no leading or double slash. */
const char *grammar_folder(const char *s);
/* A path on disk, or repo:PATH inside the repository. Not empty. */
const char *grammar_plan(const char *s);
/* A path on disk, "" allowed. */
const char *grammar_file(const char *s);
const char *grammar_email(const char *s);
/* A name that git accepts for a commit. */
const char *grammar_person(const char *s);
/* NAME=VALUE of an environment that ccsup may set. */
const char *grammar_setting(const char *s);
/* A user's name as passwd(5) may hold it, "" allowed. */
const char *grammar_user(const char *s);
const char *grammar_fence(const char *s);
const char *grammar_leftovers(const char *s);
const char *grammar_stuck(const char *s);
/* A program's name or path, "" allowed; no arguments. */
const char *grammar_program(const char *s);
/* One word of printable ASCII, "" allowed, that is no option. */
const char *grammar_word(const char *s);
const char *grammar_session(const char *s);
/* A tool as Claude names it: Bash, Bash(git *). Commas part tools on its command line. */
const char *grammar_tool(const char *s);
const char *grammar_check_type(const char *s);
const char *grammar_level(const char *s);
/* An address of the web, "" allowed. */
const char *grammar_web(const char *s);
/* The same without a user or password in it. */
const char *grammar_plain_web(const char *s);
/* HOST, HOST:PORT, [ADDRESS]:PORT or USER@HOST, "" allowed. */
const char *grammar_host(const char *s);
/* A name of the DNS, or *.NAME. */
const char *grammar_domain(const char *s);
/* An address in numbers, or a name of the DNS. */
const char *grammar_address(const char *s);
/* Rights as chmod(1) takes them in octal, "" allowed. */
const char *grammar_mode(const char *s);
/* HOST:PORT or [ADDRESS]:PORT, with a port from 1 to 65535. */
bool grammar_endpoint(const char *s);
/* NAME, NAME* or *. */
const char *grammar_pattern(const char *s);
/* A kind of event, or all. */
const char *grammar_event(const char *s);
/* A variable's name, "" allowed. */
const char *grammar_variable_name(const char *s);
/* NAME: VALUE of a request that ccsup sends. */
const char *grammar_header(const char *s);
/* Length of the environment variable's name at the start of s: [A-Za-z_][A-Za-z0-9_]*. */
size_t grammar_variable(const char *s);

#endif

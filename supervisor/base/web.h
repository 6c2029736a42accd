/* Where an address of the web leads. */
#ifndef CCSUP_BASE_WEB_H
#define CCSUP_BASE_WEB_H
#include <stdbool.h>

/* Does the http or https URL name this machine (localhost, 127.x.y.z, [::1])? Then nobody on its way reads along. */
bool web_here(const char *url);

#endif

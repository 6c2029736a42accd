/* cmocka and what it wants included before it. */
#ifndef CCSUP_TESTS_CM_H
#define CCSUP_TESTS_CM_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka comes last: it needs the four above. */
#include <cmocka.h>

#endif

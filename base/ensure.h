/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_ENSURE_H
#define THAW_BASE_ENSURE_H

/*
 * ENSURE() states what must hold unless we have written a bug.  It is for our
 * own mistakes only, never for input or for the world's errors, and it is
 * never compiled out: a program that continues on a false assumption can tell
 * its user lies.
 *
 * In the static agent (THAW_SMALL) the place alone is told, without the text of the condition: file
 * and line name it, and the texts would be a fortieth of that program.
 *
 * What happens then is the program's choice: the default handler writes one
 * line to stderr and aborts, the agent installs one that parks itself, because
 * a crashed extension may take the function instance with it.
 */

/* Called once with the place of the failure.  If it returns, the process aborts. */
typedef void ensure_handler(const char *expression, const char *file, int line);

/* Install the handler, or the default one for NULL.  Call it before any thread is started. */
void ensure_set_handler(ensure_handler *handler);

/* Report a failed expectation.  Never returns.  Called by ENSURE() only. */
_Noreturn void ensure_failed(const char *expression, const char *file, int line);

#ifdef THAW_SMALL
#define ENSURE_TEXT(expression) ""
#else
#define ENSURE_TEXT(expression) #expression
#endif

#define ENSURE(expression)                                                                         \
    do {                                                                                           \
        if (__builtin_expect(!(expression), 0)) {                                                  \
            ensure_failed(ENSURE_TEXT(expression), __FILE__, __LINE__);                            \
        }                                                                                          \
    } while (0)

#endif

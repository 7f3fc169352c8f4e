/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"

#include "lib/cm.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef NDEBUG
#error "NDEBUG is set: some assertion somewhere is compiled out"
#endif

/* Run something that must not return in a process of its own; the answer is how it ended, and
 * what it wrote to stderr is in text. */
static int run_apart(void (*run)(void), char *text, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL); /* cmocka and the sanitizers have handlers. */
        run();
        _exit(0);
    }
    close(ends[1]);
    size_t used = 0;
    ssize_t got;
    while (used < size - 1 && (got = read(ends[0], text + used, size - 1 - used)) > 0) {
        used += (size_t)got;
    }
    text[used] = '\0';
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static volatile int two = 2;

static void break_a_promise(void)
{
    ENSURE(two + two == 5);
}

/* A broken promise says where and aborts, in every build type. */
static void aborts(void **state)
{
    (void)state;
    char text[512];
    int status = run_apart(break_a_promise, text, sizeof(text));

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(text, "ensure_test.c:"));
    assert_non_null(strstr(text, "two + two == 5"));
}

static void leave(const char *expression, const char *file, int line)
{
    _exit(strcmp(expression, "two + two == 5") == 0 && file != NULL && line > 0 ? 42 : 1);
}

static void break_a_promise_handled(void)
{
    ensure_set_handler(leave);
    break_a_promise();
}

/* An installed handler decides what happens. */
static void handler(void **state)
{
    (void)state;
    char text[512];
    int status = run_apart(break_a_promise_handled, text, sizeof(text));

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

static void fail_again(const char *expression, const char *file, int line)
{
    (void)expression;
    (void)file;
    (void)line;
    ENSURE(two == 3);
}

static void break_a_promise_twice(void)
{
    ensure_set_handler(fail_again);
    break_a_promise();
}

/* A handler that breaks a promise itself does not run for ever. */
static void handler_fails(void **state)
{
    (void)state;
    char text[512];
    int status = run_apart(break_a_promise_twice, text, sizeof(text));

    assert_true(WIFSIGNALED(status));
    assert_non_null(strstr(text, "two == 3"));
}

/* A kept promise does nothing and evaluates its expression once. */
static void kept(void **state)
{
    (void)state;
    int count = 0;
    ENSURE(++count == 1);
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aborts),
        cmocka_unit_test(handler),
        cmocka_unit_test(handler_fails),
        cmocka_unit_test(kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

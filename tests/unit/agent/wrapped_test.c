/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wrapped.h"

#include "base/clock.h"
#include "lib/cm.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct loop loop;
static struct wrapped wrapped;
static pid_t told_runtime;
static char told_upstream[64];
static struct slice to_answer;

static struct slice on_wrapped(void *context, pid_t runtime, struct slice upstream)
{
    (void)context;
    told_runtime = runtime;
    assert_true(slice_copy_text(upstream, told_upstream, sizeof(told_upstream)));
    return to_answer;
}

static unsigned port(void)
{
    return (unsigned)getpid();
}

/* The wrapper is another process.  Its exit status is the size of what it was answered. */
static int ask(void)
{
    pid_t child = fork();
    if (child == 0) {
        char address[64];
        size_t size = wrapped_ask((unsigned)getppid(), SLICE("42"), SLICE("10.0.0.1:9001"), address,
                                  sizeof(address));
        _exit(slice_equal(slice_of(address, size), SLICE("127.0.0.1:4327")) ? 14 : (int)size);
    }
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        loop_wait(&loop, 1000000);
    }
    return WEXITSTATUS(status);
}

static void test_asked(void **state)
{
    (void)state;
    to_answer = SLICE("127.0.0.1:4327");
    assert_int_equal(wrapped_init(&wrapped, &loop, port(), on_wrapped, NULL), STATUS_OK);
    assert_int_equal(ask(), 14);
    assert_int_equal(told_runtime, 42);
    assert_string_equal(told_upstream, "10.0.0.1:9001");
    /* Empty: the runtime goes its own way. */
    to_answer = SLICE_EMPTY;
    assert_int_equal(ask(), 0);
    wrapped_stop(&wrapped);
}

/* Nobody there: that is known at once. */
static void test_nobody(void **state)
{
    (void)state;
    uint64_t before_ns = clock_monotonic_ns();
    assert_int_equal(ask(), 0);
    assert_true(clock_monotonic_ns() - before_ns < UINT64_C(60000000000));
}

/* A second agent with the same port in one network is refused, and rubbish is not answered. */
static void test_others(void **state)
{
    static struct wrapped second;
    static const char *const rubbish[] = {"",
                                          "x",
                                          "thaw-wrapped 1 ",
                                          "thaw-wrapped 1 x y",
                                          "thaw-wrapped 1 4294967296 y",
                                          "thaw-wrapped 2 1 y"};
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    (void)state;
    assert_int_equal(wrapped_init(&wrapped, &loop, port(), on_wrapped, NULL), STATUS_OK);
    assert_int_equal(wrapped_init(&second, &loop, port(), on_wrapped, NULL), STATUS_IO);
    told_runtime = 0;
    int size = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "thaw-agent.%u", port());
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++) {
        assert_int_equal(sendto(fd, rubbish[i], strlen(rubbish[i]), 0,
                                (const struct sockaddr *)&name,
                                (socklen_t)(sizeof(sa_family_t) + 1 + (size_t)size)),
                         (ssize_t)strlen(rubbish[i]));
        loop_wait(&loop, 0);
    }
    assert_int_equal(told_runtime, 0);
    close(fd);
    to_answer = SLICE("127.0.0.1:4327");
    assert_int_equal(ask(), 14);
    wrapped_stop(&wrapped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asked),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_others),
    };
    if (loop_init(&loop) != STATUS_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Wrapped around the agent's calls by the linker (CMakeLists.txt):
 *
 *  - once it runs, an allocation is a failed assertion;
 *  - THAW_TEST_FAIL_AT=n makes the n-th turn of its loop fail, by a failed assertion, or, with
 *    THAW_TEST_FAIL_HOW=signal, by a fault signal; with THAW_TEST_FAIL_HOW=proxy, it fails in the
 *    n-th look at what passes between the runtime and the platform instead; with
 *    THAW_TEST_FAIL_HOW=kill, it is killed in its n-th reading or writing of the spool's file.
 */
#include "agent/park.h"
#include "agent/shell.h"
#include "base/ensure.h"
#include "net/loop.h"
#include "proxy/follow.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

int __real_shell_run(struct shell *shell);
int __wrap_shell_run(struct shell *shell);
void __real_park_arm_other(park_hand_over *hand_over, const char *option);
void __wrap_park_arm_other(park_hand_over *hand_over, const char *option);
void __real_loop_wait(struct loop *loop, uint64_t timeout_ns);
void __wrap_loop_wait(struct loop *loop, uint64_t timeout_ns);
enum follow_event __real_follow_next(struct follow *follow, struct slice *input,
                                     struct follow_found *found);
enum follow_event __wrap_follow_next(struct follow *follow, struct slice *input,
                                     struct follow_found *found);
ssize_t __real_pread(int fd, void *memory, size_t size, off_t offset);
ssize_t __wrap_pread(int fd, void *memory, size_t size, off_t offset);
ssize_t __real_pwritev(int fd, const struct iovec *parts, int count, off_t offset);
ssize_t __wrap_pwritev(int fd, const struct iovec *parts, int count, off_t offset);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool running;
static unsigned long fail_at;
static bool fail_by_signal;
static bool fail_in_proxy;
static bool fail_in_file;
static unsigned long file_call;
static unsigned long look;
static unsigned long turn;

static void begin(void)
{
    const char *at = getenv("THAW_TEST_FAIL_AT");
    const char *how = getenv("THAW_TEST_FAIL_HOW");
    fail_at = at != NULL ? strtoul(at, NULL, 10) : 0;
    fail_by_signal = how != NULL && strcmp(how, "signal") == 0;
    fail_in_proxy = how != NULL && strcmp(how, "proxy") == 0;
    fail_in_file = how != NULL && strcmp(how, "kill") == 0;
    running = true;
}

int __wrap_shell_run(struct shell *shell)
{
    begin();
    return __real_shell_run(shell);
}

void __wrap_park_arm_other(park_hand_over *hand_over, const char *option)
{
    begin();
    __real_park_arm_other(hand_over, option);
}

void __wrap_loop_wait(struct loop *loop, uint64_t timeout_ns)
{
    turn++;
    if (turn == fail_at && fail_by_signal) {
        raise(SIGSEGV);
    }
    ENSURE(turn != fail_at || fail_in_proxy || fail_in_file);
    __real_loop_wait(loop, timeout_ns);
}

enum follow_event __wrap_follow_next(struct follow *follow, struct slice *input,
                                     struct follow_found *found)
{
    look++;
    ENSURE(look != fail_at || !fail_in_proxy);
    return __real_follow_next(follow, input, found);
}

static void kill_in_file(void)
{
    file_call++;
    if (fail_in_file && file_call == fail_at) {
        raise(SIGKILL);
    }
}

/* Behind the call: of what it did nothing is lost, and what comes after it did not happen. */
ssize_t __wrap_pread(int fd, void *memory, size_t size, off_t offset)
{
    ssize_t answer = __real_pread(fd, memory, size, offset);
    kill_in_file();
    return answer;
}

ssize_t __wrap_pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    ssize_t answer = __real_pwritev(fd, parts, count, offset);
    kill_in_file();
    return answer;
}

void *__wrap_malloc(size_t size)
{
    ENSURE(!running);
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    ENSURE(!running);
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    ENSURE(!running);
    return __real_realloc(memory, size);
}

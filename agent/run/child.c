/* SPDX-License-Identifier: Apache-2.0 */
#include "run/child.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NOT_STARTED 127

static _Noreturn void become(char *const *arguments, const int *outputs, int word)
{
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    /* We do not want to hear of it; the program may. */
    (void)signal(SIGPIPE, SIG_DFL);
    if (dup2(outputs[0], STDOUT_FILENO) >= 0 && dup2(outputs[1], STDERR_FILENO) >= 0) {
        execvp(arguments[0], arguments);
    }
    int error = errno;
    (void)!write(word, &error, sizeof(error));
    _exit(EXIT_NOT_STARTED);
}

/* The errno of an exec that failed; 0 once the program runs. */
static int hear(int word)
{
    int error = 0;
    ssize_t got;
    do {
        got = read(word, &error, sizeof(error));
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof(error) ? error : 0;
}

static bool open_pipes(int pipes[3][2])
{
    for (size_t i = 0; i < 3; i++) {
        if (pipe2(pipes[i], O_CLOEXEC) != 0) {
            return false;
        }
    }
    return true;
}

enum status child_start(struct child *child, char *const *arguments, const char *variable,
                        unsigned port)
{
    char digits[16];
    struct buf text;
    int pipes[3][2];
    *child = (struct child){.id = 0, .outputs = {-1, -1}};
    buf_init_fixed(&text, digits, sizeof(digits));
    buf_append_u64(&text, port);
    buf_append_byte(&text, 0);
    /* We are not the only reader of our environment, but nobody reads this variable again. */
    if (setenv(variable, digits, 1) != 0 || !open_pipes(pipes)) {
        return STATUS_IO;
    }
    pid_t id = fork();
    if (id < 0) {
        return STATUS_IO;
    }
    if (id == 0) {
        const int outputs[2] = {pipes[0][1], pipes[1][1]};
        become(arguments, outputs, pipes[2][1]);
    }
    for (size_t i = 0; i < 3; i++) {
        close(pipes[i][1]);
    }
    int error = hear(pipes[2][0]);
    close(pipes[2][0]);
    child->id = id;
    for (size_t i = 0; i < 2; i++) {
        child->outputs[i] = pipes[i][0];
        (void)fcntl(child->outputs[i], F_SETFL, O_NONBLOCK);
    }
    errno = error;
    return error == 0 ? STATUS_OK : STATUS_IO;
}

bool child_reap(struct child *child)
{
    int status = 0;
    bool ours = false;
    pid_t id;
    while ((id = waitpid(-1, &status, WNOHANG)) > 0) {
        if (id == child->id) {
            child->id = 0;
            child->status = status;
            ours = true;
        }
    }
    return ours;
}

void child_signal(const struct child *child, int number)
{
    if (child->id > 0) {
        kill(child->id, number);
    }
}

int child_exit_status(const struct child *child)
{
    return WIFSIGNALED(child->status) ? 128 + WTERMSIG(child->status) : WEXITSTATUS(child->status);
}

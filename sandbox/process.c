/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/process.h"

#include "base/ensure.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The platform's limit of open files. */
#define FILE_COUNT_MAX 1024

static void reap(struct processes *processes, pid_t id, int status, const struct rusage *usage)
{
    for (struct process **link = &processes->first; *link != NULL; link = &(*link)->next) {
        struct process *process = *link;
        if (process->id == id) {
            struct process_end end = {.status = status, .memory_kb = (uint64_t)usage->ru_maxrss};
            *link = process->next;
            process->id = 0;
            process->ended(process, &end);
            return;
        }
    }
    processes->unknown++;
}

static void on_child(void *owner, unsigned events)
{
    (void)events;
    struct processes *processes = owner;
    struct signalfd_siginfo signals[16];
    (void)!read(processes->source.descriptor, signals, sizeof(signals));
    int status = 0;
    struct rusage usage;
    pid_t id = wait4(-1, &status, WNOHANG, &usage);
    while (id > 0) {
        reap(processes, id, status, &usage);
        id = wait4(-1, &status, WNOHANG, &usage);
    }
}

enum status processes_init(struct processes *processes, struct loop *loop)
{
    *processes = (struct processes){.loop = loop};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return STATUS_IO;
    }
    processes->source = (struct loop_source){
        .descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
        .ready = on_child,
        .owner = processes,
    };
    if (processes->source.descriptor < 0) {
        return STATUS_IO;
    }
    return loop_watch(loop, &processes->source, LOOP_READ);
}

void processes_fini(struct processes *processes)
{
    while (waitpid(-1, NULL, 0) >= 0 || errno == EINTR) {
    }
    loop_forget(processes->loop, &processes->source);
    close(processes->source.descriptor);
}

/* What the middle process and the new one tell us through a pipe. */
struct word {
    enum { WORD_BORN, WORD_FAILED } what;
    int value;
};

static _Noreturn void give_up(int pipe_end)
{
    struct word word = {.what = WORD_FAILED, .value = errno};
    (void)!write(pipe_end, &word, sizeof(word));
    _exit(127);
}

static void drop_privileges(const struct process_plan *plan)
{
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++) {
        (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
    if (plan->user >= 0) {
        (void)!setgroups(0, NULL);
        (void)!setgid((gid_t)plan->user);
        (void)!setuid((uid_t)plan->user);
    }
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    memset(data, 0, sizeof(data));
    (void)syscall(SYS_capset, &header, data);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* execve() changes neither array nor strings, though its type does not promise it. */
static char *const *strings(const char *const *list)
{
    char *const *same;
    memcpy(&same, &list, sizeof(same));
    return same;
}

static _Noreturn void become(const struct process_plan *plan, int pipe_end, int output)
{
    if (cgroup_enter(plan->group) != STATUS_OK || namespace_enter(plan->space) != STATUS_OK) {
        give_up(pipe_end);
    }
    setsid();
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 ||
        chdir(plan->directory) != 0) {
        give_up(pipe_end);
    }
    struct rlimit files = {.rlim_cur = FILE_COUNT_MAX, .rlim_max = FILE_COUNT_MAX};
    (void)setrlimit(RLIMIT_NOFILE, &files);
    for (int number = 1; number < NSIG; number++) {
        (void)signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    drop_privileges(plan);
    /* All but the three are close-on-exec by the rule of this house; a library may not know it. */
    (void)syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (plan->search) {
        memcpy(&environ, &plan->environment, sizeof(environ));
        execvp(plan->arguments[0], strings(plan->arguments));
    } else {
        execve(plan->arguments[0], strings(plan->arguments), strings(plan->environment));
    }
    give_up(pipe_end);
}

/*
 * Runs in a fork.  Whoever enters a process namespace stays outside himself;
 * his children are born inside.  CLONE_PARENT makes the child a child of the
 * sandbox, not of this short-lived process.
 */
static _Noreturn void middle(const struct process_plan *plan, int pipe_end, int output)
{
    if (setns(plan->space->processes, CLONE_NEWPID) != 0) {
        give_up(pipe_end);
    }
    long id = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
    if (id < 0) {
        give_up(pipe_end);
    }
    if (id == 0) {
        become(plan, pipe_end, output);
    }
    struct word word = {.what = WORD_BORN, .value = (int)id};
    (void)!write(pipe_end, &word, sizeof(word));
    _exit(0);
}

/* Read until all ends are closed, which exec does: then it runs. */
static enum status hear(int pipe_end, pid_t *id, int *error)
{
    struct word word;
    *id = 0;
    *error = 0;
    for (;;) {
        ssize_t size = read(pipe_end, &word, sizeof(word));
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size != (ssize_t)sizeof(word)) {
            break;
        }
        if (word.what == WORD_BORN) {
            *id = word.value;
        } else {
            *error = word.value;
        }
    }
    return *id > 0 && *error == 0 ? STATUS_OK : STATUS_IO;
}

enum status process_start(struct processes *processes, struct process *process,
                          const struct process_plan *plan, int *error)
{
    int words[2];
    int output[2];
    pid_t id = 0;
    pid_t child = -1;
    enum status status = STATUS_OK;
    if (pipe2(words, O_CLOEXEC) != 0) {
        *error = errno;
        return STATUS_IO;
    }
    if (pipe2(output, O_CLOEXEC) != 0) {
        *error = errno;
        goto close_words;
    }
    child = fork();
    if (child < 0) {
        *error = errno;
        goto close_output;
    }
    if (child == 0) {
        middle(plan, words[1], output[1]);
    }
    close(words[1]);
    close(output[1]);
    status = hear(words[0], &id, error);
    close(words[0]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    if (status != STATUS_OK) {
        close(output[0]);
        return STATUS_IO;
    }
    (void)fcntl(output[0], F_SETFL, O_NONBLOCK);
    process->id = id;
    process->output = output[0];
    process->next = processes->first;
    processes->first = process;
    return STATUS_OK;

close_output:
    close(output[0]);
    close(output[1]);
close_words:
    close(words[0]);
    close(words[1]);
    return STATUS_IO;
}

void process_signal(const struct process *process, int number)
{
    if (process->id > 0) {
        kill(process->id, number);
    }
}

void process_forget(struct processes *processes, struct process *process)
{
    for (struct process **link = &processes->first; *link != NULL; link = &(*link)->next) {
        if (*link == process) {
            *link = process->next;
            break;
        }
    }
    process->id = 0;
}

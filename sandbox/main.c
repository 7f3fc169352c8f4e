/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/settings.h"
#include "sandbox/cgroup.h"
#include "sandbox/config.h"
#include "sandbox/platform.h"
#include "sandbox/sandbox_limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_USED_WRONG 100
#define EXIT_FAILED     111

#define SETTINGS_ARENA_SIZE 65536
#define ERRORS_SIZE_MAX     65536

struct options {
    struct slice config;
    struct slice listen;
    struct slice state;
    unsigned freezer;
    unsigned log_level;
    bool check;
    bool help;
    bool version;
};

static const struct setting rows[] = {
    {.name = "config",
     .kind = SETTING_STRING,
     .offset = offsetof(struct options, config),
     .fallback = "",
     .value_name = "FILE",
     .help = "The functions and what is around them; see "
             "docs/reference/sandbox-config.md. Required."},
    {.name = "listen",
     .kind = SETTING_STRING,
     .offset = offsetof(struct options, listen),
     .fallback = "127.0.0.1:9000",
     .value_name = "ADDR:PORT",
     .help = "Address of the invoke endpoint, the queues, the HTTP sources and the control API. "
             "Port 0 takes a free one."},
    {.name = "state",
     .kind = SETTING_STRING,
     .offset = offsetof(struct options, state),
     .fallback = "./sandbox-state",
     .value_name = "DIR",
     .help = "Directory for the log streams of the functions."},
    {.name = "freezer",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct options, freezer),
     .fallback = "auto",
     .choices = cgroup_choices,
     .value_name = "KIND",
     .help = "How instances are frozen: cgroup freezer of version 1 or 2, or SIGSTOP. auto takes "
             "what there is."},
    {.name = "log-level",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct options, log_level),
     .fallback = "info",
     .choices = log_level_names,
     .value_name = "LEVEL",
     .help = "What the sandbox itself logs on stderr."},
    {.name = "check-config",
     .kind = SETTING_BOOL,
     .offset = offsetof(struct options, check),
     .fallback = "false",
     .help = "Check the configuration file and end."},
    {.name = "help",
     .kind = SETTING_BOOL,
     .offset = offsetof(struct options, help),
     .fallback = "false",
     .help = "Show this and end."},
    {.name = "version",
     .kind = SETTING_BOOL,
     .offset = offsetof(struct options, version),
     .fallback = "false",
     .help = "Show the version and end."},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static void print_help(void)
{
    struct buf text;
    buf_init_growing(&text, 65536);
    buf_append_text(&text, "thaw-sandbox runs serverless functions on this machine, as real "
                           "processes on a\nfaithful copy of the platform.\n\n"
                           "  thaw-sandbox --config FILE [options]\n\n");
    settings_print_help(rows, ROW_COUNT, &text);
    fwrite(text.base, 1, text.size, stdout);
    buf_fini(&text);
}

static bool read_options(struct options *options, int argc, char **argv, struct arena *arena)
{
    struct settings settings;
    struct buf errors;
    int rest = argc;
    buf_init_growing(&errors, ERRORS_SIZE_MAX);
    enum status status = settings_init(&settings, rows, ROW_COUNT, options, arena, &errors);
    if (status == STATUS_OK) {
        status = settings_environment(&settings, (const char *const *)environ);
    }
    if (status == STATUS_OK) {
        status = settings_arguments(&settings, argc, (const char *const *)argv, &rest);
    }
    if (status == STATUS_OK && rest < argc) {
        buf_printf(&errors, "unexpected argument '%s'; see --help\n", argv[rest]);
    } else if (status == STATUS_OK && options->config.size == 0 && !options->help &&
               !options->version) {
        buf_append_text(&errors, "--config FILE is required; see --help\n");
    }
    bool good = status == STATUS_OK && errors.size == 0;
    if (errors.size > 0) {
        fwrite(errors.base, 1, errors.size, stderr);
    }
    buf_fini(&errors);
    return good;
}

static bool read_file(const char *path, struct buf *text)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    for (;;) {
        unsigned char *room = buf_reserve(text, 4096);
        ssize_t size = room == NULL ? -1 : read(file, room, 4096);
        if (size < 0) {
            close(file);
            return false;
        }
        if (size == 0) {
            close(file);
            return true;
        }
        buf_commit(text, (size_t)size);
    }
}

/* Read the configuration; what is wrong goes to stderr. */
static bool read_config(struct config *config, struct slice name, struct arena *arena)
{
    char path[PATH_MAX];
    char directory[PATH_MAX];
    struct buf text;
    struct buf errors;
    buf_init_growing(&text, CONFIG_FILE_SIZE_MAX);
    buf_init_growing(&errors, ERRORS_SIZE_MAX);
    bool good = slice_copy_text(name, path, sizeof(path)) && realpath(path, directory) != NULL &&
                read_file(path, &text);
    if (!good) {
        fprintf(stderr, SLICE_FMT ": cannot read the file: %s\n", SLICE_ARG(name), strerror(errno));
    } else {
        *strrchr(directory, '/') = '\0';
        const char *base =
            arena_dup_text(arena, slice_from(directory[0] == '\0' ? "/" : directory));
        good = base != NULL &&
               config_read(config, buf_bytes(&text), path, base, arena, &errors) == STATUS_OK;
        fwrite(errors.base, 1, errors.size, stderr);
    }
    buf_fini(&errors);
    buf_fini(&text);
    return good;
}

/* ---- Namespaces for those who are not root. ---- */

static bool write_text(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    bool good = write(file, text, strlen(text)) == (ssize_t)strlen(text);
    close(file);
    return good;
}

/* Become root of a user namespace of our own, in which we may make the others. */
static bool user_namespace_enter(void)
{
    char map[64];
    unsigned user = geteuid();
    unsigned group = getegid();
    if (user == 0) {
        return true;
    }
    if (unshare(CLONE_NEWUSER) != 0 || !write_text("/proc/self/setgroups", "deny")) {
        return false;
    }
    snprintf(map, sizeof(map), "0 %u 1", user);
    if (!write_text("/proc/self/uid_map", map)) {
        return false;
    }
    snprintf(map, sizeof(map), "0 %u 1", group);
    return write_text("/proc/self/gid_map", map);
}

/* ---- Signals. ---- */

static void on_signal(void *owner, unsigned events)
{
    (void)events;
    struct platform *platform = owner;
    platform_drain(platform);
}

static enum status signals_watch(struct platform *platform, struct loop_source *source)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    *source = (struct loop_source){.descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
                                   .ready = on_signal,
                                   .owner = platform};
    if (source->descriptor < 0) {
        return STATUS_IO;
    }
    return loop_watch(&platform->loop, source, LOOP_READ);
}

static void say_ready(const struct platform *platform)
{
    char address[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &platform->listen_address.sin_addr, address, sizeof(address));
    printf("thaw-sandbox: listening on %s:%u\n", address, ntohs(platform->listen_address.sin_port));
    fflush(stdout);
}

static bool state_directory_make(struct slice name, char path[PATH_MAX])
{
    char text[PATH_MAX];
    return slice_copy_text(name, text, sizeof(text)) &&
           (mkdir(text, 0755) == 0 || errno == EEXIST) && realpath(text, path) != NULL;
}

static int run(const struct options *options, const struct config *config)
{
    static struct platform platform;
    struct loop_source signals;
    char state[PATH_MAX];
    uint64_t seed = 0;
    int code = EXIT_FAILED;
    if (!state_directory_make(options->state, state) ||
        entropy_fill(&seed, sizeof(seed)) != STATUS_OK) {
        log_error("cannot-start", log_text("state", options->state), log_errno(errno));
        return EXIT_FAILED;
    }
    if (!user_namespace_enter()) {
        log_error("cannot-start", log_string("why", "neither root nor user namespaces"),
                  log_errno(errno));
        return EXIT_FAILED;
    }
    platform.config = config;
    platform.state_directory = state;
    prng_init(&platform.prng, seed);
    if (cgroup_root_init(&platform.cgroup_root, options->freezer) != STATUS_OK) {
        log_error("no-such-freezer", log_string("freezer", cgroup_choices[options->freezer]));
        return EXIT_FAILED;
    }
    if (loop_init(&platform.loop) != STATUS_OK) {
        goto remove_group;
    }
    if (processes_init(&platform.processes, &platform.loop) != STATUS_OK) {
        goto close_loop;
    }
    if (signals_watch(&platform, &signals) != STATUS_OK) {
        goto close_processes;
    }
    if (platform_start(&platform, options->listen) == STATUS_OK) {
        say_ready(&platform);
        loop_run(&platform.loop);
        code = 0;
    }
    platform_stop(&platform);
    loop_forget(&platform.loop, &signals);
    close(signals.descriptor);
close_processes:
    processes_fini(&platform.processes);
close_loop:
    loop_fini(&platform.loop);
remove_group:
    cgroup_root_fini(&platform.cgroup_root);
    return code;
}

int main(int argc, char **argv)
{
    static unsigned char settings_memory[SETTINGS_ARENA_SIZE];
    struct arena settings_arena;
    struct arena arena;
    struct options options;
    struct config config;
    arena_init(&settings_arena, settings_memory, sizeof(settings_memory));
    if (!read_options(&options, argc, argv, &settings_arena)) {
        return EXIT_USED_WRONG;
    }
    if (options.help) {
        print_help();
        return 0;
    }
    if (options.version) {
        puts("thaw-sandbox " THAW_VERSION);
        return 0;
    }
    log_set_level((enum log_level)options.log_level);
    void *memory = malloc(CONFIG_ARENA_SIZE);
    if (memory == NULL) {
        return EXIT_FAILED;
    }
    arena_init(&arena, memory, CONFIG_ARENA_SIZE);
    int code = EXIT_USED_WRONG;
    if (read_config(&config, options.config, &arena)) {
        code = options.check ? 0 : run(&options, &config);
    }
    free(memory);
    return code;
}

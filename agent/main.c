/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/contain.h"
#include "agent/logs.h"
#include "agent/park.h"
#include "agent/settings.h"
#include "agent/shell.h"

#include "base/arena.h"
#include "base/format.h"
#include "base/log.h"
#include "base/settings.h"
#include "net/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

#define EXIT_USED_WRONG    100
#define EXIT_SYSTEM_FAILED 111

static const char usage[] =
    "thaw-agent: an extension of AWS Lambda that observes the function beside it.\n"
    "Put it into /opt/extensions; the platform starts it.  It is set up by variables:\n"
    "THAW_ENDPOINT for --endpoint and so on.\n\n"
    "  run -- COMMAND    be the parent of a container's program, and observe that\n"
    "  --check-config    say what is wrong with the environment's settings, and end\n"
    "  --settings        print the table of settings in Markdown, and end\n"
    "  --version         print the version, and end\n\n";

static struct shell shell;
static struct agent_settings settings;
static char settings_bytes[64 * 1024];
static char error_bytes[4096];

/* The name under which we register is that of our file. */
static struct slice name_of(const char *path)
{
    struct slice name = slice_from(path);
    size_t slash = slice_find_last_byte(name, '/');
    return slash == SLICE_NONE ? name : slice_skip(name, slash + 1);
}

static void print(int fd, struct slice text)
{
    (void)!write(fd, text.base, text.size);
}

static int help(bool markdown)
{
    static char bytes[16 * 1024];
    struct buf out;
    buf_init_fixed(&out, bytes, sizeof(bytes));
    if (markdown) {
        settings_print_markdown(agent_settings_rows, agent_settings_row_count, &out);
    } else {
        buf_append_text(&out, usage);
        settings_print_help(agent_settings_rows, agent_settings_row_count, &out);
    }
    print(STDOUT_FILENO, buf_bytes(&out));
    return 0;
}

/* The front of a small file; -1 if it cannot be read. */
static ssize_t read_file(const char *path, char *bytes, size_t size)
{
    ssize_t got = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        got = read(fd, bytes, size);
        close(fd);
    }
    return got;
}

/* One small file: it is on the instance's own disk. */
static void read_token(struct arena *arena, struct buf *errors)
{
    char path[256];
    char token[AGENT_TOKEN_MAX + 2]; /* One byte and a line feed too much. */
    if (settings.token_text.size > 0 && !settings.passive) {
        agent_settings_token(&settings, settings.token_text, arena, errors);
        return;
    }
    if (settings.token_file.size == 0 || settings.passive) {
        return;
    }
    ssize_t got = -1;
    settings.token.file = settings.token_file;
    if (slice_copy_text(settings.token_file, path, sizeof(path))) {
        got = read_file(path, token, sizeof(token));
    }
    agent_settings_token(&settings, slice_of(token, got < 0 ? 0 : (size_t)got), arena, errors);
}

/* Another one, of the user's patterns. */
static bool read_patterns(struct buf *errors)
{
    static char text[REDACT_PATTERNS_SIZE_MAX + 1];
    char path[256];
    ssize_t got = -1;
    if (!logs_patterns_file(&settings)) {
        return true;
    }
    if (slice_copy_text(settings.redact_patterns, path, sizeof(path))) {
        got = read_file(path, text, sizeof(text));
    }
    /* What is too large or cannot be read is as good as empty, which is wrong. */
    bool whole = got >= 0 && got <= (ssize_t)REDACT_PATTERNS_SIZE_MAX;
    return logs_patterns(&settings, slice_of(text, whole ? (size_t)got : 0), errors);
}

/* Every line of errors, once. */
static void tell(struct buf *errors)
{
    struct slice rest = buf_bytes(errors);
    struct slice line;
    while (rest.size > 0) {
        slice_cut(rest, '\n', &line, &rest);
        log_warn("a setting is wrong; the default is used", log_text("setting", line));
    }
}

/* Only here: a process that starts reads no certificates before it needs them. */
static void check_roots(struct buf *errors)
{
    if (!settings.tls || settings.passive || tls_check_roots(settings.ca_file) == STATUS_OK) {
        return;
    }
    if (settings.ca_file.size > 0) {
        format_append(errors,
                      "THAW_CA_FILE: \"" SLICE_FMT "\" is no file with certificates (PEM)\n",
                      SLICE_ARG(settings.ca_file));
    } else {
        buf_append_text(errors,
                        "THAW_CA_FILE: is needed, the system has no trusted certificates\n");
    }
}

static int check_config(bool good, const struct buf *errors)
{
    print(STDERR_FILENO, buf_bytes(errors));
    if (settings.passive) {
        print(STDOUT_FILENO, SLICE("thaw-agent: nothing would be collected: "));
        print(STDOUT_FILENO, settings.passive_reason);
        print(STDOUT_FILENO, SLICE("\n"));
    }
    return good ? 0 : EXIT_USED_WRONG;
}

static int run(struct slice name)
{
    if (settings.runtime_api.size == 0) {
        print(STDERR_FILENO,
              SLICE("thaw-agent: AWS_LAMBDA_RUNTIME_API is not set: this is not a function "
                    "instance\n"));
        return EXIT_USED_WRONG;
    }
    if (settings.disabled || settings.passive) {
        if (!settings.disabled) {
            log_warn("nothing is collected", log_text("reason", settings.passive_reason));
        }
        return park_run(settings.runtime_api, name);
    }
    if (!shell_start(&shell, &settings, name)) {
        return EXIT_SYSTEM_FAILED;
    }
    park_arm(&shell.extension, &shell.telemetry.listener.fd, &shell.runtime.proxy.relays,
             &shell.spool);
    int status = shell_run(&shell);
    if (shell_refused(&shell)) {
        log_warn("nothing is collected",
                 log_string("reason", "the platform refuses the registration for INVOKE"));
        return park_run(settings.runtime_api, name);
    }
    return status;
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct buf errors;
    const char *option = argc > 1 ? argv[1] : "";
    const char *handed_over = getenv(PARK_VARIABLE);
    struct slice name = name_of(argc > 0 ? argv[0] : "thaw-agent");
    if (strcmp(option, "--parked") == 0 && handed_over != NULL) {
        return park_resume(slice_from(getenv("AWS_LAMBDA_RUNTIME_API")), name,
                           slice_from(handed_over));
    }
    if (strcmp(option, "--contained") == 0 && getenv(CONTAIN_VARIABLE) != NULL) {
        return contain_resume(slice_from(getenv(CONTAIN_VARIABLE)));
    }
    if (strcmp(option, "--version") == 0) {
        print(STDOUT_FILENO, SLICE("thaw-agent " THAW_VERSION "\n"));
        return 0;
    }
    if (strcmp(option, "--help") == 0 || strcmp(option, "--settings") == 0) {
        return help(strcmp(option, "--settings") == 0);
    }
    bool wrapped = strcmp(option, "--wrapped") == 0 && argc == 3;
    bool check = strcmp(option, "--check-config") == 0;
    bool contained = strcmp(option, "run") == 0 && argc > 3 && strcmp(argv[2], "--") == 0;
    if (argc > 1 && !check && !wrapped && !contained) {
        print(STDERR_FILENO, slice_from(usage));
        return EXIT_USED_WRONG;
    }
    arena_init(&arena, settings_bytes, sizeof(settings_bytes));
    buf_init_fixed(&errors, error_bytes, sizeof(error_bytes));
    bool good = agent_settings_read(&settings, (const char *const *)environ, &arena, &errors);
    if (wrapped) {
        runtime_print_address(&settings, slice_from(argv[2]));
        return 0;
    }
    read_token(&arena, &errors);
    good = read_patterns(&errors) && good;
    log_set_level((enum log_level)settings.log_level);
    if (check) {
        check_roots(&errors);
        return check_config(good && errors.size == 0, &errors);
    }
    tell(&errors);
    if (contained) {
        contain_place(&settings, (const char *const *)environ);
        return contain_run(&shell, &settings, argv + 3);
    }
    return run(name);
}

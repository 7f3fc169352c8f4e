/* SPDX-License-Identifier: Apache-2.0 */
#include "base/settings.h"

#include "lib/cm.h"
#include "lib/every.h"

struct config {
    struct slice listen;
    uint64_t workers;
    bool verbose;
    uint64_t age_max_ns;
    uint64_t body_size_max;
    unsigned mode;
};

static const char *const modes[] = {"fast", "safe", NULL};

static const struct setting rows[] = {
    {.name = "listen",
     .kind = SETTING_STRING,
     .offset = offsetof(struct config, listen),
     .fallback = "127.0.0.1:4318",
     .max = 40,
     .value_name = "ADDR:PORT",
     .help = "Where to listen."},
    {.name = "workers",
     .kind = SETTING_U64,
     .offset = offsetof(struct config, workers),
     .fallback = "4",
     .min = 1,
     .max = 64,
     .help = "Threads."},
    {.name = "verbose",
     .kind = SETTING_BOOL,
     .offset = offsetof(struct config, verbose),
     .fallback = "false",
     .help = "Say more."},
    {.name = "age-max",
     .kind = SETTING_DURATION,
     .offset = offsetof(struct config, age_max_ns),
     .fallback = "7d",
     .min = 1000000,
     .help = "How long data is kept | then dropped."},
    {.name = "body-size-max",
     .kind = SETTING_SIZE,
     .offset = offsetof(struct config, body_size_max),
     .fallback = "20MiB",
     .help = "The largest body."},
    {.name = "mode",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct config, mode),
     .fallback = "safe",
     .choices = modes,
     .help = "How."},
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

struct fixture {
    unsigned char memory[16384];
    struct arena arena;
    struct buf errors;
    struct config config;
    struct settings settings;
};

static void begin(struct fixture *fixture)
{
    arena_init(&fixture->arena, fixture->memory, sizeof(fixture->memory));
    buf_init_growing(&fixture->errors, 100000);
    assert_int_equal(settings_init(&fixture->settings, rows, ROW_COUNT, &fixture->config,
                                   &fixture->arena, &fixture->errors),
                     STATUS_OK);
}

static void end(struct fixture *fixture)
{
    buf_fini(&fixture->errors);
}

/* Without anything said, every field has its default. */
static void defaults(void **state)
{
    (void)state;
    static struct fixture fixture;

    begin(&fixture);
    assert_slice(fixture.config.listen, "127.0.0.1:4318");
    assert_int_equal(fixture.config.workers, 4);
    assert_false(fixture.config.verbose);
    assert_true(fixture.config.age_max_ns == UINT64_C(604800000000000));
    assert_int_equal(fixture.config.body_size_max, 20 << 20);
    assert_int_equal(fixture.config.mode, 1);
    assert_int_equal(settings_source(&fixture.settings, "mode"), SETTING_FROM_DEFAULT);
    end(&fixture);
}

/* Command line over environment over file over default, in whatever order they come. */
static void precedence(void **state)
{
    (void)state;
    const char *const argv[] = {"thaw", "--workers", "9"};
    const char *const environment[] = {"PATH=/bin",    "THAW_WORKERS=8", "THAW_AGE_MAX=1h",
                                       "THAW_LISTEN=", "THAW_OTHER=1",   NULL};
    for (unsigned order = 0; order < 6; order++) {
        static struct fixture fixture;
        static const unsigned char orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                                   {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        begin(&fixture);
        for (unsigned i = 0; i < 3; i++) {
            int rest = 0;
            switch (orders[order][i]) {
            case 0:
                assert_int_equal(settings_file(&fixture.settings,
                                               SLICE("workers=7\nage-max=2h\nmode=fast\n"), "f"),
                                 STATUS_OK);
                break;
            case 1:
                assert_int_equal(settings_environment(&fixture.settings, environment), STATUS_OK);
                break;
            default:
                assert_int_equal(settings_arguments(&fixture.settings, 3, argv, &rest), STATUS_OK);
                assert_int_equal(rest, 3);
                break;
            }
        }
        assert_int_equal(fixture.config.workers, 9);
        assert_true(fixture.config.age_max_ns == UINT64_C(3600000000000));
        assert_int_equal(fixture.config.mode, 0);
        assert_slice(fixture.config.listen, "127.0.0.1:4318");
        assert_int_equal(settings_source(&fixture.settings, "workers"), SETTING_FROM_ARGUMENT);
        assert_int_equal(settings_source(&fixture.settings, "age-max"), SETTING_FROM_ENVIRONMENT);
        assert_int_equal(settings_source(&fixture.settings, "mode"), SETTING_FROM_FILE);
        end(&fixture);
    }
}

/* The file knows comments, blank lines, quotes and the two ends of a line. */
static void file_syntax(void **state)
{
    (void)state;
    static struct fixture fixture;

    begin(&fixture);
    assert_int_equal(settings_file(&fixture.settings,
                                   SLICE("# all of it\n\n  listen = \"a # b\"  # why\r\n"
                                         "\tworkers=3#4\n"),
                                   "thaw.conf"),
                     STATUS_BAD);
    assert_slice(fixture.config.listen, "a # b");
    assert_slice(buf_bytes(&fixture.errors),
                 "thaw.conf:4: workers is \"3#4\"; it must be a whole number\n");
    buf_reset(&fixture.errors);
    assert_int_equal(settings_file(&fixture.settings, SLICE("workers = 5 # five"), "f"), STATUS_OK);
    assert_int_equal(fixture.config.workers, 5);
    end(&fixture);
}

/* Every mistake is told with its place and the way out, and the rest is applied. */
static void mistakes(void **state)
{
    (void)state;
    static struct fixture fixture;

    begin(&fixture);
    assert_int_equal(settings_file(&fixture.settings,
                                   SLICE("lisen = x\nnonsense\nlisten = \"a\nworkers = 65\n"
                                         "age-max = 5\nmode = slow\nverbose = maybe\n"
                                         "body-size-max = 1 KB\nage-max = 1us\nworkers = 6\n"),
                                   "f"),
                     STATUS_BAD);
    assert_slice(buf_bytes(&fixture.errors),
                 "f:1: there is no setting \"lisen\"; did you mean \"listen\"?\n"
                 "f:2: a line must be: name = value\n"
                 "f:3: the quotes around the value do not match\n"
                 "f:4: workers is \"65\"; it must be from 1 to 64\n"
                 "f:5: age-max is \"5\"; it must be a duration such as 150ms, 1.5s, 10m, 2h or 7d\n"
                 "f:6: mode is \"slow\"; it must be one of fast, safe\n"
                 "f:7: verbose is \"maybe\"; it must be true or false\n"
                 "f:8: body-size-max is \"1 KB\"; it must be a size such as 4096, 64KiB or 20MiB\n"
                 "f:9: age-max is \"1us\"; it must be at least 1000000 ns\n");
    assert_int_equal(fixture.config.workers, 6);
    assert_int_equal(fixture.config.mode, 1);
    end(&fixture);
}

/* The command line: both forms of values, booleans, the first argument that is none, and --. */
static void arguments(void **state)
{
    (void)state;
    static struct fixture fixture;
    int rest = 0;

    begin(&fixture);
    const char *const one[] = {"thaw", "--listen=a=b", "--verbose", "trace", "--workers", "9"};
    assert_int_equal(settings_arguments(&fixture.settings, 6, one, &rest), STATUS_OK);
    assert_int_equal(rest, 3);
    assert_slice(fixture.config.listen, "a=b");
    assert_true(fixture.config.verbose);
    assert_int_equal(fixture.config.workers, 4);
    const char *const two[] = {"thaw", "--no-verbose", "--", "--listen"};
    assert_int_equal(settings_arguments(&fixture.settings, 4, two, &rest), STATUS_OK);
    assert_int_equal(rest, 3);
    assert_false(fixture.config.verbose);
    const char *const three[] = {"thaw", "-v", "--verbos", "--no-workers", "--workers"};
    assert_int_equal(settings_arguments(&fixture.settings, 5, three, &rest), STATUS_BAD);
    assert_slice(buf_bytes(&fixture.errors),
                 "command line: \"-v\" is no option; options begin with two dashes\n"
                 "command line: there is no setting \"verbos\"; did you mean \"verbose\"?\n"
                 "command line: there is no setting \"no-workers\"\n"
                 "command line: --workers needs a value\n");
    end(&fixture);
}

/* Durations and sizes: every unit, fractions, and what is too large. */
static void quantities(void **state)
{
    (void)state;
    const struct {
        const char *text;
        uint64_t ns;
    } durations[] = {
        {"0", 0},
        {"7ns", 7},
        {"5us", 5000},
        {"150ms", 150000000},
        {"1.5s", 1500000000},
        {"10m", UINT64_C(600000000000)},
        {"0.5h", UINT64_C(1800000000000)},
        {"7d", UINT64_C(604800000000000)},
    };
    uint64_t value;
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        assert_true(settings_parse_duration(slice_from(durations[i].text), &value));
        assert_true(value == durations[i].ns);
    }
    const char *no_durations[] = {"",  "s", "5", "-5s", "5 s", "1e99d", "1.s", "99999999999999999d",
                                  "5x"};
    for (size_t i = 0; i < sizeof(no_durations) / sizeof(no_durations[0]); i++) {
        assert_false(settings_parse_duration(slice_from(no_durations[i]), &value));
    }
    assert_true(settings_parse_size(SLICE("64"), &value) && value == 64);
    assert_true(settings_parse_size(SLICE("4KiB"), &value) && value == 4096);
    assert_true(settings_parse_size(SLICE("2 kB"), &value) && value == 2000);
    assert_true(settings_parse_size(SLICE("1GiB"), &value) && value == 1 << 30);
    assert_true(settings_parse_size(SLICE("1TB"), &value) && value == UINT64_C(1000000000000));
    assert_false(settings_parse_size(SLICE("99999999999999TiB"), &value));
    assert_false(settings_parse_size(SLICE("-1"), &value));
    assert_false(settings_parse_size(SLICE("KiB"), &value));
}

/* A value that the arena cannot hold is told, and the field is as before. */
static void full_arena(void **state)
{
    (void)state;
    static struct fixture fixture;

    begin(&fixture);
    while (arena_left(&fixture.arena) > 0) {
        assert_non_null(arena_alloc(&fixture.arena, 1));
    }
    assert_int_equal(settings_set(&fixture.settings, SLICE("listen"), SLICE("elsewhere"),
                                  SETTING_FROM_FILE, "f"),
                     STATUS_FULL);
    assert_slice(fixture.config.listen, "127.0.0.1:4318");
    assert_slice(buf_bytes(&fixture.errors), "f: listen is too long to keep\n");
    end(&fixture);
}

/* Help and reference name every row, and no line of the help is too long. */
static void printing(void **state)
{
    (void)state;
    struct buf out;

    buf_init_growing(&out, 100000);
    settings_print_help(rows, ROW_COUNT, &out);
    struct slice text = buf_bytes(&out);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        assert_true(slice_find(text, slice_from(rows[i].name)) != SLICE_NONE);
        assert_true(slice_find(text, slice_from(rows[i].help)) != SLICE_NONE);
    }
    while (text.size > 0) {
        struct slice line;
        slice_cut(text, '\n', &line, &text);
        assert_true(line.size <= 100);
    }
    buf_reset(&out);
    settings_print_markdown(rows, ROW_COUNT, &out);
    assert_true(slice_find(buf_bytes(&out),
                           SLICE("| `--age-max` | `THAW_AGE_MAX` | DURATION | `7d` | How long data "
                                 "is kept \\| then dropped. |\n")) != SLICE_NONE);
    buf_fini(&out);
}

static void read_file(struct slice input, void *context)
{
    struct fixture *fixture = context;

    begin(fixture);
    (void)!settings_file(&fixture->settings, input, "f");
    assert_true(fixture->config.workers >= 1 && fixture->config.workers <= 64);
    assert_true(fixture->config.mode <= 1);
    end(fixture);
}

/* Nothing is read behind the text, and no field ever leaves its bounds. */
static void damage(void **state)
{
    (void)state;
    static struct fixture fixture;

    every_damage(SLICE("listen = \"a # b\" # c\nworkers = 8\nmode=fast\nage-max=1.5h\n"), read_file,
                 &fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),   cmocka_unit_test(precedence), cmocka_unit_test(file_syntax),
        cmocka_unit_test(mistakes),   cmocka_unit_test(arguments),  cmocka_unit_test(quantities),
        cmocka_unit_test(full_arena), cmocka_unit_test(printing),   cmocka_unit_test(damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

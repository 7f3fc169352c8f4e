/* SPDX-License-Identifier: Apache-2.0 */

/* Files, folders and archives, poured through everything into a sink. */
#include "intake/pour.h"

#include "lib/cm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STREAM "2026-11-23-[$LATEST]0123456789abcdef0123456789abcdef"
#define UUID   "76269889-7d50-4d6d-a3f1-9b4f5322f47c"
#define START  "START RequestId: " UUID " Version: $LATEST"
#define REPORT                                                                                     \
    "REPORT RequestId: " UUID "\tDuration: 8.40 ms\tBilled Duration: 9 ms\tMemory Size: 128 MB"    \
    "\tMax Memory Used: 66 MB\t"

#define EXPORT "2026-11-23T14:53:25.123Z " START "\n2026-11-23T14:53:25.140Z " REPORT "\n"

static char folder[] = "/tmp/thaw-pour-XXXXXX";

struct poured {
    unsigned invocations, lines, refused;
    char function[200], stream[200], group[200];
};

static void take_invocation(void *context, const struct stream_invocation *invocation)
{
    struct poured *poured = context;
    const struct stream_source *source = invocation->source;
    poured->invocations += invocation->final;
    assert_true(slice_copy_text(source->function, poured->function, sizeof(poured->function)));
    assert_true(slice_copy_text(source->stream, poured->stream, sizeof(poured->stream)));
    assert_true(slice_copy_text(source->group, poured->group, sizeof(poured->group)));
}

static void take_init(void *context, const struct stream_init *init)
{
    (void)context;
    (void)init;
}

static void take_line(void *context, const struct stream_line *line)
{
    struct poured *poured = context;
    (void)line;
    poured->lines++;
}

static void take_refused(void *context, const struct stream_refusal *refusal)
{
    struct poured *poured = context;
    poured->refused += (unsigned)refusal->count;
}

static enum status run(const char *const *paths, size_t count, struct poured *poured,
                       struct pour_result *result)
{
    const struct stream_sink sink = {
        .context = poured,
        .invocation = take_invocation,
        .init = take_init,
        .line = take_line,
        .refused = take_refused,
    };
    const struct pour_options options = {
        .paths = paths,
        .path_count = count,
        .memory_mb = STREAMS_UNKNOWN,
        .sink = &sink,
    };
    *poured = (struct poured){.invocations = 0};
    return pour(&options, result);
}

static void path_of(char *path, size_t size, const char *name)
{
    int length = snprintf(path, size, "%s/%s", folder, name);
    assert_true(length > 0 && (size_t)length < size);
}

static void put(const char *name, const char *text)
{
    char path[1000];
    path_of(path, sizeof(path), name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) < 0, 0);
    assert_int_equal(fclose(file), 0);
}

static void make(const char *name)
{
    char path[1000];
    path_of(path, sizeof(path), name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    char command[200];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command) == 0 ? 0 : -1;
}

/* A file of lines without any name is of the function that it is named after. */
static void test_file(void **state)
{
    char path[1000];
    struct poured poured;
    struct pour_result result;
    (void)state;
    put("checkout.txt", START "\nhello\n" REPORT "\n");
    path_of(path, sizeof(path), "checkout.txt");
    const char *paths[] = {path};
    assert_int_equal(run(paths, 1, &poured, &result), STATUS_OK);
    assert_int_equal(poured.invocations, 1);
    assert_int_equal(poured.lines, 1);
    assert_string_equal(poured.function, "checkout");
    assert_int_equal(result.intake.events, 3);
    assert_int_equal(result.intake.files, 1);
    assert_int_equal(result.intake.format, INTAKE_TEXT);
    assert_int_equal(result.formats[INTAKE_TEXT], 1);
    assert_string_equal(pour_format(&result), "text");
    assert_string_equal(result.error, "");
}

/* Files of several formats are counted by it; an empty one is of none. */
static void test_formats(void **state)
{
    char paths_memory[3][1000];
    const char *paths[3];
    static const char *const names[] = {"text.txt", "some.csv", "empty"};
    struct poured poured;
    struct pour_result result;
    (void)state;
    put(names[0], START "\n" REPORT "\n");
    put(names[1], "timestamp,message\n1795445605123,one\n");
    put(names[2], "");
    for (size_t i = 0; i < 3; i++) {
        path_of(paths_memory[i], sizeof(paths_memory[i]), names[i]);
        paths[i] = paths_memory[i];
    }
    assert_int_equal(run(paths, 3, &poured, &result), STATUS_OK);
    assert_int_equal(result.formats[INTAKE_TEXT], 1);
    assert_int_equal(result.formats[INTAKE_CONSOLE_CSV], 1);
    assert_int_equal(result.formats[INTAKE_EMPTY], 1);
    assert_string_equal(pour_format(&result), "mixed");
    assert_int_equal(run(paths + 2, 1, &poured, &result), STATUS_OK);
    assert_null(pour_format(&result));
}

/* A folder of an S3 export: streams of the paths, the probe passed over, links not walked in
 * circles, hidden files left alone. */
static void test_folder(void **state)
{
    char path[1000], link[1000];
    struct poured poured;
    struct pour_result result;
    (void)state;
    make("s3");
    make("s3/task");
    make("s3/task/" STREAM);
    put("s3/task/" STREAM "/000000", EXPORT);
    put("s3/aws-logs-write-test", "Permission Check Successful");
    put("s3/.hidden", START "\n");
    path_of(path, sizeof(path), "s3");
    path_of(link, sizeof(link), "s3/task/loop");
    assert_int_equal(symlink(path, link), 0);
    const char *paths[] = {path};
    assert_int_equal(run(paths, 1, &poured, &result), STATUS_OK);
    assert_int_equal(poured.invocations, 1);
    assert_int_equal(poured.refused, 0);
    assert_string_equal(poured.stream, "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef");
    assert_int_equal(result.intake.files, 2);
}

/* The same folder as an archive, plain and compressed, as the usual tool makes it. */
static void test_archive(void **state)
{
    static const char *const formats[] = {"ustar", "gnu", "pax", "v7"};
    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        for (unsigned packed = 0; packed < 2; packed++) {
            char command[2000], path[1000];
            struct poured poured;
            struct pour_result result;
            path_of(path, sizeof(path), "export.bin");
            snprintf(command, sizeof(command), "tar -C '%s' --format=%s -c%sf '%s' s3/task/%s",
                     folder, formats[i], packed ? "z" : "", path,
                     "'" STREAM "' s3/aws-logs-write-test");
            assert_int_equal(system(command), 0);
            const char *paths[] = {path};
            assert_int_equal(run(paths, 1, &poured, &result), STATUS_OK);
            assert_int_equal(poured.invocations, 1);
            assert_string_equal(poured.stream,
                                "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef");
            assert_int_equal(result.intake.files, 1);
        }
    }
}

/* A file that cannot be read is named and counted; the others are read. */
static void test_missing(void **state)
{
    char path[1000];
    struct poured poured;
    struct pour_result result;
    (void)state;
    path_of(path, sizeof(path), "checkout.txt");
    const char *paths[] = {"/nonexistent/a", path, "/nonexistent/b"};
    assert_int_equal(run(paths, 3, &poured, &result), STATUS_BAD);
    assert_int_equal(poured.invocations, 1);
    assert_int_equal(result.files_failed, 2);
    assert_string_equal(result.error,
                        "/nonexistent/a: cannot be opened: No such file or directory");
    assert_int_equal(run(paths, 1, &poured, &result), STATUS_NOT_FOUND);
}

/* A broken file says where and what; what was before it counts. */
static void test_broken(void **state)
{
    char path[1000];
    struct poured poured;
    struct pour_result result;
    (void)state;
    put("broken.gz", "\037\213\b this is no gzip");
    put("logs.zip", "PK\003\004 and so on");
    path_of(path, sizeof(path), "broken.gz");
    const char *paths[] = {path};
    assert_int_equal(run(paths, 1, &poured, &result), STATUS_BAD);
    assert_non_null(strstr(result.error, "broken.gz: the compressed data are broken"));
    path_of(path, sizeof(path), "logs.zip");
    assert_int_equal(run(paths, 1, &poured, &result), STATUS_BAD);
    assert_non_null(strstr(result.error, "unzip it first"));
}

/* JSON that ends inside of a record was cut off, as a cut gzip is; what was before it counts. */
static void test_cut(void **state)
{
    char path[1000];
    struct poured poured;
    struct pour_result result;
    (void)state;
    put("cut.json", "{\"events\":[{\"timestamp\":1742454800000,\"message\":\"REPORT RequestId: "
                    "11111111-2222-3333-4444-555555555555\\tDuration: 5.00 ms\\tBilled Duration: 5 "
                    "ms\\tMemory Size: 128 MB\\tMax Memory Used: 64 MB\\t\\n\"},{\"timestamp\":17");
    path_of(path, sizeof(path), "cut.json");
    const char *paths[] = {path};
    assert_int_equal(run(paths, 1, &poured, &result), STATUS_BAD);
    assert_non_null(strstr(result.error, "cut.json: it was cut off: it ends inside of a JSON"));
    assert_int_equal(result.files_failed, 1);
    assert_int_equal(poured.invocations, 1);
}

static bool stop(void *context, const struct pour_progress *progress)
{
    unsigned *calls = context;
    (*calls)++;
    return progress->bytes == 0;
}

/* Progress knows how much there is, and may end it. */
static void test_stop(void **state)
{
    char path[1000];
    unsigned calls = 0;
    struct poured poured = {.invocations = 0};
    struct pour_result result;
    const struct stream_sink sink = {
        .context = &poured,
        .invocation = take_invocation,
        .init = take_init,
        .line = take_line,
        .refused = take_refused,
    };
    (void)state;
    path_of(path, sizeof(path), "checkout.txt");
    const char *paths[] = {path, path};
    const struct pour_options options = {
        .paths = paths,
        .path_count = 2,
        .memory_mb = STREAMS_UNKNOWN,
        .sink = &sink,
        .progress = stop,
        .context = &calls,
    };
    assert_int_equal(pour(&options, &result), STATUS_OK);
    assert_true(result.stopped);
    assert_int_equal(calls, 2);
    assert_int_equal(poured.invocations, 1);
}

/* What was stopped inside of a row is not told to be broken. */
static void test_stop_inside(void **state)
{
    char path[1000];
    unsigned calls = 0;
    struct poured poured = {.invocations = 0};
    struct pour_result result;
    const struct stream_sink sink = {
        .context = &poured,
        .invocation = take_invocation,
        .init = take_init,
        .line = take_line,
        .refused = take_refused,
    };
    (void)state;
    put("inside.csv", "timestamp,message\n1764000000000,\"START RequestId: 1\n");
    path_of(path, sizeof(path), "inside.csv");
    const char *paths[] = {path};
    struct pour_options options = {
        .paths = paths,
        .path_count = 1,
        .memory_mb = STREAMS_UNKNOWN,
        .sink = &sink,
    };
    assert_int_not_equal(pour(&options, &result), STATUS_NOT_FOUND);
    assert_true(poured.refused > 0);
    poured.refused = 0;
    options.progress = stop;
    options.context = &calls;
    assert_int_equal(pour(&options, &result), STATUS_OK);
    assert_true(result.stopped);
    assert_int_equal(poured.refused, 0);
    assert_string_equal(result.error, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_folder),      cmocka_unit_test(test_archive),
        cmocka_unit_test(test_missing),     cmocka_unit_test(test_broken),
        cmocka_unit_test(test_cut),         cmocka_unit_test(test_stop),
        cmocka_unit_test(test_stop_inside),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Files are copied with their sums, and trees removed. */
#include "backup/backup_file.h"

#include "lib/cm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];
static int directory;

static int setup(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof(path), "/tmp/thaw-backup-XXXXXX");
    assert_non_null(mkdtemp(path));
    directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory < 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(backup_file_remove(AT_FDCWD, path), STATUS_OK);
    return close(directory);
}

static void copies(void **state)
{
    uint32_t crc;
    char back[16] = "";
    (void)state;
    assert_int_equal(backup_file_write(directory, "from", SLICE("123456789")), STATUS_OK);
    assert_int_equal(backup_file_write(directory, "from", SLICE("123456789")), STATUS_EXISTS);
    int from = openat(directory, "from", O_RDONLY | O_CLOEXEC);
    assert_int_equal(backup_file_copy(from, 9, directory, "to", &crc), STATUS_OK);
    assert_int_equal(crc, 0xe3069283); /* CRC-32C of these digits, as everybody has it. */
    assert_int_equal(backup_file_sum(from, 9, &crc), STATUS_OK);
    assert_int_equal(crc, 0xe3069283);
    int to = openat(directory, "to", O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(to, back, sizeof(back)), 9);
    assert_string_equal(back, "123456789");
    (void)close(to);
    /* What is shorter than it was said to be is not left. */
    assert_int_equal(backup_file_copy(from, 10, directory, "short", &crc), STATUS_BAD);
    assert_int_equal(openat(directory, "short", O_RDONLY | O_CLOEXEC), -1);
    assert_int_equal(backup_file_copy(from, 9, directory, "none/to", &crc), STATUS_NOT_FOUND);
    (void)close(from);
}

static void count(void *context, const char *name)
{
    (void)name;
    ++*(unsigned *)context;
}

static void trees(void **state)
{
    unsigned names = 0;
    (void)state;
    assert_int_equal(mkdirat(directory, "tree", 0700), 0);
    assert_int_equal(mkdirat(directory, "tree/a", 0700), 0);
    assert_int_equal(mkdirat(directory, "tree/a/b", 0700), 0);
    for (unsigned i = 0; i < 20; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), i % 2 ? "tree/a/%u" : "tree/a/b/%u", i);
        assert_int_equal(backup_file_write(directory, name, SLICE("x")), STATUS_OK);
    }
    /* A link is removed, not what it leads to. */
    assert_int_equal(mkdirat(directory, "kept", 0700), 0);
    assert_int_equal(backup_file_write(directory, "kept/file", SLICE("x")), STATUS_OK);
    assert_int_equal(symlinkat("../kept", directory, "tree/link"), 0);
    assert_int_equal(backup_file_list(directory, "tree/a", count, &names), STATUS_OK);
    assert_int_equal(names, 11);
    assert_int_equal(backup_file_remove(directory, "tree"), STATUS_OK);
    names = 0;
    assert_int_equal(backup_file_list(directory, ".", count, &names), STATUS_OK);
    assert_int_equal(names, 1);
    assert_int_equal(faccessat(directory, "kept/file", F_OK, 0), 0);
    assert_int_equal(backup_file_remove(directory, "tree"), STATUS_OK); /* It is not there. */
    assert_int_equal(backup_file_sync(directory, "kept"), STATUS_OK);
    assert_int_equal(backup_file_sync(directory, "tree"), STATUS_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(copies, setup, teardown),
        cmocka_unit_test_setup_teardown(trees, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

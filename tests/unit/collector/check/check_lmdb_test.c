/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog is read whole, and one that is damaged ends a child of ours, and not us. */
#include "check/check_lmdb.h"

#include "base/log.h"
#include "base/prng.h"
#include "lib/cm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];
static char path[128];

static int setup(void **state)
{
    struct catalog catalog;
    char error[256];
    char key[32];
    (void)state;
    log_set_level(LOG_OFF);
    (void)snprintf(directory, sizeof(directory), "/tmp/thaw-check-XXXXXX");
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof(path), "%s/catalog.lmdb", directory);
    assert_int_equal(catalog_lmdb_open(&catalog, slice_from(directory), error, sizeof(error)),
                     STATUS_OK);
    for (unsigned i = 0; i < 300; i++) {
        (void)snprintf(key, sizeof(key), "state/%u", i);
        assert_int_equal(catalog.put(catalog.self, slice_from(key), SLICE("some value")),
                         STATUS_OK);
    }
    catalog_lmdb_close(&catalog);
    return 0;
}

static int teardown(void **state)
{
    char lock[256];
    (void)state;
    (void)snprintf(lock, sizeof(lock), "%s-lock", path);
    (void)unlink(path);
    (void)unlink(lock);
    return rmdir(directory);
}

static void count(void *context, struct slice key, struct slice value)
{
    (void)key;
    *(unsigned *)context += slice_equal(value, SLICE("some value"));
}

static enum status read_catalog(unsigned *entries)
{
    struct check_lmdb lmdb;
    char reason[128] = "";
    *entries = 0;
    enum status status = check_lmdb_read(&lmdb, slice_from(directory), reason, sizeof(reason));
    if (status == STATUS_OK) {
        assert_int_equal(lmdb.catalog.each(lmdb.catalog.self, SLICE("state/"), count, entries),
                         STATUS_OK);
    }
    assert_true((status == STATUS_BAD) == (reason[0] != '\0'));
    check_lmdb_fini(&lmdb);
    return status;
}

/* All entries are read, and nothing is written. */
static void whole(void **state)
{
    struct stat before;
    struct stat after;
    unsigned entries;
    (void)state;
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(read_catalog(&entries), STATUS_OK);
    assert_int_equal(entries, 300);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

static void missing(void **state)
{
    unsigned entries;
    (void)state;
    assert_int_equal(rename(path, directory), -1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(read_catalog(&entries), STATUS_NOT_FOUND);
}

/* Whatever is wrong with the file, there is an answer. */
static void damaged(void **state)
{
    struct prng prng;
    struct stat size;
    unsigned entries;
    unsigned bad = 0;
    (void)state;
    int file = open(path, O_RDWR | O_CLOEXEC);
    assert_true(file >= 0 && fstat(file, &size) == 0);
    prng_init(&prng, 1);
    for (unsigned round = 0; round < 60; round++) {
        unsigned char before[64];
        unsigned char noise[64];
        /* Heads of pages say where things are. */
        off_t at = (off_t)(prng_below(&prng, (uint64_t)size.st_size / 4096) * 4096);
        assert_int_equal(pread(file, before, sizeof(before), at), sizeof(before));
        prng_fill(&prng, noise, sizeof(noise));
        assert_int_equal(pwrite(file, noise, sizeof(noise), at), sizeof(noise));
        bad += read_catalog(&entries) != STATUS_OK || entries != 300;
        assert_int_equal(pwrite(file, before, sizeof(before), at), sizeof(before));
    }
    assert_true(bad > 20);
    assert_int_equal(ftruncate(file, 5000), 0);
    assert_true(read_catalog(&entries) != STATUS_OK || entries != 300);
    (void)close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whole, setup, teardown),
        cmocka_unit_test_setup_teardown(missing, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

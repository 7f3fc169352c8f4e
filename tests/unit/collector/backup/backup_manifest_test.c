/* SPDX-License-Identifier: Apache-2.0 */
/* A manifest is read as it was written, and in no other form. */
#include "backup/backup_manifest.h"

#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

static struct buf text;

static int setup(void **state)
{
    struct backup_manifest manifest = {.store = {1, 2, 255}, .made_ns = 1795000000123000000};
    const struct backup_entry entries[] = {
        {"catalog.lmdb", 12288, 0xaeebedf6},
        {"view-00000006-0000005741", 18663, 0x76ace349},
        {"segments/20261130T084607Z-00000001/log", 64, 0},
        {"segments/20261130T084607Z-00000001/sealed", UINT64_C(5000000000), 0xffffffff},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        assert_int_equal(backup_manifest_add(&manifest, &entries[i]), STATUS_OK);
    }
    buf_init_growing(&text, BACKUP_MANIFEST_SIZE_MAX);
    backup_manifest_write(&manifest, &text);
    backup_manifest_fini(&manifest);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_fini(&text);
    return 0;
}

static enum status read_text(struct slice bytes, struct backup_manifest *manifest)
{
    *manifest = (struct backup_manifest){.entries = NULL};
    return backup_manifest_read(manifest, bytes);
}

static void round_trip(void **state)
{
    struct backup_manifest manifest;
    (void)state;
    assert_int_equal(read_text(buf_bytes(&text), &manifest), STATUS_OK);
    assert_int_equal(manifest.count, 4);
    assert_int_equal(manifest.store[2], 255);
    assert_int_equal(manifest.made_ns, UINT64_C(1795000000123000000));
    const struct backup_entry *entry =
        backup_manifest_find(&manifest, "segments/20261130T084607Z-00000001/sealed");
    assert_non_null(entry);
    assert_true(entry->size == UINT64_C(5000000000) && entry->crc == 0xffffffff);
    assert_null(backup_manifest_find(&manifest, "segments"));
    backup_manifest_fini(&manifest);
}

/* Every change of a byte, and every beginning, is refused. */
static void damaged(void **state)
{
    struct backup_manifest manifest;
    (void)state;
    for (size_t i = 0; i < text.size; i++) {
        assert_int_equal(read_text(slice_take(buf_bytes(&text), i), &manifest), STATUS_BAD);
        backup_manifest_fini(&manifest);
        for (unsigned bit = 0; bit < 8; bit++) {
            text.base[i] ^= (unsigned char)(1u << bit);
            assert_int_equal(read_text(buf_bytes(&text), &manifest), STATUS_BAD);
            backup_manifest_fini(&manifest);
            text.base[i] ^= (unsigned char)(1u << bit);
        }
    }
    buf_append_byte(&text, '\n');
    assert_int_equal(read_text(buf_bytes(&text), &manifest), STATUS_BAD);
    backup_manifest_fini(&manifest);
}

/* No path leads out of the directory, or to what no data directory has. */
static void paths(void **state)
{
    static const char *const wrong[] = {
        "",
        "/etc/passwd",
        "../catalog.lmdb",
        "segments",
        "segments/",
        "segments/../../log",
        "segments/20261130T084607Z-00000001",
        "segments/20261130T084607Z-00000001/",
        "segments/20261130T084607Z-00000001/../log",
        "segments/20261130T084607Z-00000001/log/log",
        "view-6-5741",
        "lock",
        "replay",
        "MANIFEST",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(backup_manifest_path(wrong[i]));
    }
    assert_true(backup_manifest_path("catalog.lmdb"));
    assert_true(backup_manifest_path("segments/20261130T084607Z-00000001/log"));
}

/* A file is named once. */
static void twice(void **state)
{
    struct backup_manifest manifest;
    struct backup_entry entry = {"catalog.lmdb", 1, 2};
    (void)state;
    assert_int_equal(read_text(buf_bytes(&text), &manifest), STATUS_OK);
    assert_int_equal(backup_manifest_add(&manifest, &entry), STATUS_OK);
    buf_reset(&text);
    backup_manifest_write(&manifest, &text);
    backup_manifest_fini(&manifest);
    assert_int_equal(read_text(buf_bytes(&text), &manifest), STATUS_BAD);
    backup_manifest_fini(&manifest);
}

static void limit(void **state)
{
    struct backup_manifest manifest = {.entries = NULL};
    struct backup_entry entry = {"", 1, 2};
    (void)state;
    for (unsigned i = 0; i < BACKUP_FILE_COUNT_MAX; i++) {
        (void)snprintf(entry.path, sizeof(entry.path), "%u", i);
        assert_int_equal(backup_manifest_add(&manifest, &entry), STATUS_OK);
    }
    assert_int_equal(backup_manifest_add(&manifest, &entry), STATUS_FULL);
    backup_manifest_fini(&manifest);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(round_trip), TEST(damaged), TEST(paths), TEST(twice), TEST(limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

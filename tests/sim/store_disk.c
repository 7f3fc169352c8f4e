/* SPDX-License-Identifier: Apache-2.0 */
#include "store_disk.h"

#include "base/ensure.h"
#include "store/store_limits.h"

#include <stdlib.h>
#include <string.h>

#define SIM_SECTOR    512u
#define SIM_FILE_MAX  (1u << 20)
#define SIM_NODES_MAX 4096u
#define SIM_KEYS_MAX  1024u

struct sim_node {
    char path[STORE_PATH_SIZE];
    bool directory;
    bool live;              /* The name is there now. */
    bool durable;           /* The name is there after a power cut for sure. */
    int open;               /* Handles. */
    unsigned char *content; /* As reads see it. */
    size_t size;
    unsigned char *synced; /* As it is on the platter. */
    size_t synced_size;
    bool *lost; /* By sector: a failed sync has dropped it; only a new write brings it back. */
};

struct sim_entry {
    char key[128];
    unsigned char *value;
    size_t size;
    bool there;
};

/* --- Failures. --- */

static bool sim_fails(struct sim_disk *sim)
{
    sim->calls++;
    bool fails =
        sim->calls == sim->fail_at ||
        (sim->fail_chance_per_1000 > 0 && prng_chance(&sim->prng, sim->fail_chance_per_1000, 1000));
    sim->failed = sim->failed || fails;
    return fails;
}

static enum status sim_failure(const struct sim_disk *sim, bool may_be_full)
{
    return may_be_full && sim->fail_with_full ? STATUS_FULL : STATUS_IO;
}

/* --- Nodes. --- */

static struct sim_node *sim_find(const struct sim_disk *sim, const char *path)
{
    for (size_t i = 0; i < sim->node_count; i++) {
        if (sim->nodes[i].live && strcmp(sim->nodes[i].path, path) == 0) {
            return &sim->nodes[i];
        }
    }
    return NULL;
}

static bool sim_is_child(const char *path, const char *directory)
{
    const char *slash = strrchr(path, '/');
    if (strcmp(directory, ".") == 0) {
        return slash == NULL;
    }
    size_t size = strlen(directory);
    return slash != NULL && (size_t)(slash - path) == size && strncmp(path, directory, size) == 0;
}

static bool sim_parent_lives(const struct sim_disk *sim, const char *path)
{
    char parent[STORE_PATH_SIZE];
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return true;
    }
    memcpy(parent, path, (size_t)(slash - path));
    parent[slash - path] = '\0';
    return sim_find(sim, parent) != NULL;
}

static struct sim_node *sim_add(struct sim_disk *sim, const char *path, bool directory)
{
    ENSURE(sim->node_count < SIM_NODES_MAX);
    struct sim_node *node = &sim->nodes[sim->node_count++];
    memset(node, 0, sizeof(*node));
    ENSURE(strlen(path) < sizeof(node->path));
    memcpy(node->path, path, strlen(path) + 1);
    node->directory = directory;
    node->live = true;
    if (!directory) {
        node->lost = calloc(SIM_FILE_MAX / SIM_SECTOR, sizeof(*node->lost));
        ENSURE(node->lost != NULL);
    }
    return node;
}

static void sim_resize(unsigned char **content, size_t *size, size_t wanted)
{
    ENSURE(wanted <= SIM_FILE_MAX);
    unsigned char *grown = realloc(*content, wanted > 0 ? wanted : 1);
    ENSURE(grown != NULL);
    if (wanted > *size) {
        memset(grown + *size, 0, wanted - *size);
    }
    *content = grown;
    *size = wanted;
}

/* --- Files. --- */

static enum status sim_open(void *self, const char *path, bool create, int *file)
{
    struct sim_disk *sim = self;
    if (sim_fails(sim)) {
        return sim_failure(sim, create);
    }
    struct sim_node *node = sim_find(sim, path);
    if (create) {
        if (node != NULL) {
            return STATUS_EXISTS;
        }
        if (!sim_parent_lives(sim, path)) {
            return STATUS_NOT_FOUND;
        }
        node = sim_add(sim, path, false);
    }
    if (node == NULL) {
        return STATUS_NOT_FOUND;
    }
    node->open++;
    sim->open_count++;
    *file = (int)(node - sim->nodes);
    return STATUS_OK;
}

static struct sim_node *sim_node(const struct sim_disk *sim, int file)
{
    ENSURE(file >= 0 && (size_t)file < sim->node_count && sim->nodes[file].open > 0);
    return &sim->nodes[file];
}

static void sim_close(void *self, int file)
{
    struct sim_disk *sim = self;
    sim_node(sim, file)->open--;
    sim->open_count--;
}

static enum status sim_read(void *self, int file, uint64_t offset, void *memory, size_t size,
                            size_t *got)
{
    struct sim_disk *sim = self;
    const struct sim_node *node = sim_node(sim, file);
    if (sim_fails(sim)) {
        return STATUS_IO;
    }
    *got = 0;
    if (offset < node->size) {
        size_t left = node->size - (size_t)offset;
        *got = left < size ? left : size;
        memcpy(memory, node->content + offset, *got);
    }
    return STATUS_OK;
}

static enum status sim_write(void *self, int file, uint64_t offset, struct slice bytes, size_t *put)
{
    struct sim_disk *sim = self;
    struct sim_node *node = sim_node(sim, file);
    bool fails = sim_fails(sim);
    /* A write is short now and then, and one that fails may have written something. */
    size_t size = bytes.size;
    if (fails || prng_chance(&sim->prng, 1, 4)) {
        size = (size_t)prng_below(&sim->prng, bytes.size) + (fails ? 0 : 1);
    }
    if (offset + size > node->size) {
        sim_resize(&node->content, &node->size, (size_t)offset + size);
    }
    if (size > 0) {
        memcpy(node->content + offset, bytes.base, size);
        for (size_t at = (size_t)offset / SIM_SECTOR;
             at <= ((size_t)offset + size - 1) / SIM_SECTOR; at++) {
            node->lost[at] = false;
        }
    }
    *put = size;
    return fails ? sim_failure(sim, true) : STATUS_OK;
}

/* Make one sector of what is live durable. */
static void sim_settle(struct sim_node *node, size_t sector)
{
    size_t begin = sector * SIM_SECTOR;
    size_t end = begin + SIM_SECTOR;
    end = end < node->size ? end : node->size;
    if (begin >= end) {
        return;
    }
    if (end > node->synced_size) {
        sim_resize(&node->synced, &node->synced_size, end);
    }
    memcpy(node->synced + begin, node->content + begin, end - begin);
}

static bool sim_is_dirty(const struct sim_node *node, size_t sector)
{
    size_t begin = sector * SIM_SECTOR;
    size_t end = begin + SIM_SECTOR;
    end = end < node->size ? end : node->size;
    return begin < end && (end > node->synced_size ||
                           memcmp(node->synced + begin, node->content + begin, end - begin) != 0);
}

static enum status sim_sync(void *self, int file)
{
    struct sim_disk *sim = self;
    struct sim_node *node = sim_node(sim, file);
    size_t sectors = (node->size + SIM_SECTOR - 1) / SIM_SECTOR;
    if (sim_fails(sim)) {
        for (size_t at = 0; at < sectors; at++) {
            if (sim_is_dirty(node, at) && prng_chance(&sim->prng, 1, 2)) {
                node->lost[at] = true;
            } else if (sim_is_dirty(node, at) && prng_chance(&sim->prng, 1, 2)) {
                sim_settle(node, at);
            }
        }
        return sim_failure(sim, true);
    }
    if (node->size < node->synced_size) {
        sim_resize(&node->synced, &node->synced_size, node->size);
    }
    for (size_t at = 0; at < sectors; at++) {
        if (!node->lost[at]) {
            sim_settle(node, at);
        }
    }
    if (node->synced_size < node->size) {
        sim_resize(&node->synced, &node->synced_size, node->size);
    }
    return STATUS_OK;
}

static enum status sim_truncate(void *self, int file, uint64_t size)
{
    struct sim_disk *sim = self;
    struct sim_node *node = sim_node(sim, file);
    if (sim_fails(sim)) {
        return STATUS_IO;
    }
    sim_resize(&node->content, &node->size, (size_t)size);
    return STATUS_OK;
}

static enum status sim_size(void *self, int file, uint64_t *size)
{
    struct sim_disk *sim = self;
    if (sim_fails(sim)) {
        return STATUS_IO;
    }
    *size = sim_node(sim, file)->size;
    return STATUS_OK;
}

/* --- Names. --- */

static enum status sim_make_directory(void *self, const char *path)
{
    struct sim_disk *sim = self;
    if (sim_fails(sim)) {
        return sim_failure(sim, true);
    }
    if (sim_find(sim, path) != NULL) {
        return STATUS_EXISTS;
    }
    if (!sim_parent_lives(sim, path)) {
        return STATUS_NOT_FOUND;
    }
    (void)sim_add(sim, path, true);
    return STATUS_OK;
}

static enum status sim_sync_directory(void *self, const char *path)
{
    struct sim_disk *sim = self;
    if (sim_fails(sim)) {
        return STATUS_IO;
    }
    for (size_t i = 0; i < sim->node_count; i++) {
        if (sim_is_child(sim->nodes[i].path, path)) {
            sim->nodes[i].durable = sim->nodes[i].live;
        }
    }
    return STATUS_OK;
}

static enum status sim_list(void *self, const char *path,
                            void (*visit)(void *context, const char *name), void *context)
{
    struct sim_disk *sim = self;
    if (sim_fails(sim)) {
        return STATUS_IO;
    }
    for (size_t i = 0; i < sim->node_count; i++) {
        const char *name = strrchr(sim->nodes[i].path, '/');
        if (sim->nodes[i].live && sim_is_child(sim->nodes[i].path, path)) {
            visit(context, name != NULL ? name + 1 : sim->nodes[i].path);
        }
    }
    return STATUS_OK;
}

static enum status sim_remove(struct sim_disk *sim, const char *path)
{
    if (sim_fails(sim)) {
        return STATUS_IO;
    }
    struct sim_node *node = sim_find(sim, path);
    if (node == NULL) {
        return STATUS_NOT_FOUND;
    }
    for (size_t i = 0; i < sim->node_count; i++) {
        if (sim->nodes[i].live && sim_is_child(sim->nodes[i].path, path)) {
            return STATUS_IO; /* Not empty. */
        }
    }
    node->live = false;
    return STATUS_OK;
}

static enum status sim_remove_file(void *self, const char *path)
{
    return sim_remove(self, path);
}

static enum status sim_remove_directory(void *self, const char *path)
{
    return sim_remove(self, path);
}

static enum status sim_free_bytes(void *self, uint64_t *bytes)
{
    struct sim_disk *sim = self;
    if (sim_fails(sim)) {
        return STATUS_IO;
    }
    *bytes = sim->free_bytes;
    return STATUS_OK;
}

/* --- The catalog. --- */

static struct sim_entry *sim_entry(const struct sim_disk *sim, struct slice key)
{
    for (size_t i = 0; i < sim->entry_count; i++) {
        if (slice_equal(slice_from(sim->entries[i].key), key)) {
            return &sim->entries[i];
        }
    }
    return NULL;
}

static enum status sim_get(void *self, struct slice key, struct arena *arena, struct slice *value)
{
    struct sim_disk *sim = self;
    if (sim_fails(sim)) {
        return STATUS_IO;
    }
    const struct sim_entry *entry = sim_entry(sim, key);
    if (entry == NULL || !entry->there) {
        return STATUS_NOT_FOUND;
    }
    *value = arena_dup(arena, slice_of(entry->value, entry->size));
    return value->size == entry->size ? STATUS_OK : STATUS_FULL;
}

static enum status sim_put(void *self, struct slice key, struct slice value)
{
    struct sim_disk *sim = self;
    bool fails = sim_fails(sim);
    /* A commit that failed may have reached the disk. */
    if (fails && prng_chance(&sim->prng, 1, 2)) {
        return sim_failure(sim, true);
    }
    struct sim_entry *entry = sim_entry(sim, key);
    if (entry == NULL) {
        ENSURE(sim->entry_count < SIM_KEYS_MAX);
        entry = &sim->entries[sim->entry_count++];
        memset(entry, 0, sizeof(*entry));
        bool fits = slice_copy_text(key, entry->key, sizeof(entry->key));
        ENSURE(fits);
    }
    unsigned char *copy = realloc(entry->value, value.size > 0 ? value.size : 1);
    ENSURE(copy != NULL);
    if (value.size > 0) {
        memcpy(copy, value.base, value.size);
    }
    entry->value = copy;
    entry->size = value.size;
    entry->there = true;
    return fails ? sim_failure(sim, true) : STATUS_OK;
}

static enum status sim_remove_key(void *self, struct slice key)
{
    struct sim_disk *sim = self;
    bool fails = sim_fails(sim);
    struct sim_entry *entry = sim_entry(sim, key);
    if (entry != NULL && !(fails && prng_chance(&sim->prng, 1, 2))) {
        entry->there = false;
    }
    return fails ? STATUS_IO : STATUS_OK;
}

static enum status sim_each(void *self, struct slice prefix,
                            void (*visit)(void *context, struct slice key, struct slice value),
                            void *context)
{
    struct sim_disk *sim = self;
    if (sim_fails(sim)) {
        return STATUS_IO;
    }
    for (size_t i = 0; i < sim->entry_count; i++) {
        struct slice key = slice_from(sim->entries[i].key);
        if (sim->entries[i].there && slice_starts(key, prefix)) {
            visit(context, key, slice_of(sim->entries[i].value, sim->entries[i].size));
        }
    }
    return STATUS_OK;
}

/* --- Its life. --- */

void sim_disk_init(struct sim_disk *sim, uint64_t seed)
{
    *sim = (struct sim_disk){.free_bytes = UINT64_C(1) << 40};
    prng_init(&sim->prng, seed);
    sim->nodes = calloc(SIM_NODES_MAX, sizeof(*sim->nodes));
    sim->entries = calloc(SIM_KEYS_MAX, sizeof(*sim->entries));
    ENSURE(sim->nodes != NULL && sim->entries != NULL);
    sim->disk = (struct disk){
        .self = sim,
        .open = sim_open,
        .close = sim_close,
        .read = sim_read,
        .write = sim_write,
        .sync = sim_sync,
        .truncate = sim_truncate,
        .size = sim_size,
        .make_directory = sim_make_directory,
        .sync_directory = sim_sync_directory,
        .list = sim_list,
        .remove_file = sim_remove_file,
        .remove_directory = sim_remove_directory,
        .free_bytes = sim_free_bytes,
    };
    sim->catalog = (struct catalog){
        .self = sim,
        .get = sim_get,
        .put = sim_put,
        .remove = sim_remove_key,
        .each = sim_each,
    };
}

void sim_disk_fini(struct sim_disk *sim)
{
    for (size_t i = 0; i < sim->node_count; i++) {
        free(sim->nodes[i].content);
        free(sim->nodes[i].synced);
        free(sim->nodes[i].lost);
    }
    for (size_t i = 0; i < sim->entry_count; i++) {
        free(sim->entries[i].value);
    }
    free(sim->nodes);
    free(sim->entries);
}

void sim_disk_kill(struct sim_disk *sim)
{
    for (size_t i = 0; i < sim->node_count; i++) {
        sim->nodes[i].open = 0;
    }
    sim->open_count = 0;
}

/* What a file holds after the power was cut: any mixture, by sector, of old and new, and any size.
 */
static void sim_cut_file(struct sim_disk *sim, struct sim_node *node)
{
    size_t sectors = (node->size + SIM_SECTOR - 1) / SIM_SECTOR;
    bool size_kept = prng_chance(&sim->prng, 1, 2);
    uint64_t mood = prng_below(&sim->prng, 4); /* 0: nothing more survives, 3: nearly everything. */
    for (size_t at = 0; at < sectors; at++) {
        if (sim_is_dirty(node, at) && !node->lost[at] && prng_chance(&sim->prng, mood, 3)) {
            sim_settle(node, at);
        }
    }
    if (size_kept && node->size > node->synced_size) {
        sim_resize(&node->synced, &node->synced_size, node->size);
    }
    if (node->size < node->synced_size && prng_chance(&sim->prng, 1, 2)) {
        sim_resize(&node->synced, &node->synced_size, node->size);
    }
    sim_resize(&node->content, &node->size, node->synced_size);
    if (node->synced_size > 0) {
        memcpy(node->content, node->synced, node->synced_size);
    }
    memset(node->lost, 0, SIM_FILE_MAX / SIM_SECTOR * sizeof(*node->lost));
}

void sim_disk_power_cut(struct sim_disk *sim)
{
    sim_disk_kill(sim);
    for (size_t i = 0; i < sim->node_count; i++) {
        struct sim_node *node = &sim->nodes[i];
        if (node->live != node->durable) {
            node->live = prng_chance(&sim->prng, 1, 2);
        }
        if (node->live && !node->directory) {
            sim_cut_file(sim, node);
        }
    }
    /* Parents were made before their children, so one pass reaches all levels. */
    for (size_t i = 0; i < sim->node_count; i++) {
        struct sim_node *node = &sim->nodes[i];
        node->live = node->live && sim_parent_lives(sim, node->path);
        node->durable = node->live;
    }
}

bool sim_disk_rot(struct sim_disk *sim, const char *path_end, uint64_t offset)
{
    for (size_t i = 0; i < sim->node_count; i++) {
        struct sim_node *node = &sim->nodes[i];
        if (node->live && slice_ends(slice_from(node->path), slice_from(path_end)) &&
            offset < node->size && offset < node->synced_size) {
            node->content[offset] ^= 0x10;
            node->synced[offset] ^= 0x10;
            return true;
        }
    }
    return false;
}

const unsigned char *sim_disk_file(const struct sim_disk *sim, const char *path_end, size_t *size)
{
    for (size_t i = 0; i < sim->node_count; i++) {
        const struct sim_node *node = &sim->nodes[i];
        if (node->live && slice_ends(slice_from(node->path), slice_from(path_end))) {
            *size = node->size;
            return node->content;
        }
    }
    return NULL;
}

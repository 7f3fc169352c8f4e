/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check_private.h"

#include "columns/block_info.h"
#include "columns/filter.h"
#include "model/record_ids.h"
#include "proto/names.h"

#include <stdlib.h>
#include <string.h>

/*
 * The blocks of a sealed file: their records are made, and what the directory says of them, their
 * filters and their ids are made again from the records.
 */
static const struct check_words block_lost = {
    CHECK_DAMAGE, "the records of this block are not served", "restore the file from a backup"};
static const struct check_words entry_wrong = {
    CHECK_DAMAGE, "records of this block may not be found by what is asked for",
    "restore the file from a backup"};

/* Severities of OTLP from here on are errors. */
#define SEVERITY_ERROR 17

struct block_check {
    struct check *check;
    const struct sealed *sealed;
    struct check_ids *ids;
    uint16_t number;
    struct sealed_entry seen; /* As the records say. */
    struct slice filter;
    bool senders;    /* It has those of the senders, too. */
    bool filtered;   /* There is a filter to ask. */
    bool unfiltered; /* Something is not in it. */
};

static bool block_add_id(struct block_check *block, const struct id16 *id, bool spare)
{
    static const struct id16 zero;
    struct check_ids *ids = block->ids;
    if (memcmp(id, &zero, sizeof(zero)) == 0) {
        return true;
    }
    struct check_id entry = {
        .hash = hash_sip64(&block->sealed->head.key, slice_of(id->bytes, sizeof(id->bytes))),
        .block = block->number,
        .spare = spare,
    };
    /* Records of one transaction lie side by side. */
    for (size_t i = ids->count; i > 0 && i + 4 > ids->count; i--) {
        if (ids->items[i - 1].hash == entry.hash && ids->items[i - 1].block == entry.block) {
            ids->items[i - 1].spare = ids->items[i - 1].spare && spare;
            return true;
        }
    }
    if (ids->count == ids->capacity) {
        size_t capacity = 2 * ids->capacity + 1024;
        struct check_id *items = realloc(ids->items, capacity * sizeof(items[0]));
        if (items == NULL) {
            block->check->no_memory = true;
            return false;
        }
        ids->items = items;
        ids->capacity = capacity;
    }
    ids->items[ids->count++] = entry;
    return true;
}

static void block_add_ids(struct block_check *block, const struct record_ids *ids)
{
    for (size_t i = 0; i < ids->count; i++) {
        if (!block_add_id(block, &ids->ids[i], false)) {
            return;
        }
    }
}

/* ---- The filter. ---- */

static void block_words(struct block_check *block, struct slice text)
{
    struct filter_words words = filter_words_of(text);
    struct slice word;
    while (block->filtered && filter_words_next(&words, &word)) {
        block->unfiltered =
            block->unfiltered ||
            !filter_may_have(block->filter, filter_word(&block->sealed->head.key, word));
    }
}

static void block_attrs(struct block_check *block, struct attrs attrs)
{
    for (size_t i = 0; block->filtered && i < attrs.count; i++) {
        const struct attr *attr = &attrs.items[i];
        if (attr->value.kind == VALUE_STRING) {
            uint64_t hash = filter_pair(&block->sealed->head.key, attr->key, attr->value.text);
            block->unfiltered = block->unfiltered || !filter_may_have(block->filter, hash);
        }
    }
}

/* Who sent records, and their service as an attribute, whether it is one or not. */
static void block_sender(struct block_check *block, const struct resource *resource)
{
    uint64_t hash = filter_pair(&block->sealed->head.key, NAME_SERVICE_NAME, resource->service);
    block_attrs(block, resource->attrs);
    block->unfiltered =
        block->unfiltered || (block->filtered && !filter_may_have(block->filter, hash));
}

/* ---- Records. ---- */

static void block_time(struct sealed_entry *seen, uint64_t time_ns)
{
    seen->first_ns = time_ns < seen->first_ns ? time_ns : seen->first_ns;
    seen->last_ns = time_ns > seen->last_ns ? time_ns : seen->last_ns;
    seen->rows++;
}

static bool block_event(const struct scope *scope, struct slice name)
{
    return scope != NULL && (scope->agent || scope->logs) && name.size > 0;
}

static void block_span(struct block_check *block, const struct span *span)
{
    struct sealed_entry *seen = &block->seen;
    struct record_ids ids = record_ids_span(span);
    block_time(seen, span->start_ns);
    if (span->end_ns >= span->start_ns) {
        uint64_t duration_ns = span->end_ns - span->start_ns;
        seen->duration_min_ns =
            duration_ns < seen->duration_min_ns ? duration_ns : seen->duration_min_ns;
        seen->duration_max_ns =
            duration_ns > seen->duration_max_ns ? duration_ns : seen->duration_max_ns;
    }
    if (span->status == SPAN_STATUS_ERROR) {
        seen->flags |= BLOCK_ERRORS;
    }
    block_add_ids(block, &ids);
    for (size_t i = 0; i < span->link_count; i++) {
        struct id16 id;
        if (record_ids_link(span, &span->links[i], &id) && !block_add_id(block, &id, true)) {
            break;
        }
    }
    block_words(block, span->name);
    block_words(block, span->status_message);
    block_attrs(block, span->attrs);
    for (size_t i = 0; i < span->event_count; i++) {
        block_words(block, span->events[i].name);
        block_attrs(block, span->events[i].attrs);
    }
}

static void block_line(struct block_check *block, const struct log_line *line)
{
    static const struct id16 zero;
    struct sealed_entry *seen = &block->seen;
    struct record_ids ids = record_ids_line(line);
    struct id16 request;
    bool traced = line->has_trace && memcmp(&line->trace_id, &zero, sizeof(zero)) != 0;
    block_time(seen, line->time_ns == 0 ? line->observed_ns : line->time_ns);
    if (line->severity >= SEVERITY_ERROR) {
        seen->flags |= BLOCK_ERRORS;
    }
    if (!traced && !record_ids_request(line->attrs, &request)) {
        seen->flags |= BLOCK_LOOSE;
    }
    if (block_event(line->scope, line->event_name)) {
        seen->flags |= BLOCK_EVENTS;
    }
    block_add_ids(block, &ids);
    block_words(block, line->event_name);
    block_attrs(block, line->attrs);
    if (line->body.kind == VALUE_STRING) {
        block_words(block, line->body.text);
    }
}

static bool block_batch(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct block_check *block = context;
    struct sealed_entry *seen = &block->seen;
    seen->first_arrival_ns =
        arrival_ns < seen->first_arrival_ns ? arrival_ns : seen->first_arrival_ns;
    seen->last_arrival_ns = arrival_ns > seen->last_arrival_ns ? arrival_ns : seen->last_arrival_ns;
    for (size_t i = 0; block->senders && i < batch->resource_count; i++) {
        block_sender(block, &batch->resources[i]);
    }
    for (size_t i = 0; i < batch->span_count; i++) {
        block_span(block, &batch->spans[i]);
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        block_line(block, &batch->logs[i]);
    }
    return !block->check->no_memory;
}

/* ---- Against the directory. ---- */

static bool block_same(const struct sealed_entry *entry, const struct sealed_entry *seen)
{
    const unsigned known = BLOCK_ERRORS | BLOCK_LOOSE | BLOCK_EVENTS;
    return entry->first_ns == seen->first_ns && entry->last_ns == seen->last_ns &&
           entry->first_arrival_ns == seen->first_arrival_ns &&
           entry->last_arrival_ns == seen->last_arrival_ns &&
           entry->duration_min_ns == seen->duration_min_ns &&
           entry->duration_max_ns == seen->duration_max_ns && (entry->flags & known) == seen->flags;
}

static void block_compare(struct block_check *block, const struct sealed_entry *entry)
{
    struct check *check = block->check;
    uint64_t offset = entry->block.offset;
    if (block->seen.rows != entry->rows) {
        check_tell_at(check, &block_lost, offset, entry->block.size,
                      "block %u has %u records, and the directory says %u", block->number,
                      block->seen.rows, entry->rows);
    }
    if (!block_same(entry, &block->seen)) {
        check_tell_at(check, &entry_wrong, offset, entry->block.size,
                      "the directory says other times or kinds of block %u", block->number);
    }
    if (block->unfiltered) {
        check_tell_at(check, &entry_wrong, offset, entry->block.size,
                      "a word or attribute of block %u is not in its filter", block->number);
    }
}

/* Read the filter; what is in it is asked for if it is right. */
static enum status block_read_filter(struct block_check *block, const struct sealed_entry *entry)
{
    const struct sealed *sealed = block->sealed;
    struct check *check = block->check;
    size_t size = (size_t)entry->filter.size;
    uint64_t offset = sealed->foot.sections[SEALED_FILTERS].offset + entry->filter.offset;
    unsigned char *bytes = arena_alloc(&check->scratch, size + 1);
    size_t got = 0;
    if (bytes == NULL) {
        return STATUS_FULL;
    }
    enum status status =
        sealed->disk->read(sealed->disk->self, sealed->file, offset, bytes, size, &got);
    block->filter = slice_of(bytes, got);
    if (status == STATUS_OK &&
        (got != size || hash_crc32c(0, block->filter) != entry->filter.crc)) {
        check_tell_at(check, &entry_wrong, offset, size,
                      "the filter of block %u does not have its checksum", block->number);
        return STATUS_OK;
    }
    block->filtered = status == STATUS_OK;
    return status;
}

static enum status block_check(struct check *check, const struct sealed *sealed, uint32_t number,
                               const struct dictionary *dictionary, struct check_ids *ids)
{
    const struct sealed_entry *entry = &sealed->entries[number];
    struct block_check state = {
        .check = check,
        .sealed = sealed,
        .ids = ids,
        .number = (uint16_t)number,
        .senders = (entry->flags & BLOCK_SENDERS) != 0,
        .seen = {.first_ns = UINT64_MAX,
                 .first_arrival_ns = UINT64_MAX,
                 .duration_min_ns = UINT64_MAX},
    };
    struct block *block;
    arena_reset(&check->scratch);
    enum status status = block_read_filter(&state, entry);
    if (status == STATUS_OK) {
        status = sealed_block(sealed, number, dictionary, check->reader, &check->scratch, &block);
    }
    if (status == STATUS_OK) {
        status = block_rows(block, NULL, 0, block_batch, &state);
    }
    if (status == STATUS_BAD) {
        ids->partial = true;
        check_tell_at(check, &block_lost, entry->block.offset, entry->block.size,
                      "block %u of %u records does not have its checksum, or is no block", number,
                      entry->rows);
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        block_compare(&state, entry);
    }
    return status;
}

static void block_sums(struct check *check, const struct sealed *sealed)
{
    uint64_t sums[2] = {0, 0};
    for (uint32_t i = 0; i < sealed->foot.block_count; i++) {
        sums[sealed->entries[i].signal] += sealed->entries[i].rows;
    }
    if (sums[SIGNAL_TRACES] != sealed->foot.spans || sums[SIGNAL_LOGS] != sealed->foot.lines) {
        check_tell_at(check, &entry_wrong, sealed->size - SEALED_FOOT_SIZE, SEALED_FOOT_SIZE,
                      "the blocks have %llu spans and %llu lines, and the foot says %llu and %llu",
                      (unsigned long long)sums[SIGNAL_TRACES],
                      (unsigned long long)sums[SIGNAL_LOGS], (unsigned long long)sealed->foot.spans,
                      (unsigned long long)sealed->foot.lines);
    }
}

/* With all of its senders, which blocks ask for one by one. */
static enum status whole_dictionary(const struct sealed *sealed, struct dictionary **dictionary)
{
    const struct resource *resources;
    enum status status = sealed_dictionary(sealed, dictionary);
    if (status != STATUS_OK) {
        return status;
    }
    status = dictionary_resources(*dictionary, &resources);
    if (status != STATUS_OK) {
        dictionary_free(*dictionary);
    }
    return status;
}

enum status check_blocks(struct check *check, const struct sealed *sealed, struct check_ids *ids)
{
    static const struct check_words lost = {CHECK_DAMAGE, "no record of this segment is served",
                                            "restore the file from a backup"};
    const struct sealed_part *part = &sealed->foot.sections[SEALED_DICTIONARY];
    struct dictionary *dictionary;
    block_sums(check, sealed);
    enum status status = whole_dictionary(sealed, &dictionary);
    if (status == STATUS_BAD) {
        ids->partial = true;
        check_tell_at(check, &lost, part->offset, part->size,
                      "the dictionary does not have its checksum, or is none");
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        return status;
    }
    for (uint32_t i = 0; status == STATUS_OK && i < sealed->foot.block_count; i++) {
        status = block_check(check, sealed, i, dictionary, ids);
    }
    dictionary_free(dictionary);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/digest.h"

#include "columns/filter.h"
#include "columns/select.h"
#include "model/moment.h"
#include "proto/names.h"

#include <stdlib.h>

#define HASHES_FIRST ((size_t)1 << 12)

void digest_init(struct digest *digest, enum signal signal, const struct hash_key *key)
{
    *digest = (struct digest){
        .key = *key,
        .info = {.signal = signal,
                 .flags = BLOCK_SENDERS,
                 .first_ns = UINT64_MAX,
                 .duration_min_ns = UINT64_MAX},
    };
}

void digest_fini(struct digest *digest)
{
    free(digest->hashes);
    digest->hashes = NULL;
}

/* ---- Hashes. ---- */

static bool grow(struct digest *digest)
{
    size_t slots = digest->hashes == NULL ? HASHES_FIRST : 2 * (digest->mask + 1);
    uint64_t *hashes = slots <= 2 * DIGEST_HASHES_MAX ? calloc(slots, sizeof(hashes[0])) : NULL;
    if (hashes == NULL) {
        return false;
    }
    for (size_t i = 0; digest->hashes != NULL && i <= digest->mask; i++) {
        size_t at = digest->hashes[i] & (slots - 1);
        while (digest->hashes[i] != 0 && hashes[at] != 0) {
            at = (at + 1) & (slots - 1);
        }
        hashes[at] = digest->hashes[i] != 0 ? digest->hashes[i] : hashes[at];
    }
    free(digest->hashes);
    digest->hashes = hashes;
    digest->mask = slots - 1;
    return true;
}

static void add_hash(struct digest *digest, uint64_t hash)
{
    bool full = digest->hashes == NULL || digest->count > digest->mask / 2;
    if (digest->failed || hash == 0 || (full && !grow(digest))) {
        digest->failed = true; /* The hash 0 comes by a chance of 2^-64. */
        return;
    }
    size_t at = hash & digest->mask;
    while (digest->hashes[at] != 0 && digest->hashes[at] != hash) {
        at = (at + 1) & digest->mask;
    }
    digest->count += digest->hashes[at] == 0;
    digest->hashes[at] = hash;
}

static void add_words(struct digest *digest, struct slice text)
{
    struct filter_words words = filter_words_of(text);
    struct slice word;
    while (filter_words_next(&words, &word)) {
        add_hash(digest, filter_word(&digest->key, word));
    }
}

static void add_attrs(struct digest *digest, struct attrs attrs)
{
    for (size_t i = 0; i < attrs.count; i++) {
        const struct attr *attr = &attrs.items[i];
        if (attr->value.kind == VALUE_STRING) {
            add_hash(digest, filter_pair(&digest->key, attr->key, attr->value.text));
        }
    }
}

/* ---- Records. ---- */

static void add_time(struct block_info *info, uint64_t time_ns)
{
    info->first_ns = time_ns < info->first_ns ? time_ns : info->first_ns;
    info->last_ns = time_ns > info->last_ns ? time_ns : info->last_ns;
    info->rows++;
}

static void add_span(struct digest *digest, const struct span *span)
{
    struct block_info *info = &digest->info;
    uint64_t took_ns = span->end_ns - span->start_ns;
    add_time(info, span->start_ns);
    if (span->end_ns >= span->start_ns) {
        info->duration_min_ns = took_ns < info->duration_min_ns ? took_ns : info->duration_min_ns;
        info->duration_max_ns = took_ns > info->duration_max_ns ? took_ns : info->duration_max_ns;
    }
    info->flags |= span->status == SPAN_STATUS_ERROR ? BLOCK_ERRORS : 0;
    add_attrs(digest, span->attrs);
    add_words(digest, span->name);
    add_words(digest, span->status_message);
    for (size_t i = 0; i < span->event_count; i++) {
        add_words(digest, span->events[i].name);
    }
}

static void add_line(struct digest *digest, const struct log_line *line)
{
    add_time(&digest->info, line->time_ns != 0 ? line->time_ns : line->observed_ns);
    digest->info.flags |= line->severity >= SELECT_SEVERITY_ERROR ? BLOCK_ERRORS : 0;
    add_attrs(digest, line->attrs);
    add_words(digest, line->event_name);
    if (line->body.kind == VALUE_STRING) {
        add_words(digest, line->body.text);
    }
}

void digest_add(struct digest *digest, const struct batch *batch)
{
    if (batch->signal != digest->info.signal) {
        return;
    }
    for (size_t i = 0; i < batch->resource_count; i++) {
        add_attrs(digest, batch->resources[i].attrs);
        add_hash(digest, filter_pair(&digest->key, NAME_SERVICE_NAME, batch->resources[i].service));
    }
    for (size_t i = 0; i < batch->span_count; i++) {
        add_span(digest, &batch->spans[i]);
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        add_line(digest, &batch->logs[i]);
    }
}

size_t digest_filter_size(const struct digest *digest)
{
    return digest->failed ? 0 : filter_size(digest->count);
}

void digest_filter(const struct digest *digest, unsigned char *filter)
{
    size_t size = digest_filter_size(digest);
    for (size_t i = 0; digest->hashes != NULL && i <= digest->mask; i++) {
        if (digest->hashes[i] != 0) {
            filter_add(filter, size, digest->hashes[i]);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/refusals.h"

#include <string.h>

enum status refusals_init(struct refusals *refusals)
{
    *refusals = (struct refusals){.row_count = 0};
    return pthread_mutex_init(&refusals->mutex, NULL) == 0 ? STATUS_OK : STATUS_FULL;
}

void refusals_fini(struct refusals *refusals)
{
    (void)pthread_mutex_destroy(&refusals->mutex);
}

static struct refusals_row *refusals_row_locked(struct refusals *refusals, const char *why)
{
    for (size_t i = 0; i < refusals->row_count; i++) {
        if (strcmp(refusals->rows[i].why, why) == 0) {
            return &refusals->rows[i];
        }
    }
    if (refusals->row_count == INGEST_REFUSALS_MAX) {
        return NULL;
    }
    struct refusals_row *row = &refusals->rows[refusals->row_count++];
    row->why = why;
    return row;
}

void refusals_add(struct refusals *refusals, const char *why, struct slice sample, uint64_t count)
{
    (void)pthread_mutex_lock(&refusals->mutex);
    struct refusals_row *row = refusals_row_locked(refusals, why);
    if (row == NULL) {
        refusals->others += count;
    } else {
        row->count += count;
        row->sample_size = sample.size < INGEST_SAMPLE_SIZE ? sample.size : INGEST_SAMPLE_SIZE;
        if (row->sample_size > 0) {
            memcpy(row->sample, sample.base, row->sample_size);
        }
    }
    (void)pthread_mutex_unlock(&refusals->mutex);
}

void refusals_write(struct refusals *refusals, struct json_write *writer)
{
    json_write_array_begin(writer);
    (void)pthread_mutex_lock(&refusals->mutex);
    for (size_t i = 0; i < refusals->row_count; i++) {
        const struct refusals_row *row = &refusals->rows[i];
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("reason"), slice_from(row->why));
        json_write_member_u64(writer, SLICE("count"), row->count);
        json_write_member_string(writer, SLICE("example"), slice_of(row->sample, row->sample_size));
        json_write_object_end(writer);
    }
    if (refusals->others > 0) {
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("reason"), SLICE("other reasons"));
        json_write_member_u64(writer, SLICE("count"), refusals->others);
        json_write_member_string(writer, SLICE("example"), SLICE_EMPTY);
        json_write_object_end(writer);
    }
    (void)pthread_mutex_unlock(&refusals->mutex);
    json_write_array_end(writer);
}

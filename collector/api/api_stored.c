/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_stored.h"

#include "api/api_search.h"
#include "query/stored.h"
#include "store/store.h"

static void write_row(struct json_write *writer, const struct stored_row *row)
{
    json_write_member_u64(writer, SLICE("spans"), row->spans);
    json_write_member_u64(writer, SLICE("lines"), row->lines);
    json_write_member_u64(writer, SLICE("bytes"), row->bytes);
}

void api_stored(struct api_call *call)
{
    struct deadline deadline;
    struct stored stored;
    struct store_stats stats;
    if (!api_search_deadline(call, &deadline)) {
        return;
    }
    if (stored_read(call->query, deadline, call->arena, &stored) != STATUS_OK) {
        api_call_refuse_large(call, "there are more functions than one answer holds");
        return;
    }
    store_stats(call->query->store, &stats);
    struct json_write *writer = &call->writer;
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("functions"));
    for (uint32_t i = 0; i < stored.row_count; i++) {
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("function"), stored.rows[i].function);
        write_row(writer, &stored.rows[i]);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    write_row(writer, &stored.all);
    json_write_member_u64(writer, SLICE("disk_bytes"), stats.bytes);
    api_search_write_partial(call, stored.partial);
    json_write_object_end(writer);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/draft.h"

#include "base/bytes.h"
#include "store/sealed_format.h"
#include "store/store_limits.h"

#include <stdlib.h>
#include <string.h>

struct draft *draft_create(uint32_t segment, const struct hash_key *key)
{
    struct draft *draft = calloc(1, sizeof(*draft));
    if (draft == NULL) {
        return NULL;
    }
    draft->segment = segment;
    draft->table = table_create(key);
    if (draft->table == NULL) {
        free(draft);
        return NULL;
    }
    buf_init_growing(&draft->bodies, SIZE_MAX);
    buf_init_growing(&draft->copies, SIZE_MAX);
    return draft;
}

void draft_free(struct draft *draft)
{
    if (draft != NULL) {
        table_free(draft->table);
        buf_fini(&draft->bodies);
        buf_fini(&draft->copies);
        free(draft);
    }
}

static void draft_count(struct draft *draft, const struct frame_head *head)
{
    draft->frames++;
    draft->seq_last = head->seq;
    if (head->arrival_ns > draft->arrival_last_ns) {
        draft->arrival_last_ns = head->arrival_ns;
    }
}

static void draft_settle(struct draft *draft, enum status status)
{
    if (draft->status == STATUS_OK) {
        draft->status = status;
    }
}

static void draft_body(struct draft *draft, const struct frame_head *head,
                       const struct hash_128 *hash)
{
    unsigned char bytes[SEALED_BODY_SIZE];
    memcpy(bytes, hash->bytes, sizeof(hash->bytes));
    bytes_put64(bytes + sizeof(hash->bytes), head->arrival_ns);
    buf_append(&draft->bodies, slice_of(bytes, sizeof(bytes)));
    draft_settle(draft, buf_overflowed(&draft->bodies) ? STATUS_FULL : STATUS_OK);
}

void draft_add(struct draft *draft, const struct frame_head *head, const struct hash_128 *hash,
               const struct batch *batch)
{
    draft_count(draft, head);
    draft_body(draft, head, hash);
    draft_settle(draft, table_add(draft->table, batch, head->arrival_ns));
}

void draft_copy(struct draft *draft, const struct frame_head *head, const struct hash_128 *hash,
                struct slice frame)
{
    draft_count(draft, head);
    if (hash != NULL) {
        draft_body(draft, head, hash);
    }
    buf_append(&draft->copies, frame);
    draft->copy_count++;
    draft_settle(draft, buf_overflowed(&draft->copies) ? STATUS_FULL : STATUS_OK);
}

uint64_t draft_memory(const struct draft *draft)
{
    return table_counts(draft->table).memory + draft->bodies.size + draft->copies.size;
}

bool draft_full(const struct draft *draft)
{
    return draft_memory(draft) >= STORE_DRAFT_SIZE_FULL || table_crowded(draft->table);
}

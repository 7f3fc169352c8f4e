/* SPDX-License-Identifier: Apache-2.0 */
#include "tail/tail_client.h"

#include <inttypes.h>

void tail_client_init(struct tail_client *client, uint64_t epoch, uint64_t next_id, bool lost,
                      uint32_t per_second)
{
    *client = (struct tail_client){
        .per_second = per_second,
        .epoch = epoch,
        .next_id = next_id,
        .lost = lost,
    };
    tail_rate_init(&client->rate, per_second);
}

/* The number of the last line that was passed stands with every event, so that who comes back after
 * any of them misses nothing. */
static void write_id(const struct tail_client *client, struct buf *out)
{
    buf_printf(out, "id: %" PRIx64 "-%" PRIu64 "\n", client->epoch, client->next_id - 1);
}

static void greet(struct tail_client *client, struct buf *out)
{
    client->greeted = true;
    buf_append_text(out, "retry: 1000\nevent: hello\n");
    write_id(client, out);
    buf_printf(out, "data: {\"rate\":%u}\n\n", client->per_second);
    if (client->lost) {
        buf_append_text(out, "event: gap\ndata: {\"skipped\":null}\n\n");
    }
}

static void tell_skipped(struct tail_client *client, const char *event, struct buf *out)
{
    if (client->skipped > 0) {
        buf_printf(out, "event: %s\n", event);
        write_id(client, out);
        buf_printf(out, "data: {\"skipped\":%" PRIu64 "}\n\n", client->skipped);
        client->skipped = 0;
    }
}

static void tell_left_out(struct tail_client *client, uint64_t now_ns, bool stopping,
                          struct buf *out)
{
    if (client->left_out > 0 && (stopping || now_ns >= client->told_ns + TAIL_REPORT_NS)) {
        buf_append_text(out, "event: limited\n");
        write_id(client, out);
        buf_printf(out, "data: {\"left_out\":%" PRIu64 ",\"rate\":%u}\n\n", client->left_out,
                   client->per_second);
        client->left_out = 0;
        client->told_ns = now_ns;
    }
}

/* One line of a batch: sent, left out, or not wanted. */
static void take_line(struct tail_client *client, const struct tail_source *source,
                      const struct tail_batch *batch, uint64_t now_ns, struct buf *out)
{
    uint32_t line = (uint32_t)(client->next_id - batch->first_id);
    struct tail_rate rate = client->rate;
    size_t before = out->size;
    client->next_id++;
    write_id(client, out);
    if (!source->write(source->context, batch, line, out)) {
        buf_rewind(out, before);
        return;
    }
    if (buf_overflowed(out) || !tail_rate_take(&rate, now_ns)) {
        buf_rewind(out, before);
        client->left_out++;
        return;
    }
    client->rate = rate;
}

static uint32_t take_batch(struct tail_client *client, const struct tail_source *source,
                           const struct tail_batch *batch, uint64_t now_ns, uint32_t most,
                           struct buf *out)
{
    uint64_t end_id = batch->first_id + batch->count;
    uint32_t looked = 0;
    if (batch->lost) {
        client->skipped += end_id - client->next_id;
        client->next_id = end_id;
        return 1;
    }
    tell_skipped(client, "gap", out);
    while (client->next_id < end_id && looked < most && out->size < TAIL_TURN_BYTES) {
        take_line(client, source, batch, now_ns, out);
        looked++;
    }
    return looked;
}

/* Lines that it has not seen are gone.  Who has just come was away, all others were too slow. */
static void fall_behind(struct tail_client *client, uint64_t first_id, bool came_back,
                        struct buf *out)
{
    client->skipped += first_id - client->next_id;
    client->next_id = first_id;
    tell_skipped(client, came_back ? "gap" : "dropped", out);
    client->ended = !came_back;
}

static enum tail_turn take_lines(struct tail_client *client, const struct tail_source *source,
                                 uint64_t now_ns, bool came_back, struct buf *out)
{
    uint32_t looked = 0;
    while (looked < TAIL_LOOK_MAX && out->size < TAIL_TURN_BYTES) {
        struct tail_batch *batch;
        uint64_t first_id;
        enum tail_find found = source->find(source->context, client->next_id, &batch, &first_id);
        if (found == TAIL_NONE) {
            tell_skipped(client, "gap", out);
            return TAIL_IDLE;
        }
        if (found == TAIL_GONE) {
            fall_behind(client, first_id, came_back, out);
            if (client->ended) {
                return TAIL_OVER;
            }
            continue;
        }
        looked += take_batch(client, source, batch, now_ns, TAIL_LOOK_MAX - looked, out);
        tail_ring_release(batch);
    }
    return TAIL_MORE;
}

enum tail_turn tail_client_turn(struct tail_client *client, const struct tail_source *source,
                                uint64_t now_ns, bool stopping, struct buf *out)
{
    if (client->ended) {
        return TAIL_OVER;
    }
    size_t before = out->size;
    bool came_back = !client->greeted;
    if (!client->greeted) {
        greet(client, out);
    }
    enum tail_turn turn = take_lines(client, source, now_ns, came_back, out);
    tell_left_out(client, now_ns, stopping && turn != TAIL_MORE, out);
    if (stopping && turn == TAIL_IDLE) {
        buf_append_text(out, "event: bye\ndata: {}\n\n");
        client->ended = true;
        turn = TAIL_OVER;
    }
    if (out->size == before &&
        (turn == TAIL_MORE || now_ns >= client->sent_ns + TAIL_HEARTBEAT_NS)) {
        buf_append_text(out, ":\n\n");
    }
    if (out->size != before) {
        client->sent_ns = now_ns;
    }
    return turn;
}

uint64_t tail_client_due_ns(const struct tail_client *client)
{
    uint64_t beat_ns = client->sent_ns + TAIL_HEARTBEAT_NS;
    uint64_t report_ns = client->told_ns + TAIL_REPORT_NS;
    return client->left_out > 0 && report_ns < beat_ns ? report_ns : beat_ns;
}

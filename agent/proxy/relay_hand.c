/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/relay.h"

#include "base/hex.h"
#include "base/number.h"

#include <fcntl.h>

/* A descriptor is no larger than this; the limit of an instance is 1,024. */
#define DESCRIPTOR_MAX 65535

static void hand_descriptor(struct buf *out, int fd)
{
    buf_append_byte(out, ',');
    buf_append_u64(out, (uint64_t)fd);
    (void)fcntl(fd, F_SETFD, 0);
}

void relay_hand_over(const struct relays *relays, struct buf *out)
{
    if (relays->listener.fd < 0) {
        buf_append_byte(out, '-');
        return;
    }
    char *place = (char *)buf_reserve(out, 2 * sizeof(relays->upstream));
    if (place != NULL) {
        hex_encode(slice_of(&relays->upstream, sizeof(relays->upstream)), place);
        buf_commit(out, 2 * sizeof(relays->upstream));
    }
    hand_descriptor(out, relays->listener.fd);
    for (size_t i = 0; i < AGENT_RELAYS_MAX; i++) {
        const struct relay *relay = &relays->relays[i];
        if (relay->open) {
            hand_descriptor(out, relay->ends[RELAY_UP].source.fd);
            hand_descriptor(out, relay->ends[RELAY_DOWN].source.fd);
        }
    }
    if (relays->pipe.size > 0) {
        /* Whose it is, and behind it the pipe. */
        buf_append_byte(out, ';');
        buf_append_u64(out, (uint64_t)relays->piped->source.fd);
        hand_descriptor(out, relays->pipe.source);
        hand_descriptor(out, relays->pipe.target);
    }
}

/* Take a descriptor off the list; -1 if there is none.  The next program shall not have it. */
static int take_descriptor(struct slice *list)
{
    struct slice text;
    uint64_t number = 0;
    slice_cut(*list, ',', &text, list);
    if (number_parse_u64(text, &number) != NUMBER_OK || number > DESCRIPTOR_MAX ||
        fcntl((int)number, F_SETFD, FD_CLOEXEC) < 0) {
        return -1;
    }
    return (int)number;
}

/* What is in the pipe of the program before belongs to one of the connections. */
static void take_pipe(struct relays *relays, struct slice list)
{
    int from = take_descriptor(&list);
    int source = take_descriptor(&list);
    int target = take_descriptor(&list);
    for (size_t i = 0; i < 2 * (size_t)AGENT_RELAYS_MAX && from >= 0; i++) {
        struct relay *relay = &relays->relays[i / 2];
        if (relay->open && relay->ends[i % 2].source.fd == from && source >= 0 && target >= 0) {
            relay_pipe_adopt(&relays->pipe, source, target);
            relays->piped = &relay->ends[i % 2];
            return;
        }
    }
}

bool relay_take_over(struct relays *relays, struct loop *loop, struct slice handed_over)
{
    struct slice hexadecimal;
    struct slice piped;
    struct address upstream;
    relays->listener.fd = -1;
    slice_cut(handed_over, ';', &handed_over, &piped);
    slice_cut(handed_over, ',', &hexadecimal, &handed_over);
    if (!hex_decode(hexadecimal, (unsigned char *)&upstream, sizeof(upstream))) {
        return false;
    }
    int listener = take_descriptor(&handed_over);
    if (listener < 0 || relay_init(relays, loop, listener, &upstream) != STATUS_OK) {
        return false;
    }
    while (handed_over.size > 0) {
        int client = take_descriptor(&handed_over);
        int server = take_descriptor(&handed_over);
        if (client >= 0 && server >= 0) {
            relay_adopt(relays, client, server);
        }
    }
    take_pipe(relays, piped);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */

/* What senders and consumers of a queue say: an entry is refused with a code, or becomes an event
 * that is JSON; an answer names messages or none. */
#include "base/ensure.h"
#include "base/json_read.h"
#include "sandbox/sqs.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entry(struct slice json)
{
    const struct sqs_origin origin = {SLICE("us-east-1"), SLICE("123456789012"), SLICE("q")};
    struct sqs_entry entry;
    sqs_entry_read(json, SLICE("Root=1-x"), &entry);
    ENSURE(entry.message != NULL && (entry.error == NULL) == (entry.error_text == NULL));
    if (entry.error == NULL) {
        struct json_read reader;
        struct buf event;
        ENSURE(strlen(entry.message->body_md5) == 32);
        buf_init_growing(&event, 1u << 26);
        sqs_event_write(&origin, &entry.message, 1, &event);
        json_read_init(&reader, buf_bytes(&event), 32);
        json_read_skip(&reader);
        ENSURE(json_read_finish(&reader));
        buf_fini(&event);
    }
    queue_message_free(entry.message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_of(data, size);
    char name[81];
    check_entry(input);
    if (sqs_queue_name(input, name, sizeof(name))) {
        ENSURE(strlen(name) < sizeof(name));
    }
    (void)sqs_answer_failed(input, "one");
    return 0;
}

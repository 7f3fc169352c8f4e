/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what is saved of notifications: what is read is written and read again the same, and
 * can be gone on from.  The first byte says of what it is: the book, or deploys. */
#include "notify/notify_book.h"
#include "notify/notify_state.h"

#include "base/ensure.h"

#include <stddef.h>
#include <stdint.h>

#define NOW_NS UINT64_C(1795392000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_book(struct notify_book *book)
{
    ENSURE(notify_book_init(book) == STATUS_OK);
}

static void try_deploys(struct slice text, struct buf *first, struct buf *second)
{
    struct notify_book one, other;
    open_book(&one);
    open_book(&other);
    if (notify_deploys_read(&one.deploys, text) == STATUS_OK) {
        notify_deploys_write(&one.deploys, first);
        ENSURE(notify_deploys_read(&other.deploys, buf_bytes(first)) == STATUS_OK);
        notify_deploys_write(&other.deploys, second);
        ENSURE(slice_equal(buf_bytes(first), buf_bytes(second)));
    }
    notify_book_fini(&one);
    notify_book_fini(&other);
}

static void try_state(struct slice text, struct buf *first, struct buf *second)
{
    struct notify_book one, other;
    open_book(&one);
    open_book(&other);
    if (notify_state_read(&one, text, NOW_NS) == STATUS_OK) {
        ENSURE(notify_state_write(&one, first));
        ENSURE(notify_state_read(&other, buf_bytes(first), NOW_NS) == STATUS_OK);
        ENSURE(notify_state_write(&other, second));
        ENSURE(slice_equal(buf_bytes(first), buf_bytes(second)));
        struct notify_plan *plan = notify_plan_create();
        ENSURE(plan != NULL);
        notify_book_adopt(&one, plan, NOW_NS);
        notify_plan_drop(plan);
        (void)notify_book_step(&one, NOW_NS + 1);
    }
    notify_book_fini(&one);
    notify_book_fini(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf first, second;
    if (size == 0) {
        return 0;
    }
    buf_init_growing(&first, NOTIFY_STATE_SIZE_MAX);
    buf_init_growing(&second, NOTIFY_STATE_SIZE_MAX);
    if (data[0] == 'd') {
        try_deploys(slice_of(data + 1, size - 1), &first, &second);
    } else {
        try_state(slice_of(data + 1, size - 1), &first, &second);
    }
    buf_fini(&first);
    buf_fini(&second);
    return 0;
}

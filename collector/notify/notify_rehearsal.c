/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_rehearsal.h"

#include "notify/notify.h"
#include "notify/notify_rehearse.h"
#include "notify/notify_run.h"

#include <stdlib.h>

/* A book is made and ended under the lock of those who share its plan. */
struct borrowing {
    struct notify_book book;
    struct notify_rehearsed *counts;
    bool begun;
};

static bool borrow_plan(void *context, struct notify_book *book, uint64_t now_ns)
{
    struct borrowing *borrowing = context;
    if (notify_book_init(&borrowing->book) == STATUS_OK) {
        notify_book_adopt(&borrowing->book, book->plan, now_ns);
        borrowing->begun = true;
        borrowing->counts = calloc(book->plan->target_count + 1, sizeof(*borrowing->counts));
    }
    return false;
}

static bool return_plan(void *context, struct notify_book *book, uint64_t now_ns)
{
    struct borrowing *borrowing = context;
    (void)book;
    (void)now_ns;
    if (borrowing->begun) {
        notify_book_fini(&borrowing->book);
    }
    return false;
}

static void write_counts(struct json_write *writer, const struct notify_rehearsed *counts,
                         size_t count)
{
    json_write_array_begin(writer);
    for (size_t i = 0; i < count; i++) {
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("receiver"), counts[i].receiver);
        json_write_member_string(writer, SLICE("kind"), notify_kind_name(counts[i].kind));
        json_write_member_u64(writer, SLICE("messages"), counts[i].messages);
        json_write_member_u64(writer, SLICE("resolved"), counts[i].resolved);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

void notify_rehearsal_write(struct notify *notify, const struct notify_alert *alerts, size_t count,
                            uint64_t end_ns, struct json_write *writer)
{
    struct borrowing *borrowing = calloc(1, sizeof(*borrowing));
    bool written = false;
    if (borrowing != NULL) {
        (void)!notify_run_see(notify_running(notify), borrow_plan, borrowing);
    }
    if (borrowing != NULL && borrowing->begun && borrowing->counts != NULL &&
        notify_rehearse(&borrowing->book, alerts, count, end_ns, borrowing->counts) == STATUS_OK) {
        write_counts(writer, borrowing->counts, borrowing->book.plan->target_count);
        written = true;
    }
    if (!written) {
        json_write_null(writer);
    }
    if (borrowing != NULL) {
        (void)!notify_run_see(notify_running(notify), return_plan, borrowing);
        free(borrowing->counts);
        free(borrowing);
    }
}

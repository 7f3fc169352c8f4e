/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the saved state of alerts: what is read is written and read again the same. */
#include "alert/alert_state.h"

#include "base/ensure.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct alert_book book;
    struct buf first;
    struct buf second;
    ENSURE(alert_book_init(&book) == STATUS_OK);
    buf_init_growing(&first, ALERT_STATE_SIZE_MAX);
    buf_init_growing(&second, ALERT_STATE_SIZE_MAX);
    if (alert_state_read(&book, slice_of(data, size)) == STATUS_OK) {
        alert_state_write(&book, &first);
        alert_book_fini(&book);
        ENSURE(alert_book_init(&book) == STATUS_OK);
        ENSURE(alert_state_read(&book, buf_bytes(&first)) == STATUS_OK);
        alert_state_write(&book, &second);
        ENSURE(slice_equal(buf_bytes(&first), buf_bytes(&second)));
    }
    alert_book_fini(&book);
    buf_fini(&first);
    buf_fini(&second);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the saved state of alerts: what is read is written and read again the same. */
#include "alert/alert_limits.h"
#include "alert/alert_state.h"

#include "base/ensure.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A set of two rules. */
static struct alert_set *make_set(void)
{
    static const struct alert_set_text text = {
        .name = SLICE_INIT("rules.yml"),
        .text = SLICE_INIT(
            "groups:\n- {name: g, rules: [{alert: A, expr: v > 1}, {alert: B, expr: v > 2}]}\n")};
    struct alert_set *set = NULL;
    char memory[256];
    struct buf errors;
    buf_init_fixed(&errors, memory, sizeof(memory));
    ENSURE(alert_set_create(&set, &text, 1, &errors) == STATUS_OK);
    return set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct alert_set *one = make_set(), *other = make_set();
    struct buf first;
    struct buf second;
    buf_init_growing(&first, ALERT_STATE_SIZE_MAX);
    buf_init_growing(&second, ALERT_STATE_SIZE_MAX);
    if (alert_state_read(one, slice_of(data, size)) == STATUS_OK) {
        alert_state_write(one, &first);
        ENSURE(alert_state_read(other, buf_bytes(&first)) == STATUS_OK);
        alert_state_write(other, &second);
        ENSURE(slice_equal(buf_bytes(&first), buf_bytes(&second)));
    }
    alert_set_free(one);
    alert_set_free(other);
    buf_fini(&first);
    buf_fini(&second);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a page of samples that rules wrote: taken or refused; what was taken is written and
 * read again. */
#include "rules/rules_samples.h"

#include "base/ensure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hash_key key = {{1, 2}};
    const struct rules_samples_limits limits = {100, 1 << 20, 0, 0};
    struct rules_samples *one = rules_samples_create(&key, &limits);
    struct rules_samples *other = rules_samples_create(&key, &limits);
    struct buf bytes;
    size_t series[2], memory[2];
    ENSURE(one != NULL && other != NULL);
    enum status status = rules_samples_load(one, slice_of(data, size));
    ENSURE(status == STATUS_OK || status == STATUS_BAD || status == STATUS_FULL);
    buf_init_growing(&bytes, 1 << 22);
    if (rules_samples_save(one, 0, INT64_MAX, &bytes) == 0) {
        ENSURE(rules_samples_load(other, buf_bytes(&bytes)) == STATUS_OK);
        rules_samples_count(one, &series[0], &memory[0]);
        rules_samples_count(other, &series[1], &memory[1]);
        ENSURE(series[0] >= series[1] && rules_samples_oldest(one) == rules_samples_oldest(other));
    }
    rules_samples_end(one, RULES_SAMPLES_NOBODY, INT64_MAX);
    buf_fini(&bytes);
    rules_samples_free(one);
    rules_samples_free(other);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_environment.h"
#include "api/api_call.h"

#include "proto/names.h"

static int64_t usage_number(const struct log_line *usage, struct slice name)
{
    int64_t value;
    return attrs_find_int(usage->attrs, name, &value) && value >= 0 ? value : UNKNOWN_INT;
}

void api_environment_write(struct json_write *writer, const struct log_line *usage)
{
    const struct {
        struct slice key;
        struct slice name;
    } durations[] =
        {
            {SLICE("cpu_user_ms"), NAME_THAW_ENV_CPU_USER_NS},
            {SLICE("cpu_system_ms"), NAME_THAW_ENV_CPU_SYSTEM_NS},
        },
      numbers[] = {
          {SLICE("received_bytes"), NAME_THAW_ENV_RECEIVED_BYTES},
          {SLICE("sent_bytes"), NAME_THAW_ENV_SENT_BYTES},
          {SLICE("memory_used_bytes"), NAME_THAW_ENV_MEMORY_USED_BYTES},
          {SLICE("memory_total_bytes"), NAME_THAW_ENV_MEMORY_TOTAL_BYTES},
          {SLICE("tmp_used_bytes"), NAME_THAW_ENV_TMP_USED_BYTES},
          {SLICE("tmp_total_bytes"), NAME_THAW_ENV_TMP_TOTAL_BYTES},
          {SLICE("descriptors"), NAME_THAW_ENV_DESCRIPTORS},
          {SLICE("threads"), NAME_THAW_ENV_THREADS},
      };
    json_write_key(writer, SLICE("environment"));
    if (usage == NULL) {
        json_write_null(writer);
        return;
    }
    json_write_object_begin(writer);
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        api_write_ms(writer, durations[i].key, usage_number(usage, durations[i].name));
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        api_write_int(writer, numbers[i].key, usage_number(usage, numbers[i].name));
    }
    json_write_object_end(writer);
}

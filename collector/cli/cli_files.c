/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_files.h"

#include "base/number.h"

bool cli_files(const struct cli_options *options, struct cli_files *files)
{
    int64_t memory_mb = STREAMS_UNKNOWN;
    if (options->memory.size > 0 && (number_parse_i64(options->memory, &memory_mb) != NUMBER_OK ||
                                     memory_mb < 1 || memory_mb > CLI_MEMORY_MB_MAX)) {
        return false;
    }
    for (size_t i = 0; i < options->word_count; i++) {
        /* Words are arguments: NUL-terminated. */
        files->paths[i] = (const char *)options->words[i].base;
    }
    files->pouring = (struct pour_options){
        .paths = files->paths,
        .path_count = options->word_count,
        .account = options->account,
        .region = options->region,
        .group = options->group,
        .stream = options->stream,
        .function = options->function,
        .memory_mb = memory_mb,
        .azure_flex = slice_equal(options->azure_plan, SLICE("flex")),
    };
    return true;
}

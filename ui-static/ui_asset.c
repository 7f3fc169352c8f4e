/* SPDX-License-Identifier: Apache-2.0 */
#include "ui-static/ui_assets.h"

#include "base/ensure.h"

/* Made by embed.cmake, in order of the paths' bytes. */
extern const struct ui_asset ui_asset_table[];
extern const size_t ui_asset_table_count;

const struct ui_asset *ui_asset_find(struct slice path)
{
    size_t low = 0;
    size_t high = ui_asset_table_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct ui_asset *asset = &ui_asset_table[middle];
        int order = slice_compare(path, slice_from(asset->path));
        if (order == 0) {
            ENSURE(asset->body.size > 0);
            return asset;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "self/assets.h"

#include "ui-static/ui_assets.h"

#include <stddef.h>

void assets_handle(void *context, struct web_request *request)
{
    (void)context;
    struct slice path = web_path(request);
    bool page = slice_find_byte(path, '.') == SLICE_NONE;
    const struct ui_asset *asset = ui_asset_find(page ? SLICE("/index.html") : path);
    if (asset == NULL) {
        web_refuse(request, &(struct web_refusal){
                                .status = 404,
                                .code = "not_found",
                                .message = "there is no such file",
                            });
        return;
    }
    struct web_answer answer = {
        .status = 200,
        .content_type = asset->content_type,
        .body = asset->body,
        .etag = asset->etag,
        /* Asked for again each time, and answered with 304 as long as it is the same. */
        .cache = "no-cache",
    };
    web_answer(request, &answer);
}

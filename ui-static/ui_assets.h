/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_UI_ASSETS_H
#define THAW_UI_ASSETS_H

#include "base/slice.h"

/*
 * The dashboard's files, compiled in.  All of it is constant data of the program: any thread may
 * read it at any time, and slices and strings of it live for ever.
 */
struct ui_asset {
    const char *path;         /* From the root: "/app.js".  The document is "/index.html". */
    const char *content_type; /* With its charset. */
    const char *etag;         /* Strong, quoted: a hash of the body. */
    struct slice body;        /* As it is, not compressed. */
};

/*
 * The file at exactly this path, or NULL.  Client routes ("/", "/functions/x", ...) are not paths
 * of files: whoever serves decides which paths get "/index.html".
 */
const struct ui_asset *ui_asset_find(struct slice path);

#endif

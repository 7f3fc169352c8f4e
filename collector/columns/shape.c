/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/shape.h"

#include "base/ensure.h"

static enum column_store store_of_kind(unsigned kind, enum column_store of_bytes)
{
    switch ((enum value_kind)kind) {
    case VALUE_EMPTY:
        return COLUMN_NONE;
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DOUBLE:
        return COLUMN_INT;
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_ARRAY:
    case VALUE_MAP:
        break;
    }
    return of_bytes;
}

enum column_store shape_column_store(const struct column *column)
{
    switch ((enum field)column->field) {
    case FIELD_NAME:
    case FIELD_STATE:
    case FIELD_MESSAGE:
    case FIELD_SEVERITY_TEXT:
    case FIELD_EVENT_NAME:
        return COLUMN_TEXT;
    case FIELD_FLAGS:
    case FIELD_SEVERITY:
    case FIELD_SEQ:
    case FIELD_DROPPED:
        return COLUMN_INT;
    case FIELD_EVENTS:
    case FIELD_LINKS:
    case FIELD_ATTRS:
        return COLUMN_BLOB;
    case FIELD_BODY:
        return store_of_kind(column->kind, COLUMN_BLOB);
    case FIELD_ATTR:
        return store_of_kind(column->kind, COLUMN_TEXT);
    case FIELD_COUNT:
        break;
    }
    return COLUMN_NONE;
}

bool shape_column_valid(const struct column *column)
{
    if (column->field < FIELD_BODY) {
        return column->kind == 0 && column->nth == 0 && column->key == 0;
    }
    if (column->field == FIELD_BODY) {
        return column->kind != VALUE_EMPTY && column->kind <= VALUE_MAP && column->nth == 0 &&
               column->key == 0;
    }
    return column->field == FIELD_ATTR && column->kind <= VALUE_MAP;
}

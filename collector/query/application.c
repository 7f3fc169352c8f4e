/* SPDX-License-Identifier: Apache-2.0 */
#include "query/application.h"

struct slice application_of(const struct query *query, const struct function_facts *function)
{
    struct slice said = SLICE_EMPTY;
    if (query->declared != NULL) {
        said =
            declared_label_of(declared_of(query->declared, function->name), SLICE("application"));
    }
    return said.size > 0 ? said : function->application;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "query/search_private.h"

#include "base/ensure.h"

/* What an invocation is asked; everything else is asked of spans and lines. */
static bool of_facts(enum search_field field)
{
    switch (field) {
    case SEARCH_FIELD_FUNCTION:
    case SEARCH_FIELD_VERSION:
    case SEARCH_FIELD_INSTANCE:
    case SEARCH_FIELD_TRIGGER:
    case SEARCH_FIELD_REQUEST:
    case SEARCH_FIELD_TRACE:
    case SEARCH_FIELD_ID:
    case SEARCH_FIELD_STATUS:
    case SEARCH_FIELD_ERROR:
    case SEARCH_FIELD_COLD:
    case SEARCH_FIELD_TIMEOUT:
    case SEARCH_FIELD_OOM:
    case SEARCH_FIELD_DURATION:
    case SEARCH_FIELD_INIT:
    case SEARCH_FIELD_WAIT:
    case SEARCH_FIELD_BILLED:
    case SEARCH_FIELD_COST:
    case SEARCH_FIELD_MEMORY:
        return true;
    case SEARCH_FIELD_SERVICE:
    case SEARCH_FIELD_NAME:
    case SEARCH_FIELD_KIND:
    case SEARCH_FIELD_LEVEL:
    case SEARCH_FIELD_TEXT:
    case SEARCH_FIELD_ATTR:
        break;
    }
    return false;
}

static void add_atom(const struct search_expr *expr, struct search_atoms *atoms, uint32_t node,
                     bool needed)
{
    ENSURE(atoms->count < SEARCH_TERM_COUNT_MAX);
    struct search_atom *atom = &atoms->items[atoms->count++];
    *atom = (struct search_atom){
        .first = expr->nodes[node].first,
        .node = node,
        .facts = true,
        .needed = needed,
    };
    for (uint32_t i = atom->first; i <= node; i++) {
        const struct search_term *term = expr->nodes[i].term;
        atom->facts = atom->facts && (term == NULL || of_facts(term->field));
    }
    atoms->records = atoms->records || !atom->facts;
}

struct left_node {
    uint32_t node;
    bool needed;
};

/* They are found from right to left. */
static void find_atoms(const struct search_expr *expr, struct search_atoms *atoms)
{
    struct left_node left[SEARCH_NODE_COUNT_MAX];
    uint32_t count = 0;
    left[count++] = (struct left_node){expr->count - 1, true};
    while (count > 0) {
        struct left_node one = left[--count];
        const struct search_node *node = &expr->nodes[one.node];
        bool both = node->kind == SEARCH_AND && one.needed;
        switch (node->kind) {
        case SEARCH_TERM:
        case SEARCH_GROUP:
            add_atom(expr, atoms, one.node, one.needed);
            break;
        case SEARCH_NOT:
            left[count++] = (struct left_node){one.node - 1, false};
            break;
        case SEARCH_AND:
        case SEARCH_OR:
            left[count++] = (struct left_node){(uint32_t)expr->nodes[one.node - 1].first - 1, both};
            left[count++] = (struct left_node){one.node - 1, both};
            break;
        }
    }
}

void search_atoms_make(const struct search_expr *expr, struct search_atoms *atoms)
{
    *atoms = (struct search_atoms){.count = 0};
    if (expr->count == 0) {
        return;
    }
    find_atoms(expr, atoms);
    for (uint32_t i = 0; i < atoms->count / 2; i++) {
        struct search_atom swap = atoms->items[i];
        atoms->items[i] = atoms->items[atoms->count - 1 - i];
        atoms->items[atoms->count - 1 - i] = swap;
    }
}

static enum search_truth joined(enum search_node_kind kind, enum search_truth one,
                                enum search_truth other)
{
    enum search_truth decides = kind == SEARCH_AND ? SEARCH_NO : SEARCH_YES;
    if (one == decides || other == decides) {
        return decides;
    }
    return one == SEARCH_UNKNOWN || other == SEARCH_UNKNOWN ? SEARCH_UNKNOWN : one;
}

enum search_truth search_atoms_truth(const struct search_expr *expr,
                                     const struct search_atoms *atoms,
                                     const struct search_known *known)
{
    enum search_truth truths[SEARCH_NODE_COUNT_MAX];
    uint32_t count = 0, at = 0;
    if (expr->count == 0) {
        return SEARCH_YES;
    }
    for (uint32_t i = 0; i < expr->count; i++) {
        const struct search_node *node = &expr->nodes[i];
        if (at < atoms->count && i >= atoms->items[at].first) {
            i = atoms->items[at].node;
            truths[count++] = (enum search_truth)known->truths[at++];
        } else if (node->kind == SEARCH_NOT) {
            enum search_truth *truth = &truths[count - 1];
            *truth = *truth == SEARCH_UNKNOWN ? SEARCH_UNKNOWN
                     : *truth == SEARCH_YES   ? SEARCH_NO
                                              : SEARCH_YES;
        } else {
            truths[count - 2] = joined(node->kind, truths[count - 2], truths[count - 1]);
            count--;
        }
    }
    ENSURE(count == 1 && at == atoms->count);
    return truths[0];
}

void search_atoms_meet(const struct search_expr *expr, const struct search_atoms *atoms, bool facts,
                       const struct search_record *record, struct search_known *known)
{
    for (uint32_t i = 0; i < atoms->count; i++) {
        if (atoms->items[i].facts == facts && known->truths[i] != SEARCH_YES &&
            search_node_matches(expr, atoms->items[i].node, record)) {
            known->truths[i] = SEARCH_YES;
        }
    }
}

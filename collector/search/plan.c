/* SPDX-License-Identifier: Apache-2.0 */
#include "search/plan.h"

#include "proto/names.h"
#include "search/glob.h"

#include <math.h>

/* One condition in the place of a term; *exact: it is the same as the term. */
static bool attr_condition(const struct search_term *term, struct scan_condition *condition,
                           bool *exact)
{
    *exact = !slice_starts(term->key, SLICE("exception."));
    *condition = (struct scan_condition){
        .test = SCAN_ATTR,
        .key = term->key,
        .text = term->value,
        .string = term->string,
    };
    return *exact && term->test == SEARCH_TEST_IS;
}

static bool sender_condition(const struct search_term *term, struct slice key,
                             struct scan_condition *condition)
{
    *condition = (struct scan_condition){
        .test = SCAN_ATTR,
        .where = SCAN_OF_RESOURCE,
        .key = key,
        .text = term->value,
        .string = true,
    };
    return term->test == SEARCH_TEST_IS;
}

static bool text_condition(const struct search_term *term, struct scan_condition *condition,
                           bool *exact)
{
    if (term->test == SEARCH_TEST_WORDS) {
        *condition = (struct scan_condition){.test = SCAN_WORDS, .text = term->value};
        return true;
    }
    struct slice part = glob_part(term->value);
    size_t stars = term->value.size - part.size;
    bool both = slice_starts(term->value, SLICE("*")) && slice_ends(term->value, SLICE("*"));
    *condition = (struct scan_condition){.test = SCAN_TEXT, .text = part};
    *exact = both && stars == 2;
    return term->test == SEARCH_TEST_PARTS && part.size > 0;
}

static bool plain_condition(const struct search_term *term, enum scan_test test,
                            struct scan_condition *condition)
{
    *condition = (struct scan_condition){.test = test, .text = term->value};
    return term->test == SEARCH_TEST_IS;
}

/* Durations are whole nanoseconds. */
static uint64_t whole(double bound)
{
    return bound <= 0 ? 0 : bound >= (double)INT64_MAX ? INT64_MAX : (uint64_t)bound;
}

static bool duration_conditions(const struct search_term *term, struct search_plan *plan)
{
    if (term->test != SEARCH_TEST_RANGE || plan->count + 2 > SCAN_CONDITIONS_MAX) {
        return false;
    }
    plan->conditions[plan->count++] = (struct scan_condition){
        .test = SCAN_DURATION_MIN,
        .duration_ns = term->low_without && term->low >= 0 ? whole(floor(term->low)) + 1
                                                           : whole(ceil(term->low)),
    };
    if (isfinite(term->high)) {
        plan->conditions[plan->count++] = (struct scan_condition){
            .test = SCAN_DURATION_MAX,
            .duration_ns = whole(floor(term->high)),
        };
    }
    return !isfinite(term->high) || (!term->high_without && term->high >= 0);
}

/* Whether a term became a condition; *exact as above. */
static bool term_condition(const struct search_term *term, unsigned signals,
                           struct scan_condition *condition, bool *exact)
{
    *exact = true;
    switch (term->field) {
    case SEARCH_FIELD_ATTR:
        return attr_condition(term, condition, exact);
    case SEARCH_FIELD_FUNCTION:
        return plain_condition(term, SCAN_FUNCTION, condition);
    case SEARCH_FIELD_SERVICE:
        return plain_condition(term, SCAN_SERVICE, condition);
    case SEARCH_FIELD_NAME:
        return term->value.size <= PHRASE_SIZE_MAX && plain_condition(term, SCAN_NAME, condition);
    case SEARCH_FIELD_VERSION:
        return sender_condition(term, NAME_FAAS_VERSION, condition);
    case SEARCH_FIELD_INSTANCE:
        return sender_condition(term, NAME_FAAS_INSTANCE, condition);
    case SEARCH_FIELD_TEXT:
        return text_condition(term, condition, exact);
    case SEARCH_FIELD_ERROR: /* What the text of a line says of its level is in no column. */
        *condition = (struct scan_condition){.test = SCAN_ERROR};
        return signals == SCAN_SPANS && term->test == SEARCH_TEST_FLAG && term->flag;
    case SEARCH_FIELD_KIND:
    case SEARCH_FIELD_TRIGGER:
    case SEARCH_FIELD_REQUEST:
    case SEARCH_FIELD_TRACE:
    case SEARCH_FIELD_ID:
    case SEARCH_FIELD_LEVEL:
    case SEARCH_FIELD_STATUS:
    case SEARCH_FIELD_COLD:
    case SEARCH_FIELD_TIMEOUT:
    case SEARCH_FIELD_OOM:
    case SEARCH_FIELD_DURATION:
    case SEARCH_FIELD_INIT:
    case SEARCH_FIELD_WAIT:
    case SEARCH_FIELD_BILLED:
    case SEARCH_FIELD_COST:
    case SEARCH_FIELD_MEMORY:
        break;
    }
    return false;
}

static void take_term(const struct search_term *term, unsigned signals, struct search_plan *plan)
{
    struct scan_condition condition;
    bool exact;
    if (term->test == SEARCH_TEST_ID) {
        plan->exact = false;
        plan->has_id = true;
        plan->id = term->id;
    } else if (term->field == SEARCH_FIELD_DURATION && (signals & SCAN_SPANS) != 0) {
        plan->exact = duration_conditions(term, plan) && plan->exact;
    } else if (plan->count < SCAN_CONDITIONS_MAX &&
               term_condition(term, signals, &condition, &exact)) {
        plan->conditions[plan->count++] = condition;
        plan->exact = plan->exact && exact;
    } else {
        plan->exact = false;
    }
}

void search_plan_make(const struct search_expr *expr, uint32_t node, unsigned signals,
                      struct search_plan *plan)
{
    uint32_t left[SEARCH_NODE_COUNT_MAX]; /* Nodes that all depends on. */
    uint32_t count = 0;
    *plan = (struct search_plan){.exact = true};
    if (expr->count > 0) {
        left[count++] = node;
    }
    while (count > 0) {
        uint32_t at = left[--count];
        const struct search_node *one = &expr->nodes[at];
        switch (one->kind) {
        case SEARCH_TERM:
            take_term(one->term, signals, plan);
            break;
        case SEARCH_GROUP:
            left[count++] = at - 1;
            break;
        case SEARCH_AND:
            left[count++] = at - 1;
            left[count++] = (uint32_t)expr->nodes[at - 1].first - 1;
            break;
        case SEARCH_NOT:
        case SEARCH_OR:
            plan->exact = false;
            break;
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/attempts.h"
#include "model/derive.h"
#include "model/model_limits.h"

#include "base/ensure.h"

/* When an attempt was, as far as its own facts tell. */
struct spell {
    int64_t start_ns, end_ns; /* UNKNOWN_NS */
    bool exact;               /* START was seen; else start_ns is concluded from durations. */
};

static struct spell spell_make(int64_t start_ns, int64_t time_ns, int64_t reported_ns,
                               int64_t end_ns)
{
    struct spell spell = {start_ns, end_ns, start_ns != UNKNOWN_NS};
    if (!spell.exact && (end_ns == UNKNOWN_NS || time_ns < end_ns)) {
        spell.start_ns = time_ns; /* That of an END alone is no start. */
    }
    if (spell.end_ns == UNKNOWN_NS && spell.start_ns != UNKNOWN_NS && reported_ns != UNKNOWN_NS) {
        spell.end_ns = spell.start_ns + reported_ns;
    }
    return spell;
}

static int64_t first_known(int64_t one, int64_t other)
{
    return one != UNKNOWN_NS ? one : other;
}

static struct spell spell_of_row(const struct invocation *row)
{
    return spell_make(first_known(row->start_told_ns, row->span_start_ns), row->time_ns,
                      row->reported_ns,
                      first_known(row->done_ns, first_known(row->span_end_ns, row->end_ns)));
}

static struct spell spell_of_told(const struct told *told)
{
    return spell_make(told->start_ns, told->time_ns, told->reported_ns,
                      first_known(told->done_ns, told->end_ns));
}

static int64_t apart(int64_t one_ns, int64_t other_ns)
{
    return one_ns > other_ns ? one_ns - other_ns : other_ns - one_ns;
}

static bool overlap(const struct spell *one, const struct spell *other, int64_t slack_ns)
{
    int64_t one_end_ns = first_known(one->end_ns, one->start_ns);
    int64_t other_end_ns = first_known(other->end_ns, other->start_ns);
    return one->start_ns <= other_end_ns + slack_ns && other->start_ns <= one_end_ns + slack_ns;
}

/* Whether something without START goes on with what has one: it begins or ends inside, or soon
 * after a START that has no end yet. */
static bool goes_on(const struct spell *begun, const struct spell *rest)
{
    bool open = begun->end_ns == UNKNOWN_NS;
    if (rest->start_ns == UNKNOWN_NS) {
        int64_t last_ns = open ? begun->start_ns + INVOCATION_NS_MAX : begun->end_ns;
        return rest->end_ns >= begun->start_ns - ATTEMPT_SLACK_NS &&
               rest->end_ns <= last_ns + ATTEMPT_LOOSE_SLACK_NS;
    }
    int64_t last_ns = open ? begun->start_ns + ATTEMPT_INIT_NS : begun->end_ns;
    return rest->start_ns >= begun->start_ns - ATTEMPT_LOOSE_SLACK_NS &&
           rest->start_ns <= last_ns + ATTEMPT_LOOSE_SLACK_NS;
}

/* How far two spells are apart when they are of one attempt; -1 when they are not. */
static int64_t distance(const struct spell *one, const struct spell *other)
{
    bool timed = (one->start_ns != UNKNOWN_NS || one->end_ns != UNKNOWN_NS) &&
                 (other->start_ns != UNKNOWN_NS || other->end_ns != UNKNOWN_NS);
    if (!timed) {
        return INT64_MAX; /* Nothing speaks against it. */
    }
    int64_t far_ns = one->start_ns != UNKNOWN_NS && other->start_ns != UNKNOWN_NS
                         ? apart(one->start_ns, other->start_ns)
                         : apart(first_known(one->end_ns, one->start_ns),
                                 first_known(other->end_ns, other->start_ns));
    if (one->exact && other->exact) {
        return far_ns <= ATTEMPT_SLACK_NS || overlap(one, other, 0) ? far_ns : -1;
    }
    if (one->exact || other->exact) {
        const struct spell *begun = one->exact ? one : other;
        return goes_on(begun, one->exact ? other : one) ? far_ns : -1;
    }
    if (one->start_ns == UNKNOWN_NS || other->start_ns == UNKNOWN_NS) {
        return far_ns <= ATTEMPT_LOOSE_SLACK_NS ? far_ns : -1;
    }
    return overlap(one, other, ATTEMPT_LOOSE_SLACK_NS) ? far_ns : -1;
}

static bool agrees(uint32_t one, uint32_t other)
{
    return one == other || one == TEXT_EMPTY || other == TEXT_EMPTY;
}

/* Whether attempts in two instances may be one: in the same one, or where one has no name. */
static bool same_place(const struct view *view, uint32_t one, uint32_t other)
{
    if (one == other) {
        return true;
    }
    const struct instance *a = &view->instances.rows[one];
    const struct instance *b = &view->instances.rows[other];
    return (a->pool != b->pool || a->made_up != b->made_up) &&
           a->identity.name == b->identity.name &&
           agrees(a->identity.account, b->identity.account) &&
           agrees(a->identity.region, b->identity.region);
}

uint32_t attempts_find(const struct view *view, uint32_t instance, uint32_t request,
                       const struct told *told)
{
    struct spell spell = spell_of_told(told);
    uint32_t best = ROW_NONE;
    int64_t best_ns = INT64_MAX;
    uint32_t looked = 0;
    for (uint32_t i = view->ids.rows[request].invocations;
         i != ROW_NONE && looked < ATTEMPT_LOOK_COUNT;
         i = view->invocations.rows[i].request_next, looked++) {
        const struct invocation *row = &view->invocations.rows[i];
        if (row->instance != instance &&
            !(same_place(view, row->instance, instance) && view->instances.rows[instance].pool)) {
            continue;
        }
        struct spell other = spell_of_row(row);
        int64_t far_ns = distance(&spell, &other);
        if (far_ns >= 0 && (best == ROW_NONE || far_ns < best_ns)) {
            best = i;
            best_ns = far_ns;
        }
    }
    return best;
}

bool attempts_room(const struct view *view, uint32_t request)
{
    uint32_t count = 0;
    for (uint32_t i = view->ids.rows[request].invocations;
         i != ROW_NONE && count < ATTEMPT_LOOK_COUNT; i = view->invocations.rows[i].request_next) {
        count++;
    }
    return count < ATTEMPT_LOOK_COUNT;
}

/* ---- Instances that turn out to be one. ---- */

uint32_t attempts_place(const struct view *view, uint32_t instance)
{
    const struct instance *row = &view->instances.rows[instance];
    return row->lent && row->twin != ROW_NONE ? row->twin : instance;
}

/* What a stream alone tells of is the agent's instance's, too. */
static void move(struct view *view, uint32_t row, uint32_t instance)
{
    uint32_t from = view->invocations.rows[row].instance;
    derive_retract(view, row);
    for (uint32_t i = 0; i < view->instances.rows[from].init_count; i++) {
        struct init *init = &view->instances.rows[from].inits[i];
        init->invocation = init->invocation == row ? ROW_NONE : init->invocation;
    }
    view->invocations.rows[row].instance = instance;
    derive_touch_invocation(view, row);
    derive_touch_instance(view, instance);
}

/* A stream is that of an instance whose agent made up a name. */
static void lend(struct view *view, uint32_t stream, uint32_t instance)
{
    struct instance *row = &view->instances.rows[stream];
    derive_retract_inits(view, stream);
    row->lent = true; /* Its inits are told by the other one's agent. */
    row->twin = instance;
    view->instances.rows[instance].twin = stream;
    while (row->invocation_count > 0) {
        move(view, row->invocations[row->invocation_count - 1], instance);
    }
    derive_touch_instance(view, stream);
}

/* ---- Rows that turn out to be one. ---- */

static void unchain(struct view *view, uint32_t row)
{
    uint32_t *at = &view->ids.rows[view->invocations.rows[row].request].invocations;
    while (*at != row) {
        ENSURE(*at != ROW_NONE);
        at = &view->invocations.rows[*at].request_next;
    }
    *at = view->invocations.rows[row].request_next;
}

/* All that one row knows is the other's from now on. */
static void join(struct view *view, uint32_t into, uint32_t from)
{
    struct invocation *row = &view->invocations.rows[from];
    struct instance *instance = &view->instances.rows[row->instance];
    uint32_t stream = row->instance;
    uint32_t place = view->invocations.rows[into].instance;
    bool lent = place != stream && !instance->pool && view->instances.rows[place].made_up &&
                row->start_told_ns != UNKNOWN_NS &&
                first_known(view->invocations.rows[into].start_told_ns,
                            view->invocations.rows[into].span_start_ns) != UNKNOWN_NS;
    invocations_join(&view->invocations.rows[into], &view->texts, row);
    derive_retract(view, from);
    unchain(view, from);
    for (uint32_t i = 0; i < instance->init_count; i++) {
        if (instance->inits[i].invocation == from) {
            instance->inits[i].invocation = ROW_NONE;
        }
    }
    derive_touch_instance(view, row->instance);
    invocations_bury(&view->invocations, from);
    derive_touch_invocation(view, into);
    if (lent && !instance->lent) {
        lend(view, stream, place);
    }
}

/* Which of two rows of one attempt stays: the agent's, then the one whose instance has a name. */
static bool stays(const struct view *view, uint32_t one, uint32_t other)
{
    const struct invocation *a = &view->invocations.rows[one];
    const struct invocation *b = &view->invocations.rows[other];
    if ((a->attempt_told > 0) != (b->attempt_told > 0)) {
        return a->attempt_told > 0;
    }
    bool a_pool = view->instances.rows[a->instance].pool;
    bool b_pool = view->instances.rows[b->instance].pool;
    return a_pool != b_pool ? b_pool : one < other;
}

/* Another row of the same attempt, or ROW_NONE. */
static uint32_t twin_of(const struct view *view, uint32_t index)
{
    const struct invocation *row = &view->invocations.rows[index];
    struct spell spell = spell_of_row(row);
    uint32_t best = ROW_NONE;
    int64_t best_ns = INT64_MAX;
    uint32_t looked = 0;
    for (uint32_t i = view->ids.rows[row->request].invocations;
         i != ROW_NONE && looked < ATTEMPT_LOOK_COUNT;
         i = view->invocations.rows[i].request_next, looked++) {
        const struct invocation *other = &view->invocations.rows[i];
        if (i == index || (row->attempt_told > 0 && other->attempt_told > 0) ||
            !same_place(view, row->instance, other->instance)) {
            continue;
        }
        struct spell others = spell_of_row(other);
        int64_t far_ns = distance(&spell, &others);
        if (far_ns >= 0 && (best == ROW_NONE || far_ns < best_ns)) {
            best = i;
            best_ns = far_ns;
        }
    }
    return best;
}

void attempts_join(struct view *view)
{
    const struct touched *touched = &view->touched_invocations;
    for (uint32_t i = 0; i < touched->count; i++) {
        uint32_t row = touched->rows[i];
        while (!view->invocations.rows[row].dead) {
            uint32_t twin = twin_of(view, row);
            if (twin == ROW_NONE) {
                break;
            }
            bool first = stays(view, row, twin);
            join(view, first ? row : twin, first ? twin : row);
        }
    }
    for (uint32_t i = 0; i < touched->count; i++) {
        const struct invocation *row = &view->invocations.rows[touched->rows[i]];
        if (!row->dead && attempts_place(view, row->instance) != row->instance) {
            move(view, touched->rows[i], attempts_place(view, row->instance));
        }
    }
}

/* ---- Numbers. ---- */

static void number(struct view *view, uint32_t request, uint32_t instance)
{
    uint32_t rows[ATTEMPT_LOOK_COUNT];
    uint32_t count = 0;
    for (uint32_t i = view->ids.rows[request].invocations;
         i != ROW_NONE && count < ATTEMPT_LOOK_COUNT; i = view->invocations.rows[i].request_next) {
        const struct invocation *row = &view->invocations.rows[i];
        if (row->instance != instance) {
            continue;
        }
        uint32_t at = count++;
        while (at > 0 && view->invocations.rows[rows[at - 1]].start_ns > row->start_ns) {
            rows[at] = rows[at - 1];
            at--;
        }
        rows[at] = i;
    }
    uint32_t before = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct invocation *row = &view->invocations.rows[rows[i]];
        uint32_t attempt = row->attempt_told > 0 ? row->attempt_told : before + 1;
        while (row->attempt_told == 0 && invocations_find(&view->invocations, instance,
                                                          row->request_id, attempt) != ROW_NONE) {
            attempt++;
        }
        row->attempt = before = attempt;
    }
}

void attempts_number(struct view *view)
{
    const struct touched *touched = &view->touched_invocations;
    for (uint32_t i = 0; i < touched->count; i++) {
        const struct invocation *row = &view->invocations.rows[touched->rows[i]];
        if (!row->dead && (row->attempt_told == 0 || row->request_next != ROW_NONE ||
                           view->ids.rows[row->request].invocations != touched->rows[i])) {
            number(view, row->request, row->instance);
        }
    }
}

bool attempts_behind(const struct view *view, const struct invocation *invocation)
{
    bool behind = false;
    uint32_t looked = 0;
    for (uint32_t i = view->ids.rows[invocation->request].invocations;
         i != ROW_NONE && !behind && looked < ATTEMPT_LOOK_COUNT;
         i = view->invocations.rows[i].request_next) {
        const struct invocation *row = &view->invocations.rows[i];
        behind = row->start_ns != UNKNOWN_NS && row->start_ns < invocation->start_ns;
        looked++;
    }
    return behind;
}

void attempts_touch_others(struct view *view)
{
    const struct touched *touched = &view->touched_invocations;
    for (uint32_t i = 0, count = touched->count; i < count; i++) {
        const struct invocation *row = &view->invocations.rows[touched->rows[i]];
        uint32_t first = row->dead ? ROW_NONE : view->ids.rows[row->request].invocations;
        uint32_t looked = 0;
        for (uint32_t k = first; k != ROW_NONE && looked < ATTEMPT_OTHERS_COUNT;
             k = view->invocations.rows[k].request_next) {
            if (k != touched->rows[i]) {
                derive_touch_invocation(view, k);
            }
            looked++;
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_PARTS_H
#define THAW_AGENT_PARTS_H

#include "core/core.h"

/*
 * The parts of the core, for each other only.
 *
 *     core.c    takes in what happened, keeps the facts
 *     inits.c   inits, and who waited for them
 *     instance.c who we are
 *     emit.c    facts -> records          line.c   a log line -> a record
 *     arrival.c what invoked it, and what waited in front of it
 *     payload.c its event and its answer as they were
 *     text.c    redacts texts         held.c   lines that wait for what comes of it
 *     batch.c   records -> a batch, and what the answer to it means
 *     account.c what all this costs
 *     restore.c a snapshot wakes up as another instance
 *     flush.c   when to send, when to ask for the next event, when to end
 */

/* ---- inits.c ---- */

/* platform.initStart or restoreStart; phase is what it is if the event does not say. */
void inits_start(struct core *core, struct core_now now, const struct event *event,
                 struct slice phase);

/* The end of the latest one, or the report of it. */
void inits_end(struct core *core, const struct event *event, bool report);

/* Whether the invocation that starts now waited for the latest init; and where nobody tells of
 * inits. */
void inits_judge(struct core *core, struct core_now now, struct invocation *row);
void inits_judge_untold(struct core *core, struct core_now now, struct invocation *row);

/* ---- emit.c ---- */

/* Decide who we are: the platform's word, or, if it is empty, an id of our own. */
void emit_fix_instance(struct core *core, struct slice instance, uint64_t wall_ns);

/* Begin a record in core->record and give its number; end it and put it into the queue. */
uint64_t emit_begin(struct core *core);
void emit_end(struct core *core, struct core_now now, enum block_signal signal,
              enum queue_class class, uint64_t seq);

/* The spans of an invocation whose end is known, once; the post_handler span. */
void emit_spans(struct core *core, struct core_now now, struct invocation *invocation);
void emit_post_handler(struct core *core, struct core_now now, const struct invocation *invocation);

/* Make records of all facts that have none yet; of those of inits alone. */
void emit_inits(struct core *core, struct core_now now);
void emit_facts(struct core *core, struct core_now now);
bool emit_facts_wait(const struct core *core);
void emit_invocation(struct core *core, struct core_now now, struct invocation *invocation);

void emit_stop(struct core *core, struct core_now now);
void emit_logs_dropped(struct core *core, struct core_now now, const struct event *event);

/* ---- arrival.c ---- */

/* What invoked it is known; what its runtime answered is. */
void arrival_trigger(struct core *core, struct invocation *row, const struct trigger *trigger);
void arrival_response(struct core *core, struct invocation *row, const struct core_input *input);

/* The row makes way, and what was kept for it with it. */
void arrival_forget(struct invocation *row);

/* Append the attributes, the links, and how many links there is no room for. */
void arrival_attributes(const struct invocation *row, uint32_t field, struct buf *out);
void arrival_links(const struct invocation *row, struct buf *out);
uint64_t arrival_links_dropped(const struct invocation *row);
struct slice arrival_trace_state(const struct invocation *row);

/* The spans of what waited in front of it, which began at start_ns. */
void arrival_spans(struct core *core, struct core_now now, const struct invocation *row,
                   uint64_t start_ns);

/* ---- outcome.c ---- */

/* The runtime has answered; it asks for its next event. */
void outcome_on_response(struct core *core, const struct invocation *row);
void outcome_on_asked(struct core *core, struct core_now now, const struct core_input *input);

/* Whether nothing that is known of the current invocation says that it failed. */
bool outcome_good(const struct core *core) THAW_CHECK;

/* ---- instance.c ---- */

/* Who we are is what the first event says: initStart comes first if it comes at all.  If that is
 * not who wrote the spool, what was replayed is not ours.  A restore makes another instance of the
 * same snapshot. */
void instance_learn(struct core *core, struct core_now now, const struct event *event);

/* ---- line.c ---- */

void line_emit(struct core *core, struct core_now now, const struct event *event);

/* ---- payload.c ---- */

/* Make a record of an event or an answer, if that is asked for. */
void payload_emit(struct core *core, struct core_now now, const struct core_input *input);

/* ---- text.c: what must not leave is cut out of texts ---- */

/* A text that was looked at.  It is valid until the next one is. */
struct text {
    struct slice window; /* Decoded; the end of the line before it first. */
    size_t from;         /* Where it begins itself. */
    uint64_t left_out;   /* Bytes of it, not decoded, that were not looked at. */
    bool open;           /* It may go on. */
    struct redact_found found;
};

/* What has become of it. */
struct text_record {
    uint64_t seq; /* 0: it is in no record that could be changed. */
    size_t body;  /* Its bytes at the end of the record. */
};

/* The longest front of at most size_max bytes that cuts no escape in two. */
struct json_string text_front(struct json_string string, size_t size_max);

/* Look at a text; at the next line of a source, if one is given. */
void text_read(struct core *core, struct json_string string, const struct held_source *source,
               struct text *text);

/* Look at the beginning of a text that is none of JSON; so many bytes of it are not there. */
void text_read_front(struct core *core, struct slice bytes, uint64_t behind, struct text *text);

/* Append it, redacted and cut to that size, and count. */
void text_write(struct core *core, const struct text *text, size_t size_max,
                struct held_account *account, struct buf *out);

/* Append a text as it is, cut to that size; so many bytes of it are not there. */
void text_plain(struct json_string string, size_t size_max, uint64_t behind, struct buf *out);

/* It is the next line of a source: change the records of those before it where a secret is in
 * both.  Then keep what the one after it needs. */
void text_joint(struct core *core, struct held_source *source, const struct text *text);
void text_keep(struct core *core, struct core_now now, struct held_source *source,
               struct json_string string, struct text *text, const struct text_record *record);

/* No line goes on with what was written so far; or it has had its time. */
void text_end(struct core *core);
void text_wait(struct core *core, struct core_now now);
uint64_t text_wait_ns(const struct core *core);

/* A short text, redacted: itself, or what was written of it. */
struct slice text_short(struct core *core, struct slice raw, struct held_account *account,
                        struct buf *out);

/* Keep an error type, if there is one: the function names its errors as it likes. */
void text_error_type(struct core *core, struct invocation_text *place, struct slice text,
                     struct held_account *account);

/* The same in place. */
void text_blot(struct core *core, unsigned char *bytes, size_t size, struct held_account *account);

/* ---- held.c: lines that wait for the end of their invocation ---- */

/* Whether a line waits until its invocation has failed. */
enum held_wait {
    HELD_WAIT_AS_SET, /* As THAW_LOGS says. */
    HELD_WAIT_NONE,
    HELD_WAIT_ERROR,
};

struct held_line {
    struct invocation *invocation; /* Or NULL. */
    unsigned severity;             /* 0: not known. */
    uint64_t time_ns;
    uint64_t seq;
    bool joint; /* The next line may change it. */
    bool note;  /* Ours: it does not count against the budget. */
    enum held_wait wait;
};

/* Put the record that was written into the queue, held if need be.  False: it is not there. */
bool held_push(struct core *core, struct core_now now, const struct held_line *line);

/* An invocation has started: what was held before belongs to it. */
void held_start(struct core *core, struct invocation *row);

/* An init has ended. */
void held_init_end(struct core *core, const struct init *init);

/* An invocation has ended; complete: no more will be known of it. */
void held_end(struct core *core, struct core_now now, struct invocation *row, bool complete);

/* Its row makes way; everything ends. */
void held_evict(struct core *core, struct core_now now, struct invocation *row);
void held_stop(struct core *core, struct core_now now);

/* Append what is known of an invocation's lines as attributes of its event. */
void held_write(const struct held_account *account, struct buf *out);

/* ---- batch.c ---- */

/* Build a batch, of a signal that has none, of what waits: all that does, or, in a flush that has
 * begun, what did at its beginning.  False: there was nothing. */
bool batch_cut(struct core *core, struct core_now now, bool all);

/* Whether there is a batch; and one that is not in flight. */
bool batch_built(const struct core *core);
bool batch_rests(const struct core *core);

/* Whether there is anything to build one of. */
bool batch_wanted(const struct core *core);

/* Send a batch that rests, behind those that are in flight. */
void batch_send(struct core *core, struct core_now now, struct core_actions *actions);

/* Batches have been answered, or will not be. */
void batch_answer(struct core *core, struct core_now now, const struct core_input *input);

/* ---- account.c ---- */

/* An invocation has come, and is not the current one yet. */
void account_on_invoke(struct core *core, struct core_now now);

/* A batch has been answered, or will not be. */
void account_exchange(struct core *core, const struct core_batch *batch,
                      const struct core_input *input);

/* Append what is known as attributes of its event. */
void account_write_invocation(const struct core *core, const struct invocation *invocation,
                              struct buf *out);
void account_write_stop(const struct core *core, struct buf *out);

/* What has not been told as metrics, and is from now on.  The answer is how many there are. */
#define ACCOUNT_NUMBERS_MAX (15 + CORE_DROPS)
size_t account_numbers(struct core *core, struct metrics_number numbers[ACCOUNT_NUMBERS_MAX]);

/* ---- restore.c ---- */

/* We may be a copy now. */
void restore_begin(struct core *core, struct core_now now, const uint64_t seed[2],
                   struct core_actions *actions);

/* Be another instance; an empty one is not told. */
void restore_become(struct core *core, struct core_now now, struct slice instance,
                    uint64_t epoch_ns);

/* Take from an event who we are after a restore.  False: it is not about that, and we are who we
 * were. */
bool restore_learn(struct core *core, struct core_now now, const struct event *event);

/* ---- flush.c ---- */

void flush_on_invoke(struct core *core, struct core_now now);
/* failure: of an invocation that did not succeed. */
void flush_on_report(struct core *core, struct core_now now, bool failure);
void flush_on_shutdown(struct core *core, struct core_now now, uint64_t deadline_ns);
void flush_decide(struct core *core, struct core_now now, enum core_input_kind kind,
                  struct core_actions *actions);

#endif

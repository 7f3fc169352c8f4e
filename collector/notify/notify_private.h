/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_PRIVATE_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_PRIVATE_H

#include "notify/notify_book.h"

/*
 * What the parts of the book ask of each other.
 */

/* ---- notify_book.c ---- */

/* Add an alert, whose note is taken over; NULL: there is no room, and the note is dropped. */
struct notify_alarm *notify_book_add_alarm(struct notify_book *book, struct notify_note *note,
                                           uint64_t now_ns) THAW_CHECK;

/* ---- notify_groups.c ---- */

/* Put an alert into the groups that the plan has for it. */
void notify_groups_join(struct notify_book *book, struct notify_alarm *alarm, uint64_t now_ns);

/* The group of an id, or NULL; and a new one, whose title is taken over. */
struct notify_group *notify_groups_find(const struct notify_book *book, uint64_t id);
struct notify_group *notify_groups_add(struct notify_book *book,
                                       struct notify_title *title) THAW_CHECK;

/* Let every group that tells at once and has this alert be due. */
void notify_groups_poke(struct notify_book *book, uint64_t fingerprint, uint64_t now_ns);

/* Take alerts that are over and told of out of a group; the group is gone if it is empty. */
void notify_groups_prune(struct notify_book *book, struct notify_group *group);

/* Forget a group. */
void notify_groups_remove(struct notify_book *book, struct notify_group *group);

/* Free what a group has. */
void notify_groups_clear(struct notify_group *group);

/* The log of a target, made if there is none; NULL without memory. */
struct notify_log *notify_groups_log(struct notify_group *group, uint64_t target) THAW_CHECK;

/* Whether a log has an alert as told. */
const struct notify_told *notify_log_find(const struct notify_log *log, uint64_t fingerprint);

/* ---- notify_flush.c ---- */

/* A group is due: messages for those of its targets that have something to be told. */
void notify_flush_group(struct notify_book *book, struct notify_group *group, uint64_t now_ns);

/* ---- notify_messages.c ---- */

/* Room for one more message; NULL: too many wait, or no memory. */
struct notify_message *notify_messages_add(struct notify_book *book) THAW_CHECK;

/* The latest was not made after all. */
void notify_messages_take_back(struct notify_book *book);

/* Keep the name of the receiver; false without memory. */
bool notify_messages_name(struct notify_message *message, struct slice receiver) THAW_CHECK;

/* A copy that holds all it needs; false without memory. */
bool notify_messages_copy(const struct notify_message *message,
                          struct notify_message *copy) THAW_CHECK;

/* A message that waits is given up. */
void notify_messages_fail(struct notify_book *book, struct notify_message *message,
                          const char *error, uint64_t now_ns);

/* Free what a message has. */
void notify_messages_clear(struct notify_message *message);

#endif

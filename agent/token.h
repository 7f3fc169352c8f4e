/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_TOKEN_H
#define THAW_AGENT_TOKEN_H

#include "agent_limits.h"

#include "aws/secret.h"
#include "base/slice.h"
#include "base/status.h"
#include "net/loop.h"
#include "net/peer.h"
#include "net/url.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The collector's token, where AWS keeps it: asked for over TLS when the agent
 * is ready, kept in a file beside the spool that only its owner can read, and
 * asked for anew when the collector refuses it.  Or it is known from the start,
 * and if it came out of a file, that is read again when the collector refuses
 * it.  The token is never logged.
 */
struct token_settings {
    struct secret_name name; /* Its ARN is empty: no such token. */
    struct sigv4_key key;    /* Of the environment; without one, the container has it. */
    struct url api;
    struct slice roots_path; /* Who vouches for the API; empty: the system's roots. */
    struct url container;    /* Where the container's key is; its host is empty: nowhere. */
    struct slice container_authorization;
    struct slice cache; /* The file; empty: none. */
    const struct web_proxy *proxy;
    struct slice text; /* The token, where no ARN stands for it; empty: none. */
    struct slice file; /* Which it came from; empty: none. */
};

/* Called when asking has ended: there is a token now, or reason says why not. */
typedef void token_done(void *context, const char *reason);

struct token {
    const struct token_settings *settings;
    token_done *done;
    void *context;
    enum token_state {
        TOKEN_NONE, /* None is configured. */
        TOKEN_MISSING,
        TOKEN_ASKING_KEY,
        TOKEN_ASKING,
        TOKEN_HERE,
    } state;
    bool cached;       /* It is out of the file: it may be an old one. */
    uint64_t due_ns;   /* When asking takes too long; UINT64_MAX: nothing is asked. */
    uint64_t next_ns;  /* Asked no sooner than this. */
    uint64_t again_ns; /* A refusal asks anew no sooner than this. */
    struct sigv4_key key;
    struct peer container;
    struct peer api;
    unsigned number; /* Of the token: one more each time that there is another one. */
    size_t line_size;
    size_t key_size;
    char path[AGENT_PATH_MAX];
    char line[AGENT_TOKEN_MAX + 64]; /* The header. */
    char key_texts[AGENT_TOKEN_KEY_MAX];
    char head[AGENT_TOKEN_HEAD_MAX];
    char body[AGENT_TOKEN_ARN_MAX + 64];
};

void token_init(struct token *token, struct loop *loop, const struct token_settings *settings,
                token_done *done, void *context);

/* Take the one that was kept, or begin to ask. */
void token_begin(struct token *token, uint64_t now_ns);

/* Whether requests must wait: there is to be a token, and there is none. */
bool token_missing(const struct token *token) THAW_CHECK;

/* Ask, unless that is under way.  False: it is too soon after the last time. */
bool token_ask(struct token *token, uint64_t now_ns) THAW_CHECK;

/* The header, or the empty slice. */
struct slice token_line(const struct token *token);

/* The collector has refused the token of this number.  True: it is missing now, and asked for anew;
 * or there is another one already. */
bool token_refused(struct token *token, unsigned number, uint64_t now_ns) THAW_CHECK;

/* After a restore from a snapshot: ask or read anew, and use no connection of before. */
void token_renew(struct token *token);

/* When token_time() is to be called; UINT64_MAX: never. */
uint64_t token_due_ns(const struct token *token);
void token_time(struct token *token, uint64_t now_ns);

#endif

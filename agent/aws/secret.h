/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_SECRET_H
#define THAW_AGENT_SECRET_H

#include "aws/sigv4.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A token that AWS keeps for us: a secret of Secrets Manager or a parameter of
 * Systems Manager, named by its ARN.  Writes the request for it and reads the
 * answers.  Pure.
 */
struct secret_name {
    struct slice arn;
    struct slice region;
    bool china;     /* The partition whose hosts end otherwise. */
    bool parameter; /* Not a secret. */
};

/* Take "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME" or
 * "arn:aws:ssm:REGION:ACCOUNT:parameter/NAME" apart.  False: it is neither. */
bool secret_parse_arn(struct slice arn, struct secret_name *name) THAW_CHECK;

/* Append the host that answers for it. */
void secret_host(const struct secret_name *name, struct buf *out);

struct secret_request {
    struct slice host; /* As the Host header says. */
    struct slice path; /* "/" but where somebody else's endpoint wants another. */
    uint64_t wall_ns;
    struct sigv4_key key;
};

/* Append head and body of the request.  False: something in it is too long. */
bool secret_ask(const struct secret_name *name, const struct secret_request *request,
                struct buf *head, struct buf *body) THAW_CHECK;

/*
 * Append the token that an answer holds: the text of the secret or parameter,
 * without white space around it, or, if that is a JSON object, its member
 * "token".  False: there is none that could stand in a header.
 */
bool secret_read(const struct secret_name *name, struct slice answer, struct buf *token) THAW_CHECK;

/* Whether the text can stand in a header as a token. */
bool secret_is_token(struct slice text) THAW_CHECK;

/* Read what the container credentials endpoint answers; texts go to the buf, and must fit.  False:
 * it holds no key. */
bool secret_read_key(struct slice answer, struct sigv4_key *key, struct buf *texts) THAW_CHECK;

#endif

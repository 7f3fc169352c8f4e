/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_ENCODE_RECORD_H
#define THAW_STREAMS_ENCODE_RECORD_H

#include "streams/encode_body.h"

/* Records of docs/reference/wire.md, "What log streams tell", appended to a body of logs. */
void encode_record_invocation(struct encode_body *body, const struct stream_invocation *invocation);
void encode_record_init(struct encode_body *body, const struct stream_init *init);
void encode_record_line(struct encode_body *body, const struct stream_line *line);

#endif

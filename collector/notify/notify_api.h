/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_API_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_API_H

struct notify;
struct web_request;

/*
 * Answers below /api/thaw/v1/ (docs/reference/api.md).  Any thread.
 */
void notify_api_notifications(struct notify *notify, struct web_request *request); /* GET */
void notify_api_test(struct notify *notify,
                     struct web_request *request); /* POST notifications/test */
void notify_api_silences(struct notify *notify, struct web_request *request); /* GET */
void notify_api_silence(struct notify *notify, struct web_request *request);  /* POST silences */
void notify_api_silence_alert(struct notify *notify,
                              struct web_request *request); /* POST alerts/... */
void notify_api_unsilence(struct notify *notify,
                          struct web_request *request); /* DELETE silences/ID */
void notify_api_deploys(struct notify *notify, struct web_request *request); /* GET */
void notify_api_deploy(struct notify *notify, struct web_request *request);  /* POST deploys */

#endif

/*
 * call.h - a request that is sent again where that does no harm, and what is
 * said when there is no answer that helps.
 */
#ifndef GN_CLI_REMOTE_CALL_H
#define GN_CLI_REMOTE_CALL_H

#include "cli/remote/remote_internal.h"
#include "cli/report.h"

/* Sends a request that may be sent again: up to --retries times more, when the
 * way is broken or the service says later (429, 503, 409 with Retry-After; 502
 * and 504 of what stands between). reply is to be freed. */
void call(remote *r, const http_request *request, http_reply *reply);

/* The same for one that must not be done twice: only when it was not done. */
void call_once(remote *r, const http_request *request, http_reply *reply);

/* Whether another try is of use, and after how long: the try'th (from 0). */
bool call_again(const http_reply *reply, unsigned try, uint64_t *pause_ms);

/* Says on stderr what became of a request whose answer is none of use, and
 * returns the exit code. source: of the script that was sent, or NULL. */
int call_complain(remote *r, const char *path, const http_reply *reply,
                  const report_source *source);

#endif

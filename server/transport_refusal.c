/*
 * transport_refusal.c - gives the library's own refusals the form of ours.
 *
 * A header line without a colon, a Content-Length or chunk size that is no
 * number, a version that is not HTTP/1.x, a head beyond the library's buffer:
 * all these libmicrohttpd answers by itself, before any callback, with a page
 * of HTML. Like everybody it hands that to MHD_queue_response, and calls it as
 * an exported symbol, so the one defined here is found first (System V ABI,
 * symbol interposition) and puts a problem in its place. It never looks into a
 * request and decides no status.
 */
#include <assert.h>
#include <dlfcn.h>

#include "server/transport_internal.h"

typedef enum MHD_Result queue_function(struct MHD_Connection *, unsigned,
                                       struct MHD_Response *);

static queue_function *library_queue;

bool refusal_init(void) {
  void *found = dlsym(RTLD_NEXT, "MHD_queue_response");

  static_assert(sizeof found == sizeof library_queue, "POSIX says so");
  memcpy(&library_queue, &found, sizeof found);
  return found != NULL;
}

enum MHD_Result refusal_queue(struct MHD_Connection *mhd, unsigned status,
                              struct MHD_Response *response) {
  return library_queue(mhd, status, response);
}

static const char *fault_of(unsigned status, enum http_fault *fault) {
  switch (status) {
  case 413:
    *fault = HTTP_FAULT_BODY;
    return "Its length does not fit in 64 bits.";
  case 414:
    *fault = HTTP_FAULT_TARGET;
    return "The request line is larger than 6 KiB.";
  case 431:
    *fault = HTTP_FAULT_HEAD;
    return "The head of the request is larger than 6 KiB.";
  case 505:
    *fault = HTTP_FAULT_VERSION;
    return "HTTP/1.1 and HTTP/1.0 are spoken here.";
  case 500:
    *fault = HTTP_FAULT_MEMORY;
    return "There is no memory for the request.";
  default:
    *fault = HTTP_FAULT_MALFORMED;
    return "The request line, a header line, Content-Length or a chunk is "
           "malformed.";
  }
}

/* Called by the library alone. Ours is written past it, and the sending side
 * shut, so its own fails to be sent, which ends the connection. (It would not
 * survive a failure of this function everywhere.) */
enum MHD_Result MHD_queue_response(struct MHD_Connection *mhd, unsigned status,
                                   struct MHD_Response *response) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  struct conn *conn = info != NULL ? info->socket_context : NULL;
  enum http_fault fault;
  const char *detail = fault_of(status, &fault);

  if (conn != NULL) {
    conn->mhd = mhd;
    request_refused(conn, fault, detail);
  }
  return library_queue(mhd, status, response);
}

/*
 * tls.h - certificates, and what TLS needs of each connection. The library
 * that serves HTTP does the reading and writing; this file knows no request.
 * For the loop thread only.
 */
#ifndef SERVER_TLS_H
#define SERVER_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/config.h"

/* A certificate with its chain and its key; counted, since connections go on
 * with the one that they began with. */
struct tls_cert;

/* Reads two PEM files. NULL when anything is wrong, which is told with the
 * file and the reason; what is odd goes to warnings. */
struct tls_cert *tls_load(const char *cert_path, const char *key_path,
                          struct config_faults *faults,
                          struct config_faults *warnings);
struct tls_cert *tls_hold(struct tls_cert *cert);
void tls_release(struct tls_cert *cert); /* NULL is fine */

/* Seconds since 1970 when it is no longer valid. */
int64_t tls_expires(const struct tls_cert *cert);

/* The PEM texts, and which versions and ciphers there are: TLS 1.2 and 1.3. */
const char *tls_cert_pem(const struct tls_cert *cert);
const char *tls_key_pem(const struct tls_cert *cert);
extern const char tls_priorities[];

/* When the steps of a handshake may be taken; all calls come from within. */
struct tls_gate {
  void *data;
  bool (*enter)(void *data); /* false: not now; it is tried again later */
  void (*blocked)(void *data, bool writing); /* it waits for the client */
  void (*over)(void *data);                  /* it is done, or has failed */
  /* What the session has decrypted; 0 bytes: its end. False: the library must
   * not see it, and closes the connection. */
  bool (*received)(void *data, const char *bytes, size_t len);
};

/* Has a session (gnutls_session_t), before its handshake, use the certificate
 * and the gate. A reference has to be held until the session ends. */
void tls_begin(struct tls_cert *cert, void *session, struct tls_gate *gate);

/* Handshakes that were completed since the start. */
uint64_t tls_handshakes(void);

/* Writes bytes through a session as far as they go at once, and a close
 * notice. */
void tls_send_last(void *session, const char *head, size_t head_len,
                   const char *body, size_t body_len);

/* Takes a session away from the HTTP library, whose closing of it does nothing
 * from now on, and moves it to this descriptor. */
void tls_take(void *session, int fd);

/* For a session that was taken: sends some, 0 when the socket is full (go on
 * with the same bytes then), -1 when it is dead; a close notice; its end. */
ptrdiff_t tls_send(void *session, const char *bytes, size_t len);
void tls_say_closing(void *session);
void tls_free(void *session);

/* ---- tls_client.c ---- */

/* A client that trusts anybody, over a connected, blocking socket: to ask
 * ourselves. NULL: no handshake could be had. */
struct tls_client;
struct tls_client *tls_client_open(int fd);
bool tls_client_send(struct tls_client *client, const char *bytes, size_t len);
/* Like recv. */
ptrdiff_t tls_client_receive(struct tls_client *client, char *out, size_t size);
void tls_client_close(struct tls_client *client);

#endif

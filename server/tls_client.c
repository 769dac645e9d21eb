/*
 * tls_client.c - the client's side of TLS, for --check-health alone: who
 * answers at our own address is trusted.
 */
#include <gnutls/gnutls.h>
#include <stdlib.h>

#include "server/tls.h"

struct tls_client {
  gnutls_session_t session;
  gnutls_certificate_credentials_t credentials;
};

static bool shake_hands(struct tls_client *client, int fd) {
  int error;

  if (gnutls_certificate_allocate_credentials(&client->credentials) != 0 ||
      gnutls_init(&client->session,
                  GNUTLS_CLIENT | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS) != 0 ||
      gnutls_set_default_priority(client->session) != 0 ||
      gnutls_credentials_set(client->session, GNUTLS_CRD_CERTIFICATE,
                             client->credentials) != 0)
    return false;
  gnutls_transport_set_int(client->session, fd);
  do {
    error = gnutls_handshake(client->session);
  } while (error == GNUTLS_E_WARNING_ALERT_RECEIVED);
  return error == 0;
}

struct tls_client *tls_client_open(int fd) {
  struct tls_client *client = calloc(1, sizeof *client);

  if (client == NULL || shake_hands(client, fd))
    return client;
  tls_client_close(client);
  return NULL;
}

bool tls_client_send(struct tls_client *client, const char *bytes, size_t len) {
  return gnutls_record_send(client->session, bytes, len) == (ssize_t)len;
}

ptrdiff_t tls_client_receive(struct tls_client *client, char *out,
                             size_t size) {
  ssize_t got = GNUTLS_E_AGAIN;

  /* What came may not have been for us; each try has the socket's patience. */
  for (int i = 0; got == GNUTLS_E_AGAIN && i < 3; i++)
    got = gnutls_record_recv(client->session, out, size);
  return got;
}

void tls_client_close(struct tls_client *client) {
  if (client->session != NULL)
    gnutls_deinit(client->session);
  if (client->credentials != NULL)
    gnutls_certificate_free_credentials(client->credentials);
  free(client);
}

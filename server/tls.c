/*
 * tls.c - see tls.h. The HTTP library calls gnutls_handshake as an exported
 * symbol, so the one defined here is found first (System V ABI, symbol
 * interposition); that is where the gate stands.
 */
#include "server/tls.h"

#include <assert.h>
#include <dlfcn.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "server/lines.h"

/* Before a certificate ends, so that somebody takes care of it. */
#define SOON_S (14 * 24 * 3600)

struct tls_cert {
  size_t refs; /* beside the first */
  gnutls_certificate_credentials_t credentials;
  gnutls_datum_t ticket_key; /* of sessions that are taken up again */
  struct lines cert, key;
  int64_t expires;
};

/* AES-128 first: SHA-384, which comes with AES-256, makes a handshake a
 * quarter dearer, and 128 bits are enough. */
const char tls_priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM:"
    "+CHACHA20-POLY1305:+AES-256-GCM:%SERVER_PRECEDENCE";

/* ---- loading ------------------------------------------------------------ */

/* A list of certificates, the server's own first. */
struct chain {
  gnutls_x509_crt_t *list;
  unsigned len;
};

static void free_chain(struct chain *chain) {
  for (unsigned i = 0; i < chain->len; i++)
    gnutls_x509_crt_deinit(chain->list[i]);
  gnutls_free(chain->list);
}

static gnutls_datum_t datum_of(const struct lines *lines) {
  return (gnutls_datum_t){(unsigned char *)lines->text, (unsigned)lines->len};
}

static bool read_chain(struct tls_cert *cert, const char *path,
                       struct chain *chain, struct config_faults *faults) {
  gnutls_datum_t pem = datum_of(&cert->cert);
  int error = gnutls_x509_crt_list_import2(&chain->list, &chain->len, &pem,
                                           GNUTLS_X509_FMT_PEM, 0);

  if (error >= 0 && chain->len > 0)
    return true;
  *chain = (struct chain){0};
  config_fault(faults, "tls-cert: '%.400s' is no certificate in PEM: %s", path,
               error < 0 ? gnutls_strerror(error) : "there is none in it");
  return false;
}

static bool read_key(struct tls_cert *cert, const char *path,
                     gnutls_x509_privkey_t *key, struct config_faults *faults) {
  gnutls_datum_t pem = datum_of(&cert->key);
  int error = gnutls_x509_privkey_init(key);

  if (error == 0)
    error =
        gnutls_x509_privkey_import2(*key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
  if (error >= 0)
    return true;
  if (error == GNUTLS_E_DECRYPTION_FAILED)
    config_fault(faults, "tls-key: '%.400s' is locked by a password", path);
  else
    config_fault(faults, "tls-key: '%.400s' is no private key in PEM: %s", path,
                 gnutls_strerror(error));
  return false;
}

static bool join(struct tls_cert *cert, struct chain *chain,
                 gnutls_x509_privkey_t key, const char *cert_path,
                 const char *key_path, struct config_faults *faults) {
  int error = gnutls_certificate_allocate_credentials(&cert->credentials);

  if (error == 0)
    error = gnutls_session_ticket_key_generate(&cert->ticket_key);
  if (error == 0)
    error = gnutls_certificate_set_x509_key(cert->credentials, chain->list,
                                            (int)chain->len, key);
  if (error == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
    config_fault(faults,
                 "tls-key: '%.400s' does not belong to the certificate in "
                 "'%.400s'",
                 key_path, cert_path);
  else if (error < 0)
    config_fault(faults, "tls-cert: '%.400s' can't be used: %s", cert_path,
                 gnutls_strerror(error));
  return error >= 0;
}

/* What an operator would want to know before clients do. */
static void look_around(struct tls_cert *cert, gnutls_x509_crt_t own,
                        const char *cert_path, const char *key_path,
                        struct config_faults *warnings) {
  int64_t now = time(NULL);
  struct stat file;

  cert->expires = gnutls_x509_crt_get_expiration_time(own);
  if (cert->expires <= now)
    config_fault(warnings, "tls-cert: '%.400s' has expired", cert_path);
  else if (cert->expires - now < SOON_S)
    config_fault(warnings, "tls-cert: '%.400s' expires in %lld days", cert_path,
                 (long long)((cert->expires - now) / (24 * 3600)));
  if (gnutls_x509_crt_get_activation_time(own) > now)
    config_fault(warnings, "tls-cert: '%.400s' is not valid yet", cert_path);
  if (stat(key_path, &file) == 0 && (file.st_mode & 077) != 0)
    config_fault(warnings,
                 "tls-key: '%.400s' is open to others (mode %04o); chmod 600",
                 key_path, (unsigned)(file.st_mode & 07777));
}

static bool load(struct lines *lines, const char *setting, const char *path,
                 struct config_faults *faults) {
  const char *why;

  if (lines_load(lines, path, &why))
    return true;
  config_fault(faults, "%s: '%.400s' can't be read: %s", setting, path, why);
  return false;
}

struct tls_cert *tls_load(const char *cert_path, const char *key_path,
                          struct config_faults *faults,
                          struct config_faults *warnings) {
  struct tls_cert *cert = calloc(1, sizeof *cert);
  gnutls_x509_privkey_t key = NULL;
  struct chain chain = {0};
  bool good = false;

  if (cert == NULL) {
    config_fault(faults, "tls-cert: there is no memory");
    return NULL;
  }
  /* Both are looked at, so that both faults are told. */
  good = load(&cert->cert, "tls-cert", cert_path, faults) &&
         read_chain(cert, cert_path, &chain, faults);
  good &= load(&cert->key, "tls-key", key_path, faults) &&
          read_key(cert, key_path, &key, faults);
  good = good && join(cert, &chain, key, cert_path, key_path, faults);
  if (good)
    look_around(cert, chain.list[0], cert_path, key_path, warnings);
  free_chain(&chain);
  gnutls_x509_privkey_deinit(key);
  if (good)
    return cert;
  tls_release(cert);
  return NULL;
}

struct tls_cert *tls_hold(struct tls_cert *cert) {
  if (cert != NULL)
    cert->refs++;
  return cert;
}

void tls_release(struct tls_cert *cert) {
  if (cert == NULL || cert->refs-- > 0)
    return;
  if (cert->credentials != NULL)
    gnutls_certificate_free_credentials(cert->credentials);
  if (cert->ticket_key.data != NULL)
    gnutls_memset(cert->ticket_key.data, 0, cert->ticket_key.size);
  gnutls_free(cert->ticket_key.data);
  if (cert->key.text != NULL)
    gnutls_memset(cert->key.text, 0, cert->key.len);
  lines_free(&cert->key);
  lines_free(&cert->cert);
  free(cert);
}

int64_t tls_expires(const struct tls_cert *cert) {
  return cert->expires;
}

const char *tls_cert_pem(const struct tls_cert *cert) {
  return cert->cert.text;
}

const char *tls_key_pem(const struct tls_cert *cert) {
  return cert->key.text;
}

/* ---- sessions ----------------------------------------------------------- */

static uint64_t handshakes;

uint64_t tls_handshakes(void) {
  return handshakes;
}

/* The library's own functions, under which ours are found first. */
static struct {
  int (*handshake)(gnutls_session_t);
  int (*bye)(gnutls_session_t, gnutls_close_request_t);
  void (*deinit)(gnutls_session_t);
  ssize_t (*receive)(gnutls_session_t, void *, size_t);
} own;

static void find(const char *name, void *function) {
  void *found = dlsym(RTLD_NEXT, name);

  static_assert(sizeof found == sizeof own.handshake, "POSIX says so");
  if (found == NULL)
    abort(); /* GnuTLS without its own functions */
  memcpy(function, &found, sizeof found);
}

static void find_own(void) {
  if (own.deinit != NULL)
    return;
  find("gnutls_handshake", &own.handshake);
  find("gnutls_bye", &own.bye);
  find("gnutls_record_recv", &own.receive);
  find("gnutls_deinit", &own.deinit);
}

/* What stands in a session that was taken, in place of a gate. */
static char taken;

static bool is_taken(gnutls_session_t session) {
  return gnutls_session_get_ptr(session) == &taken;
}

/* Called by the library, and by our own client, which has no gate. */
int gnutls_handshake(gnutls_session_t session) {
  const struct tls_gate *gate = gnutls_session_get_ptr(session);
  int result;

  find_own();
  if (gate == NULL)
    return own.handshake(session);
  if (!gate->enter(gate->data))
    return GNUTLS_E_AGAIN;
  result = own.handshake(session);
  if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED) {
    gate->blocked(gate->data, gnutls_record_get_direction(session) == 1);
  } else {
    handshakes += result == 0;
    gate->over(gate->data);
  }
  return result;
}

ssize_t gnutls_record_recv(gnutls_session_t session, void *bytes, size_t room) {
  const struct tls_gate *gate = gnutls_session_get_ptr(session);
  ssize_t got;

  find_own();
  got = own.receive(session, bytes, room);
  if (got < 0 || room == 0 || gate == NULL || is_taken(session) ||
      gate->received(gate->data, bytes, (size_t)got))
    return got;
  return GNUTLS_E_PREMATURE_TERMINATION;
}

int gnutls_bye(gnutls_session_t session, gnutls_close_request_t how) {
  find_own();
  return is_taken(session) ? 0 : own.bye(session, how);
}

void gnutls_deinit(gnutls_session_t session) {
  find_own();
  if (!is_taken(session))
    own.deinit(session);
}

void tls_take(void *session, int fd) {
  gnutls_session_set_ptr(session, &taken);
  gnutls_transport_set_int((gnutls_session_t)session, fd);
}

ptrdiff_t tls_send(void *session, const char *bytes, size_t len) {
  ssize_t sent = gnutls_record_send(session, bytes, len);

  if (sent >= 0)
    return sent;
  return sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED ? 0 : -1;
}

void tls_say_closing(void *session) {
  own.bye(session, GNUTLS_SHUT_WR);
}

void tls_free(void *session) {
  own.deinit(session);
}

void tls_begin(struct tls_cert *cert, void *session, struct tls_gate *gate) {
  gnutls_session_t s = session;

  gnutls_session_set_ptr(s, gate);
  gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cert->credentials);
  gnutls_session_ticket_enable_server(s, &cert->ticket_key);
}

void tls_send_last(void *session, const char *head, size_t head_len,
                   const char *body, size_t body_len) {
  gnutls_session_t s = session;

  if (gnutls_record_send(s, head, head_len) == (ssize_t)head_len &&
      (body_len == 0 ||
       gnutls_record_send(s, body, body_len) == (ssize_t)body_len))
    gnutls_bye(s, GNUTLS_SHUT_WR);
}

/*
 * listener.c - opens the listening socket; asks another process's. It serves
 * nothing itself.
 */
#include "server/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "server/config.h"
#include "server/tls.h"

/* Connections that may wait to be accepted; the kernel has its own maximum. */
#define BACKLOG 4096

static void write_address(int fd, char *address) {
  struct sockaddr_storage storage = {.ss_family = AF_UNSPEC};
  socklen_t size = sizeof storage;
  char host[INET6_ADDRSTRLEN] = "?";
  int port = 0;

  (void)getsockname(fd, (struct sockaddr *)&storage, &size);
  if (storage.ss_family == AF_INET6) {
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&storage;

    inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
    port = ntohs(v6->sin6_port);
    snprintf(address, LISTENER_TEXT, "[%s]:%d", host, port);
    return;
  }
  if (storage.ss_family == AF_INET) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)&storage;

    inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
    port = ntohs(v4->sin_port);
  }
  snprintf(address, LISTENER_TEXT, "%s:%d", host, port);
}

/* Returns a listening socket or -1 with errno set. */
static int open_one(const struct addrinfo *info) {
  const int on = 1;
  int fd =
      socket(info->ai_family, info->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
             info->ai_protocol);
  int error;

  if (fd < 0)
    return -1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
      listen(fd, BACKLOG) == 0)
    return fd;
  error = errno;
  close(fd);
  errno = error;
  return -1;
}

/* 0, or what gai_strerror knows. */
static int resolve(const char *host, uint16_t port, int flags,
                   struct addrinfo **found) {
  struct addrinfo hints = {.ai_family = AF_UNSPEC,
                           .ai_socktype = SOCK_STREAM,
                           .ai_flags = flags | AI_NUMERICSERV};
  char service[8];

  *found = NULL;
  snprintf(service, sizeof service, "%u", port);
  return getaddrinfo(host, service, &hints, found);
}

int listener_open(const char *listen, char *address, char *message,
                  size_t message_size) {
  char host[CONFIG_HOST_SIZE];
  struct addrinfo *found;
  uint16_t port;
  int fd = -1, error;

  if (!config_address(listen, host, &port))
    return -1;
  error = resolve(host, port, AI_PASSIVE, &found);
  if (error != 0) {
    snprintf(message, message_size, "listen: '%s' is not known here: %s",
             listen,
             error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
    return -1;
  }
  for (struct addrinfo *at = found; fd < 0 && at != NULL; at = at->ai_next)
    fd = open_one(at);
  if (fd < 0)
    snprintf(message, message_size, "listen: '%s' can't be had: %s", listen,
             strerror(errno));
  else
    write_address(fd, address);
  freeaddrinfo(found);
  return fd;
}

/* The service's other side. */
struct line {
  int fd;
  struct tls_client *tls; /* NULL: in plain */
};

static bool say(const struct line *line, const char *bytes, size_t len) {
  if (line->tls != NULL)
    return tls_client_send(line->tls, bytes, len);
  return send(line->fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Reads the start of an answer; whether it says 200. */
static int read_status(const struct line *line) {
  char answer[64];
  size_t len = 0;

  while (len < 12) {
    ssize_t got =
        line->tls != NULL
            ? tls_client_receive(line->tls, answer + len, sizeof answer - len)
            : recv(line->fd, answer + len, sizeof answer - len, 0);

    if (got <= 0)
      return -1;
    len += (size_t)got;
  }
  return memcmp(answer, "HTTP/1.1 200", 12) == 0 ? 0 : -1;
}

static int ask_on(int fd, bool tls) {
  static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
                                "Connection: close\r\n\r\n";
  struct line line = {.fd = fd};
  int result = -1;

  if (tls) {
    line.tls = tls_client_open(fd);
    if (line.tls == NULL)
      return -1;
  }
  if (say(&line, request, sizeof request - 1))
    result = read_status(&line);
  if (line.tls != NULL)
    tls_client_close(line.tls);
  return result;
}

static int ask(const struct addrinfo *info, bool tls) {
  const struct timeval patience = {.tv_sec = 3};
  int result = -1;
  int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, 0);

  if (fd < 0)
    return -1;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(fd, info->ai_addr, info->ai_addrlen) == 0)
    result = ask_on(fd, tls);
  close(fd);
  return result;
}

int listener_check(const char *listen, bool tls) {
  char host[CONFIG_HOST_SIZE];
  struct addrinfo *found;
  uint16_t port;
  int result = -1;

  if (!config_address(listen, host, &port))
    return -1;
  if (strcmp(host, "0.0.0.0") == 0)
    strcpy(host, "127.0.0.1");
  else if (strcmp(host, "::") == 0)
    strcpy(host, "::1");
  (void)resolve(host, port, 0, &found);
  for (struct addrinfo *at = found; result != 0 && at != NULL; at = at->ai_next)
    result = ask(at, tls);
  if (found != NULL)
    freeaddrinfo(found);
  return result;
}

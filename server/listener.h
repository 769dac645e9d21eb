/*
 * listener.h - the socket that clients connect to, and a client of our own
 * that asks whether the service there is alive.
 */
#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the address of a socket as text: [v6 address]:port and NUL. */
#define LISTENER_TEXT 64

/* A listening socket, non-blocking, on a valid HOST:PORT. Writes the address
 * it got (the port matters when 0 was asked for). -1, with a message that
 * names the address and the reason, when it can't be had. */
int listener_open(const char *listen, char *address, char *message,
                  size_t message_size);

/* GET /healthz at a listen address; one that means all addresses is asked on
 * this machine's own. 0 when the answer is 200 within three seconds, else
 * -1. Blocks; for a process that does nothing else. */
int listener_check(const char *listen, bool tls);

#endif

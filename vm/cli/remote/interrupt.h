/*
 * interrupt.h - SIGINT and SIGTERM: the first one is a wish that whoever waits
 * looks at, the second one ends the process at once.
 */
#ifndef GN_CLI_REMOTE_INTERRUPT_H
#define GN_CLI_REMOTE_INTERRUPT_H

#include <stdbool.h>

/* Begins to listen. False: said on stderr why not. */
bool interrupt_listen(void);

/* The first signal that came; 0: none. */
int interrupt_signal(void);

/* Is readable once there was a signal, until interrupt_drain. */
int interrupt_fd(void);
void interrupt_drain(void);

/* Whether a line of progress has to be wiped when the process ends. */
void interrupt_wipes(bool line);

#endif

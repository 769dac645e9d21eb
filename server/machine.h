/*
 * machine.h - what the machine, or the container, gives the process.
 */
#ifndef SERVER_MACHINE_H
#define SERVER_MACHINE_H

#include <stdint.h>

/* Bytes of memory that the process may use: the lowest limit of its control
 * groups (both versions), else the memory of the machine. */
uint64_t machine_memory(void);

/* Raises the limit of open files to what is allowed, and returns it. */
uint64_t machine_open_files(void);

/* Version of the event loop's library. */
const char *machine_loop_version(void);

#endif

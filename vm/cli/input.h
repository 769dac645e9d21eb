/*
 * input.h - looks at the JSON of --input before a program gets it.
 */
#ifndef GN_CLI_INPUT_H
#define GN_CLI_INPUT_H

#include <stdbool.h>

/* True when the text is one JSON value; else it is said on stderr what is
 * wrong and where. */
bool input_check(const char *json);

#endif

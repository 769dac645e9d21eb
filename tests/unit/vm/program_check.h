/*
 * program_check.h - what must hold of every compiled program: operands within
 * their tables, jumps to instructions, handlers and places in order. It reads
 * the opcode table, so a new instruction is checked as soon as it is there.
 */
#ifndef TESTS_UNIT_VM_PROGRAM_CHECK_H
#define TESTS_UNIT_VM_PROGRAM_CHECK_H

#include "compile/program.h"

/* NULL when all is well, else what is wrong (a static text). */
const char *program_check(const gn_program *program);

#endif

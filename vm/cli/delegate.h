/*
 * delegate.h - hands the commands that a service answers to gene-remote. It is
 * a program of its own since what it is linked with takes four times as long to
 * load as all of gene.
 */
#ifndef GN_CLI_DELEGATE_H
#define GN_CLI_DELEGATE_H

/* Becomes gene-remote, which lies beside this program, with the same
 * arguments. Returns the exit code when that is not to be had. */
int delegate(char **argv);

#endif

/*
 * keys.h - API keys: a file of names, hashes of tokens and grants; whose token
 * it is that came with a request. For the loop thread only.
 *
 * The file has a line for each key, of words with white space between:
 *
 *   NAME sha256=HEX [grants=fs,net,env,db:NAME] [max-wall=5s] [max-fuel=1e8]
 *        [max-memory=16MiB] [max-output=64KiB] [rate=10/s] [burst=20]
 *        [concurrency=4] [fuel-rate=1e8]
 *
 * A # begins a comment. The hash is that of the whole token, 64 hex digits.
 * Tokens are random and long, so that no salt or slow hash is needed.
 */
#ifndef SERVER_KEYS_H
#define SERVER_KEYS_H

#include <stdio.h>

#include "gene.h"
#include "server/account.h"
#include "server/config.h"

struct keys;
struct key_file;

/* No keys yet, so nobody is asked for one. NULL: out of memory. */
struct keys *keys_create(void);
void keys_destroy(struct keys *keys);

/* Reads a file whole. NULL when anything is wrong with it, and each fault is
 * told. What is odd, but no fault, goes to warnings. */
struct key_file *keys_read(const char *path, struct config_faults *faults,
                           struct config_faults *warnings);
void keys_drop(struct key_file *file);

/* The keys of the file are those that count from now on; it is used up. NULL:
 * nobody is asked for a key any more. False: no memory; all stays. */
bool keys_use(struct keys *keys, struct key_file *file);

/* Whether requests need a key. */
bool keys_are_asked_for(const struct keys *keys);

/* Whose token this is; NULL: nobody's. Takes the same time for any token that
 * is wrong. */
struct account *keys_find(struct keys *keys, gene_text_t token);

/* Those without a key. */
struct account *keys_anonymous(struct keys *keys);

/* What all without a key may ask for together. */
void keys_limit_anonymous(struct keys *keys, const struct quota_limits *limits);

/* How many keys there are. */
size_t keys_count(const struct keys *keys);

/* Makes a key: its token goes to `token`, its line to `line`. False: the name
 * can't be one. */
bool keys_make(const char *name, FILE *token, FILE *line);

#endif

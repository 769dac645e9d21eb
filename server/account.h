/*
 * account.h - whoever asks: the holder of an API key, or everybody without
 * one. What it may do, and what is counted for it. Plain data: keys.c makes
 * it, others read it.
 */
#ifndef SERVER_ACCOUNT_H
#define SERVER_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/quota.h"

/* What a key grants. Caps are those of one evaluation; 0: none of its own. */
struct grants {
  uint32_t capabilities; /* GENE_CAP_* */
  char *databases;       /* names with commas between; NULL: none */
  uint64_t max_wall;     /* ms */
  uint64_t max_fuel;
  uint64_t max_memory;
  uint64_t max_output;
  struct quota_limits quota;
};

/* One that was there once stays until the process ends, for futures and
 * requests refer to it: its key may go, and come back. */
struct account {
  struct account *next;
  uint32_t id; /* 0: those without a key */
  char *name;  /* of the key; NULL: those without */
  struct grants grants;
  struct quota quota; /* what is used; stays when the grants change */
};

/* The lower of what the service and what the key allows. */
static inline uint64_t account_cap(uint64_t service, uint64_t own) {
  return own != 0 && own < service ? own : service;
}

#endif

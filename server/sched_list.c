/*
 * sched_list.c - queues of evaluations. One is in a single queue at a time.
 */
#include <assert.h>

#include "server/sched_internal.h"

void eval_list_append(struct eval_list *list, struct eval *eval) {
  assert(eval->list == NULL);
  eval->list = list;
  eval->prev = list->tail;
  eval->next = NULL;
  if (list->tail != NULL)
    list->tail->next = eval;
  else
    list->head = eval;
  list->tail = eval;
  list->len++;
}

void eval_list_remove(struct eval *eval) {
  struct eval_list *list = eval->list;

  if (list == NULL)
    return;
  if (eval->prev != NULL)
    eval->prev->next = eval->next;
  else
    list->head = eval->next;
  if (eval->next != NULL)
    eval->next->prev = eval->prev;
  else
    list->tail = eval->prev;
  list->len--;
  eval->list = NULL;
}

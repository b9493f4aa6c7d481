/* What happened to a packet, as a tree, and the three ways to print it
 * (ovn-trace(8), OUTPUT). */
#ifndef WEFT_CLI_TRACE_NODE_H
#define WEFT_CLI_TRACE_NODE_H 1

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/dynamic-string.h"

/* What a node is, which says where it is printed. */
enum trace_node_type {
    TRACE_PIPELINE,         /* Entering a pipeline: a heading. */
    TRACE_TABLE,            /* The flow that matched in a stage. */
    TRACE_TRANSFORMATION,   /* A packet made or changed otherwise: a heading,
                             * everywhere. */
    TRACE_ACTION,           /* An action as the flow has it. */
    TRACE_JUMP,             /* The same, but a heading follows. */
    TRACE_NOTE,             /* A comment instead of an action... */
    TRACE_REMARK,           /* ...or on one. */
    TRACE_MODIFY,           /* A change of the packet, with values. */
    TRACE_ERROR             /* What went wrong or was taken for granted. */
};

struct trace_node {
    enum trace_node_type type;
    bool always_indented;       /* Even if it is the last of its parent. */
    char *text;                 /* Without a semicolon at the end of actions
                                 * and changes. */
    char *below;                /* Of a table: lines under it (--ovs), each
                                 * ending with a newline, or NULL. */
    struct trace_node *first, *last;    /* Children. */
    struct trace_node *next;            /* Sibling. */
    struct trace_node *parent;
};

/* A new child of 'parent', at the end. */
struct trace_node *trace_node_add(struct trace_node *parent,
                                  enum trace_node_type,
                                  const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Frees what is below 'node', which itself is the caller's. */
void trace_node_clear(struct trace_node *node);

/* Append the children of 'root'. */
void trace_print_detailed(const struct trace_node *root, struct ds *);
void trace_print_summary(const struct trace_node *root, struct ds *);
void trace_print_minimal(const struct trace_node *root, struct ds *);

#endif

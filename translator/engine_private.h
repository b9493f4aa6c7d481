/* What the files of the engine share; nobody else includes it. */
#ifndef WEFT_TRANSLATOR_ENGINE_PRIVATE_H
#define WEFT_TRANSLATOR_ENGINE_PRIVATE_H 1

#include "heap.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "translator/engine.h"

/* A kind in an engine. */
struct kind_state {
    const struct engine_kind *kind;
    struct kind_state **roots;  /* Kinds with one root for each key here. */
    size_t n_roots;
    struct engine_kind_stats stats;
};

/* That 'reader' read 'from'.  Which changes of a relation concern it:
 *
 *     mask 0, match 0: all
 *     mask 0, match 1: from empty to not empty and back
 *     else: members whose hash has 'match' under 'mask' */
struct engine_edge {
    struct ovs_list node;       /* In from->readers. */
    struct engine_node *from;
    struct engine_node *reader;
    uint32_t mask;
    uint32_t match;
};
enum { MATCH_ALL = 0, MATCH_EMPTINESS = 1 };

/* A member of a relation's key. */
struct engine_member {
    struct hmap_node hmap_node; /* In members, by engine_member_hash(). */
    uint32_t n_facts;           /* How often it is stated. */
    char name[];
};

/* A fact that a root states. */
struct engine_fact {
    struct engine_node *relation;
    struct engine_member *member;
};

/* An output; it exists while a root makes it or its going is not taken. */
struct engine_output_row {
    struct hmap_node hmap_node; /* In outputs, by hash of key. */
    struct ovs_list emissions;  /* struct engine_emission; one as a rule. */
    struct ovs_list changed;    /* In changes; of its own if not there. */
    char key[];
};

/* What one root makes of one output. */
struct engine_emission {
    struct ovs_list node;       /* In output->emissions. */
    struct engine_output_row *output;
    struct engine_node *root;
    uint64_t run;               /* The last run that made it. */
    char *data;
    size_t size;
};

struct engine_node {
    struct hmap_node hmap_node; /* In nodes, by kind and key. */
    struct kind_state *kind;
    struct heap_node heap_node; /* In queue, if is_queued. */
    uint64_t height;            /* Above everything it read. */
    uint64_t changed;           /* Engine's clock when it last did. */
    uint64_t read_by;           /* Last run that read all of it. */
    struct ovs_list readers;    /* struct engine_edge. */
    struct engine_edge *edges;  /* What it read. */
    uint32_t n_edges;
    uint32_t pass;              /* The engine_step() in which it ran last, */
    uint16_t n_runs;            /* ...and how often then. */
    bool is_queued;
    bool is_running;
    bool is_suspect;            /* In garbage: nobody may read it. */
    union {
        void *value;            /* Input, derived. */
        struct hmap members;    /* Relation: struct engine_member. */
        struct {                /* Root. */
            struct engine_fact *facts;
            struct engine_emission **emissions;
            size_t n_facts, n_emissions;
        };
    };
    const char *b;              /* Within a. */
    char a[];
};

/* An array that grows. */
struct vector {
    void *items;
    size_t n, allocated;
};

/* A read under way. */
struct pending_read {
    struct engine_node *node;
    uint64_t changed;           /* node->changed when it was read. */
    uint32_t mask, match;
};

/* A function that runs. */
struct engine_reader {
    struct engine *engine;
    struct engine_node *node;
    struct engine_reader *parent;   /* Whose read made it run. */
    uint64_t run;               /* Its number. */
    unsigned int depth;
    struct vector reads;        /* struct pending_read. */
    struct vector kept;         /* void *: freed at the end. */
    struct vector facts;        /* struct engine_fact. */
    struct vector emissions;    /* struct engine_emission *. */
};

/* A value that went while somebody may still look at it. */
struct engine_corpse {
    void *value;
    void (*destroy)(void *);
};

struct engine {
    struct kind_state *kinds;
    size_t n_kinds;
    struct hmap kind_index;     /* struct kind_slot, by pointer. */
    void (*between)(struct engine *, unsigned int stratum, void *aux);
    void *aux;

    struct hmap nodes;          /* struct engine_node. */
    struct heap queue;          /* Nodes to run, the lowest on top. */
    struct vector garbage;      /* struct engine_node *: may be unread. */
    struct vector corpses;      /* struct engine_corpse. */
    uint64_t clock;             /* Of changes. */
    uint64_t n_runs;
    uint64_t front;             /* All below this height is up to date. */
    unsigned int n_running;
    uint32_t pass;              /* Number of this engine_step(). */
    unsigned int stratum;       /* Where it is: all below is done. */

    struct hmap outputs;        /* struct engine_output_row. */
    struct ovs_list changes;    /* Those not taken since they changed. */
    size_t n_changes;
    struct engine_output_row *taken;    /* By the last next_change(). */
    size_t n_edges;
    size_t output_bytes;

    unsigned int n_faults;
    char *first_fault;
};

/* The height at which stratum 's' begins. */
#define STRATUM_HEIGHT(S) ((uint64_t) (S) << 32)
enum {
    ENGINE_MAX_DEPTH = 256,     /* Of reads within reads. */
    ENGINE_MAX_RUNS = 64,       /* Of one node in one engine_step(): more is a
                                 * cycle that never settles. */
};

/* engine_node.c */
struct kind_state *kind_find(const struct engine *,
                             const struct engine_kind *);
struct engine_node *node_find(const struct engine *,
                              const struct kind_state *,
                              const char *a, const char *b);
struct engine_node *node_get(struct engine *, struct kind_state *,
                             const char *a, const char *b);
void node_destroy(struct engine *, struct engine_node *);
void node_suspect(struct engine *, struct engine_node *);
void node_collect_garbage(struct engine *);
bool node_is_present(const struct engine_node *);
void node_unlink(struct engine *, struct engine_edge *edges, size_t n);
void node_notify(struct engine *, struct engine_node *);
void node_presence_changed(struct engine *, struct engine_node *);
void node_bury(struct engine *, void *value, void (*destroy)(void *));
void node_hold_funeral(struct engine *);

/* engine.c */
void engine_queue(struct engine *, struct engine_node *);
void engine_compute(struct engine *, struct engine_node *,
                    struct engine_reader *parent);
void engine_fault(struct engine *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* engine_relation.c */
struct engine_member *member_add(struct engine *, struct engine_node *,
                                 const char *name);
void member_remove(struct engine *, struct engine_node *,
                   struct engine_member *);

/* engine_output.c */
void emission_remove(struct engine *, struct engine_emission *);
void outputs_destroy(struct engine *);

/* engine_vector.c */
void *vector_push(struct vector *, size_t item_size);

#endif

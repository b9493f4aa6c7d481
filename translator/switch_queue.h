/* Queues of switch ports (qos_min_rate, qos_max_rate, qos_burst). */
#ifndef WEFT_TRANSLATOR_SWITCH_QUEUE_H
#define WEFT_TRANSLATOR_SWITCH_QUEUE_H 1

struct generate;
struct nb_logical_switch_port;

/* The number of the queue of 'lsp' where packets leave a hypervisor, as text:
 * the one that was given to it, or what its options say, or NULL. */
const char *switch_queue(struct generate *,
                         const struct nb_logical_switch_port *lsp);

#endif

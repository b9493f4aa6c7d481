/* Short names for the OpenFlow actions that the physical tables use. */
#ifndef WEFT_NODE_AGENT_OFPACTS_H
#define WEFT_NODE_AGENT_OFPACTS_H 1

#include <stdint.h>

#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"

/* set_field: 'value' into bits 'ofs' to 'ofs' + 'n_bits' - 1 of 'field';
 * fields of at most 64 bits, and the first 32 of tun_metadata0. */
void put_load(enum mf_field_id field, unsigned int ofs, unsigned int n_bits,
              uint64_t value, struct ofpbuf *ofpacts);
/* set_field of a whole field. */
void put_set(enum mf_field_id field, uint64_t value, struct ofpbuf *ofpacts);
/* set_field of an Ethernet address. */
void put_set_mac(enum mf_field_id field, const struct eth_addr mac,
                 struct ofpbuf *ofpacts);
void put_move(enum mf_field_id src, unsigned int src_ofs,
              enum mf_field_id dst, unsigned int dst_ofs,
              unsigned int n_bits, struct ofpbuf *ofpacts);
void put_resubmit(uint8_t table, struct ofpbuf *ofpacts);
void put_output(ofp_port_t port, struct ofpbuf *ofpacts);
/* Outputs to the first of the 'n' ports that works. */
void put_active_backup(const ofp_port_t *ports, size_t n,
                       struct ofpbuf *ofpacts);
/* Sends the packet to the agent with 'opcode' (enum packet_in_opcode). */
void put_controller(uint32_t opcode, struct ofpbuf *ofpacts);
void put_stack(enum ofpact_type push_or_pop, enum mf_field_id field,
               struct ofpbuf *ofpacts);

#endif

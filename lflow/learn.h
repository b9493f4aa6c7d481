/* OpenFlow's learn action (ovs-actions(7)), put together: flows that packets
 * make.
 *
 *     learn_start(ofpacts, OFTABLE_X, cookie, 20, 30);
 *     learn_field(ofpacts, MFF_IPV4_SRC, MFF_IPV4_DST);
 *     learn_load(ofpacts, MFF_REG10, 7, 1, 1);
 *     learn_finish(ofpacts);
 *
 * In between nothing else may be put in 'ofpacts'. */
#ifndef WEFT_LFLOW_LEARN_H
#define WEFT_LFLOW_LEARN_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lflow/u128.h"
#include "openvswitch/meta-flow.h"

struct ofpbuf;

/* The learned flows are in 'table', have 'cookie', live for so many seconds
 * (0: for ever), and go with the last flow that learns such. */
void learn_start(struct ofpbuf *ofpacts, uint8_t table, uint32_t cookie,
                 uint16_t idle_timeout_s, uint16_t hard_timeout_s);
/* The learned flow's 'dst' is to equal the packet's 'src'. */
void learn_field(struct ofpbuf *ofpacts, enum mf_field_id dst,
                 enum mf_field_id src);
/* The learned flow's 'dst' is to equal 'value'. */
void learn_match(struct ofpbuf *ofpacts, enum mf_field_id dst, u128 value);
/* The learned flow loads 'value' into bits 'ofs' to 'ofs' + 'n_bits' - 1 of
 * 'dst'; 'n_bits' 0: into all of it. */
void learn_load(struct ofpbuf *ofpacts, enum mf_field_id dst, unsigned int ofs,
                unsigned int n_bits, u128 value);
void learn_finish(struct ofpbuf *ofpacts);

/* Is 'table' one whose flows are all learned, and so nobody's to remove? */
bool learn_is_table(uint8_t table);

#endif

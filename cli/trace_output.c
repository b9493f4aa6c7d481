/* output: from ingress to egress, to each member of a multicast group, from
 * egress to the port or through it into the next datapath. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/trace_run.h"
#include "lflow/registers.h"
#include "util.h"

/* The name of the port with 'key': "" without one. */
static const char *
name_of_key(const struct trace_dp *dp, uint32_t key)
{
    const struct trace_port *port = key ? trace_dp_port_by_key(dp, key)
                                        : NULL;

    return port ? trace_port_name(port) : key ? "(unnamed)" : "";
}

struct trace_node *
trace_pipeline_heading(const struct trace_dp *dp, bool ingress,
                       const struct flow *flow, struct trace_node *parent)
{
    uint32_t in = trace_inport(flow);
    const char *inport = in ? name_of_key(dp, in) : "(unnamed)";

    if (ingress) {
        return trace_node_add(parent, TRACE_PIPELINE,
                              "ingress(dp=\"%s\", inport=\"%s\")",
                              trace_dp_name(dp), inport);
    }
    return trace_node_add(parent, TRACE_PIPELINE,
                          "egress(dp=\"%s\", inport=\"%s\", outport=\"%s\")",
                          trace_dp_name(dp), inport,
                          name_of_key(dp, trace_outport(flow)));
}

struct trace_node *
trace_jump_heading(const struct trace_dp *dp, bool ingress,
                   const struct flow *flow, struct trace_node *parent)
{
    return (ingress ? trace_pipeline_heading(dp, true, flow, parent)
            : trace_node_add(parent, TRACE_PIPELINE,
                             "egress(dp=\"%s\", outport=\"%s\")",
                             trace_dp_name(dp),
                             name_of_key(dp, trace_outport(flow))));
}

/* What a datapath's registers hold does not outlive its pipeline. */
static void
clear_registers(struct flow *flow, uint32_t inport, uint32_t outport)
{
    memset(flow->regs, 0, sizeof flow->regs);
    flow->regs[MFF_LOG_INPORT - MFF_REG0] = inport;
    flow->regs[MFF_LOG_OUTPORT - MFF_REG0] = outport;
}

static bool
is_looped(const struct flow *flow)
{
    return (trace_inport(flow) == trace_outport(flow)
            && !(flow->regs[MFF_LOG_FLAGS - MFF_REG0] & MLF_ALLOW_LOOPBACK));
}

static void
omit(struct trace_node *node)
{
    trace_node_add(node, TRACE_NOTE, "/* omitting output because inport == "
                   "outport && !flags.loopback */");
}

static void
run_egress(struct tracer *tracer, const struct flow *flow,
           struct trace_node *heading)
{
    struct flow packet = *flow;

    clear_registers(&packet, trace_inport(flow), trace_outport(flow));
    trace_table(tracer, tracer->dp, false, 0, &packet, heading);
}

/* A chassisredirect port stands for the distributed port that it is an
 * instance of. */
static void
replace_redirect(struct tracer *tracer, const struct trace_port *port,
                 struct flow *flow)
{
    const char *name = smap_get(&port->row->options, "distributed-port");
    const struct trace_port *real = name ? trace_dp_port(port->dp, name)
                                         : NULL;

    if (real) {
        trace_node_add(tracer->node, TRACE_NOTE, "/* Replacing type \"%s\" "
                       "outport \"%s\" with distributed port \"%s\". */",
                       port->type, trace_port_name(port),
                       trace_port_name(real));
        flow->regs[MFF_LOG_OUTPORT - MFF_REG0] = real->key;
    }
}

static void
output_to_group(struct tracer *tracer, const struct flow *flow)
{
    uint32_t key = trace_outport(flow);
    struct trace_node *group = trace_node_add(
        tracer->node, TRACE_PIPELINE, "multicast(dp=\"%s\", mcgroup=\"%s\")",
        trace_dp_name(tracer->dp), trace_mcast_name(tracer->dp, key));
    struct trace_port **members;
    size_t n;

    members = trace_mcast_members(tracer->dp, key, &n);
    for (size_t i = 0; i < n; i++) {
        struct flow packet = *flow;
        struct trace_node *heading;

        packet.regs[MFF_LOG_OUTPORT - MFF_REG0] = members[i]->key;
        if (members[i]->row->type == SB_PORT_TYPE_CHASSISREDIRECT) {
            replace_redirect(tracer, members[i], &packet);
        }
        heading = trace_pipeline_heading(tracer->dp, false, &packet, group);
        if (is_looped(&packet)) {
            omit(heading);
        } else {
            heading->always_indented = true;
            run_egress(tracer, &packet, heading);
        }
    }
    free(members);
}

static void
output_from_ingress(struct tracer *tracer, struct flow *flow)
{
    uint32_t key = trace_outport(flow);
    const struct trace_port *port;
    struct flow packet = *flow;

    if (trace_mcast_name(tracer->dp, key)) {
        output_to_group(tracer, flow);
        return;
    }
    port = trace_dp_port_by_key(tracer->dp, key);
    if (port && port->row->type == SB_PORT_TYPE_CHASSISREDIRECT) {
        replace_redirect(tracer, port, &packet);
    }
    if (!port) {
        trace_node_add(tracer->node, TRACE_ERROR,
                       "*** unknown port or multicast group %"PRIu32, key);
    } else if (is_looped(&packet)) {
        omit(tracer->node);
    } else {
        run_egress(tracer, &packet,
                   trace_pipeline_heading(tracer->dp, false, &packet,
                                          tracer->node));
    }
}

/* Through a patch port. */
static void
enter_peer(struct tracer *tracer, const struct trace_port *port,
           const struct flow *flow)
{
    const struct trace_port *peer = trace_port_peer(port);
    struct flow packet = *flow;

    if (!peer) {
        trace_node_add(tracer->node, TRACE_ERROR,
                       "*** output to port \"%s\" without a peer",
                       trace_port_name(port));
        return;
    }
    clear_registers(&packet, peer->key, 0);
    trace_table(tracer, peer->dp, true, 0, &packet,
                trace_pipeline_heading(peer->dp, true, &packet,
                                       tracer->node));
}

static void
output_from_egress(struct tracer *tracer, struct flow *flow)
{
    uint32_t key = trace_outport(flow);
    const struct trace_port *port = trace_dp_port_by_key(tracer->dp, key);
    const char *name;

    if (!port) {
        trace_node_add(tracer->node, TRACE_ERROR,
                       "*** output to unknown port %"PRIu32, key);
        return;
    }
    name = trace_port_name(port);
    trace_node_add(tracer->node, TRACE_NOTE,
                   "/* output to \"%s\", type \"%s\" */", name, port->type);
    if (port->row->type == SB_PORT_TYPE_PATCH
        || port->row->type == SB_PORT_TYPE_L3GATEWAY) {
        enter_peer(tracer, port, flow);
    } else {
        trace_node_add(tracer->node, TRACE_MODIFY, "output(\"%s\")", name);
    }
}

void
trace_output(struct tracer *tracer, struct flow *flow)
{
    if (!trace_outport(flow)) {
        trace_node_add(tracer->node, TRACE_ERROR,
                       "*** output to null logical port");
    } else if (tracer->ingress) {
        output_from_ingress(tracer, flow);
    } else {
        output_from_egress(tracer, flow);
    }
}

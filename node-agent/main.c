/* weft-agent: one per hypervisor (DESIGN.md, section 5). */
#include <config.h>

#include <stdlib.h>

#include "lib/service.h"
#include "node-agent/agent.h"
#include "openvswitch/poll-loop.h"
#include "store/config.h"
#include "util.h"

int
main(int argc, char *argv[])
{
    struct service_spec spec = {
        .name = "weft-agent",
        .summary = "programs the local Open vSwitch from etcd",
        .arguments = "",
        .settings = node_settings,
        .n_settings = n_node_settings,
        .more_settings = STORE_SETTINGS,
        .n_more_settings = N_STORE_SETTINGS,
    };
    struct service *service = service_create(argc, argv, &spec);
    struct agent *agent = agent_create(service, service_loop(service));

    service_started(service);
    while (!service_is_stopping(service)) {
        service_run(service);
        agent_run(agent);
        service_wait(service);
        agent_wait(agent);
        poll_block();
    }
    agent_destroy(agent);
    service_destroy(service);
    return EXIT_SUCCESS;
}

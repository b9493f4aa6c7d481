/* log(): one line for each packet that an ACL with logging matched, in
 * OVN's words (ovn-nb(5), ACL, log). */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <stdlib.h>

#include "lflow/packet_in.h"
#include "lflow/tables.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(acl_log);

/* vlog has fewer severities than syslog. */
static enum vlog_level
level_of(uint8_t severity)
{
    switch (severity) {
    case LFLOW_LOG_ALERT:
        return VLL_ERR;
    case LFLOW_LOG_WARNING:
        return VLL_WARN;
    case LFLOW_LOG_DEBUG:
        return VLL_DBG;
    default:
        return VLL_INFO;
    }
}

void
respond_log(struct pin *pin)
{
    const struct packet_in_log *log = (const void *) pin->data;
    bool ingress = pin->in->table_id < OFTABLE_OUTPUT_LARGE_DETECT;
    const char *verdict, *severity;
    struct flow headers = pin->headers;
    char *name, *packet;

    if (pin->size < sizeof *log) {
        pin->pi->stats.n_malformed++;
        return;
    }
    verdict = lflow_log_verdict_name(log->verdict);
    severity = lflow_log_severity_name(log->severity);
    name = xmemdup0((const char *) (log + 1), pin->size - sizeof *log);
    packet = flow_to_string(&headers, NULL);
    VLOG(level_of(log->severity),
         "name=\"%s\", verdict=%s, severity=%s, direction=%s: %s",
         name[0] ? name : "<unnamed>", verdict ? verdict : "<unknown>",
         severity ? severity : "<unknown>",
         ingress ? "from-lport" : "to-lport", packet);
    free(packet);
    free(name);
}

/* log() and trigger_event(): one line for each packet that an ACL with
 * logging matched, in OVN's words (ovn-nb(5), ACL, log), and for each that
 * found a load balancer without backends. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <stdlib.h>

#include "lflow/packet_in.h"
#include "lflow/tables.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "unaligned.h"
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

/* Texts come from users: control characters must not make lines. */
static void
put_text(struct ds *out, const uint8_t *text, size_t size)
{
    for (size_t i = 0; i < size && text[i]; i++) {
        ds_put_char(out, text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i]);
    }
}

void
respond_log(struct pin *pin)
{
    const struct packet_in_log *log = (const void *) pin->data;
    bool ingress = pin->in->table_id < OFTABLE_OUTPUT_LARGE_DETECT;
    const char *verdict, *severity;
    struct ds name = DS_EMPTY_INITIALIZER;
    char *packet;

    if (pin->size < sizeof *log) {
        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
        return;
    }
    verdict = lflow_log_verdict_name(log->verdict);
    severity = lflow_log_severity_name(log->severity);
    put_text(&name, (const uint8_t *) (log + 1), pin->size - sizeof *log);
    packet = flow_to_string(&pin->headers, NULL);
    VLOG(level_of(log->severity),
         "name=\"%s\", verdict=%s, severity=%s, direction=%s: %s",
         name.length ? ds_cstr(&name) : "<unnamed>",
         verdict ? verdict : "<unknown>",
         severity ? severity : "<unknown>",
         ingress ? "from-lport" : "to-lport", packet);
    free(packet);
    ds_destroy(&name);
}

/* ---- trigger_event() -------------------------------------------------- */

static const char *
event_option_name(uint16_t code)
{
    switch ((enum empty_lb_backends_option) code) {
#define EVENT_OPTION(OPTION, CODE, NAME) \
    case EMPTY_LB_BACKENDS_##OPTION: return NAME;
    EMPTY_LB_BACKENDS_OPTIONS
#undef EVENT_OPTION
    default: return "?";
    }
}

void
respond_event(struct pin *pin)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(10, 20);
    const uint8_t *p = pin->data, *end = p + pin->size;
    struct ds out = DS_EMPTY_INITIALIZER;

    if (end - p < 4 || get_unaligned_be32((const ovs_be32 *) p)
                       != htonl(PACKET_IN_EVENT_EMPTY_LB_BACKENDS)) {
        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
        return;
    }
    for (p += 4; end - p >= 4; ) {
        size_t size = p[2] << 8 | p[3];

        if (size > (size_t) (end - p) - 4) {
            break;
        }
        ds_put_format(&out, ", %s=", event_option_name(p[0] << 8 | p[1]));
        put_text(&out, p + 4, size);
        p += 4 + size;
    }
    VLOG_INFO_RL(&rl, "event=empty_lb_backends%s", ds_cstr(&out));
    ds_destroy(&out);
}

/* The REST interface: see api.h. */
#include <config.h>

#include "api/api.h"

#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/event_stream.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(api);

static void
handle(struct httpd_request *request, void *api_)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    struct api *api = api_;
    struct err err = ERR_INIT;

    if (api->config.answer_other
        && api->config.answer_other(request, api->config.aux)) {
        return;
    }
    if (auth_reload(api->auth, uv_hrtime() / 1000000, false, &err)) {
        VLOG_WARN_RL(&rl, "the tokens stay as they were: %s", err.message);
        err_clear(&err);
    }
    route_call(call_create(api, request));
}

int
api_create(const struct api_config *config, struct store *store,
           struct api **apip, struct err *err)
{
    struct api *api = xzalloc(sizeof *api);
    int error;

    error = auth_create(config->token_file, &api->auth, err);
    if (error) {
        free(api);
        return error;
    }
    api->config = *config;
    api->prefix = xstrdup(config->prefix);
    api->client = xstrdup(config->client);
    api->store = store;
    ovs_list_init(&api->calls);
    error = httpd_create(&config->http, store_loop(store), handle, api,
                         &api->httpd, err);
    if (error) {
        auth_destroy(api->auth);
        free(api->prefix);
        free(api->client);
        free(api);
        return error;
    }
    api->waiter = sync_waiter_create(store, api->prefix);
    api->streams = event_streams_create(api);
    *apip = api;
    return 0;
}

void
api_drain(struct api *api)
{
    api->draining = true;
    httpd_quiesce(api->httpd);
    event_streams_end(api->streams);
}

bool
api_is_idle(const struct api *api)
{
    return !httpd_n_pending(api->httpd);
}

void
api_destroy(struct api *api)
{
    if (!api) {
        return;
    }
    event_streams_destroy(api->streams);
    /* Tells every call that its client is gone; some answer at that. */
    httpd_destroy(api->httpd);
    while (!ovs_list_is_empty(&api->calls)) {
        struct call *call = CONTAINER_OF(ovs_list_front(&api->calls),
                                         struct call, node);
        struct httpd_request *request = call->request;

        call_release(call, 503);
        httpd_answer(request, 503, NULL, "", 0);
    }
    sync_waiter_destroy(api->waiter);
    auth_destroy(api->auth);
    free(api->prefix);
    free(api->client);
    free(api);
}

/* Classes of the flows of logical routers (flows.h). */
#ifndef WEFT_TRANSLATOR_FLOWS_ROUTER_H
#define WEFT_TRANSLATOR_FLOWS_ROUTER_H 1

#define ROUTER_FLOWS

#endif

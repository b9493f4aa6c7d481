/* Writing: every change goes out as one transaction, in which the changes'
 * preconditions are compared and, if the caller wants to wait, the sync token
 * is put. */
#ifndef WEFT_API_WRITE_H
#define WEFT_API_WRITE_H 1

struct call;

void write_create(struct call *call);   /* POST /v1/<table> */
void write_put(struct call *call);      /* PUT /v1/<table>/<id> */
void write_patch(struct call *call);    /* PATCH */
void write_delete(struct call *call);   /* DELETE */
void write_batch(struct call *call);    /* POST /v1/batch */

#endif

/* What the agent sends: records that intake requested again, then records that are not decided, in
 * order; GONE for records that the spool has lost; manifests whose records are all decided. */
#include "clock.h"
#include "event.h"
#include "sender_private.h"

#include <inttypes.h>
#include <string.h>

enum { BUDGET = 512, PROOF_US = 5000000, HOLD_MS = 2 };

int sender_say(struct sender *sender, enum wire_command command, const struct zsock_part *parts,
               size_t count)
{
    int err = link_send(sender->link, command, parts, count);

    if (!err)
        sender->session.spoke_at = clock_mono_us();
    return err;
}

static int ping(struct sender *sender)
{
    unsigned char now[8];
    struct zsock_part part = {now, sizeof now};

    wire_put_u64(now, (uint64_t)clock_wall_us());
    return sender_say(sender, WIRE_PING, &part, 1);
}

void sender_do_ping(const struct sender_input *in)
{
    ping(in->sender);
}

bool sender_want(struct sender *sender, uint64_t first, uint64_t last)
{
    struct session *session = &sender->session;

    if (session->wanted_count == SENDER_WANTED_MAX)
        return false;
    session->wanted[session->wanted_count++] = (struct ledger_range){first, last};
    return true;
}

/* The next sequence to send, or 0. *wanted: intake requested it again. */
static uint64_t next_seq(struct sender *sender, bool *wanted)
{
    struct session *session = &sender->session;

    *wanted = session->wanted_count > 0;
    if (*wanted)
        return session->wanted[0].first;
    session->at = ledger_next_open(spool_ledger(sender->spool), session->at);
    return session->at < spool_next(sender->spool) ? session->at : 0;
}

/* Moves past last: the sequences up to it are sent, or reported as gone. */
static void advance(struct session *session, bool wanted, uint64_t last)
{
    if (!wanted) {
        session->at = last + 1;
        return;
    }
    session->wanted[0].first = last + 1;
    if (session->wanted[0].first > session->wanted[0].last)
        memmove(session->wanted, session->wanted + 1,
                --session->wanted_count * sizeof session->wanted[0]);
}

static int send_events(struct sender *sender, enum wire_command command, uint64_t first,
                       const void *data, size_t size)
{
    unsigned char number[8];
    struct zsock_part parts[] = {
        {number, sizeof number}, {EVENT_CONTENT_TYPE, strlen(EVENT_CONTENT_TYPE)}, {data, size}};

    wire_put_u64(number, first);
    return sender_say(sender, command, parts, 3);
}

/* The last sequence of the hole that begins at seq, within the requested range. */
static uint64_t end_of_hole(struct sender *sender, bool wanted, uint64_t seq)
{
    uint64_t end = wanted ? sender->session.wanted[0].last : spool_next(sender->spool) - 1;
    const char *body;
    size_t size;

    if (seq >= spool_next(sender->spool))
        return end;
    while (seq < end && spool_read(sender->spool, seq + 1, &body, &size) != 0 &&
           seq + 1 < spool_next(sender->spool))
        seq++;
    return seq;
}

static int send_gone(struct sender *sender, bool wanted, uint64_t first)
{
    uint64_t last = end_of_hole(sender, wanted, first);
    unsigned char from[8], to[8];
    struct zsock_part parts[] = {{from, sizeof from}, {to, sizeof to}};
    int err;

    wire_put_u64(from, first);
    wire_put_u64(to, last);
    err = sender_say(sender, WIRE_GONE, parts, 2);
    if (err)
        return err;
    log_warn("gone", "first=%" PRIu64 " last=%" PRIu64, first, last);
    if (first < spool_next(sender->spool))
        spool_acknowledge(sender->spool, first,
                          last < spool_next(sender->spool) ? last : spool_next(sender->spool) - 1);
    advance(&sender->session, wanted, last);
    if (sender->options.missing_cb && first < spool_next(sender->spool))
        sender->options.missing_cb(sender->options.ctx, last);
    return 0;
}

/* seq + 1 if that record is to be sent next, else 0. */
static uint64_t following(struct sender *sender, bool wanted, uint64_t seq)
{
    if (wanted)
        return seq < sender->session.wanted[0].last ? seq + 1 : 0;
    seq++;
    return seq < spool_next(sender->spool) &&
                   ledger_next_open(spool_ledger(sender->spool), seq) == seq
               ? seq
               : 0;
}

/* Adds the records after seq, which is in the pack already, as far as credit and the pack allow.
 * *cost: of all records in it. */
static void gather(struct sender *sender, bool wanted, uint64_t seq, uint64_t *cost)
{
    struct session *session = &sender->session;
    const char *body;
    size_t size;

    if (session->minor < WIRE_MINOR_EVENTS)
        return;
    while ((seq = following(sender, wanted, seq)) != 0 &&
           spool_read(sender->spool, seq, &body, &size) == 0 &&
           session->used + *cost + size + WIRE_EVENT_OVERHEAD <= session->credit &&
           wire_pack_add(&sender->pack, body, size))
        *cost += size + WIRE_EVENT_OVERHEAD;
}

static int send_pack(struct sender *sender, uint64_t first)
{
    const struct wire_pack *pack = &sender->pack;
    struct wire_bodies bodies = {pack->data, pack->data + pack->size};
    const void *body;
    size_t size;

    if (pack->count > 1)
        return send_events(sender, WIRE_EVENTS, first, pack->data, pack->size);
    return wire_next_body(&bodies, &body, &size)
               ? send_events(sender, WIRE_EVENT, first, body, size)
               : ERR_STATE;
}

/* Notes that these records were sent. */
static int note_sent(struct sender *sender, bool wanted, uint64_t first, uint64_t last,
                     uint64_t cost)
{
    struct session *session = &sender->session;

    if (last > sender->known)
        sender->known = last;
    session->sent_at = clock_mono_us();
    if (session->unanswered == 0)
        session->answered_at = session->sent_at;
    for (uint64_t seq = first; wanted && seq <= last; seq++)
        spool_ask(sender->spool, seq);
    if (wanted && ledger_add(&session->asked, first, last) != 0)
        return ERR_NOMEM;
    session->used += cost;
    session->unanswered += last - first + 1;
    advance(session, wanted, last);
    return 0;
}

/* Sends one message: one record, or several consecutive ones. Returns how many; 0 after a GONE;
 * negative if nothing can be sent now. */
static int send_next(struct sender *sender)
{
    struct session *session = &sender->session;
    bool wanted;
    uint64_t seq = next_seq(sender, &wanted), cost;
    const char *body;
    size_t size;
    int count = 1, err;

    if (seq == 0)
        return ERR_ABSENT;
    if (spool_read(sender->spool, seq, &body, &size) != 0)
        return send_gone(sender, wanted, seq);
    cost = size + WIRE_EVENT_OVERHEAD;
    if (session->used + cost > session->credit && session->unanswered > 0)
        return ERR_STATE;
    sender->pack.count = sender->pack.size = 0;
    if (wire_pack_add(&sender->pack, body, size)) {
        gather(sender, wanted, seq, &cost);
        count = (int)sender->pack.count;
        err = send_pack(sender, seq);
    } else {
        err = send_events(sender, WIRE_EVENT, seq, body, size);
    }
    if (err)
        return ERR_STATE;
    err = note_sent(sender, wanted, seq, seq + (uint64_t)count - 1, cost);
    return err ? err : count;
}

/* A manifest is sent when intake has decided all its records; the PONG then confirms it. It carries
 * the stream digest of all records in the spool, so all of them must have been sent before. */
static void tell_manifests(struct sender *sender)
{
    struct session *session = &sender->session;
    uint64_t high = spool_ledger(sender->spool)->high;
    struct spool_digest covered = spool_digest(sender->spool);
    const struct spool_digest *told =
        session->minor >= WIRE_MINOR_ACCOUNT && covered.through > 0 ? &covered : NULL;
    char text[MANIFEST_MAX] = "";

    bool wanted;

    if (session->pong_due || next_seq(sender, &wanted) != 0)
        return;
    while (session->manifests_told < sender->manifests->count) {
        const struct manifest *manifest = &sender->manifests->item[session->manifests_told];
        struct zsock_part part = {text, (size_t)manifest_write(manifest, told, text)};

        if (manifest->last > high || sender_say(sender, WIRE_MANIFEST, &part, 1) != 0)
            break;
        session->manifests_told++;
        if (told)
            session->proof_until = clock_mono_us() + PROOF_US;
    }
    if (session->manifests_told > 0 && ping(sender) == 0)
        session->pong_due = true;
}

static void hold_cb(uv_timer_t *timer)
{
    sender_wake(timer->data);
}

/* While events are unanswered, a message that is not full is held for a moment: many small messages
 * cost both sides twice the work. Otherwise it is sent at once. */
static bool hold(struct sender *sender)
{
    const struct session *session = &sender->session;

    if (session->minor < WIRE_MINOR_EVENTS || session->unanswered == 0 ||
        session->wanted_count > 0 || session->at + WIRE_PACK_EVENTS <= spool_next(sender->spool) ||
        clock_mono_us() - session->sent_at >= HOLD_MS * 1000)
        return false;
    if (!uv_is_active((uv_handle_t *)&sender->hold))
        uv_timer_start(&sender->hold, hold_cb, HOLD_MS, 0);
    return true;
}

/* Sends as much as credit, the queue and the budget of one call allow, unless it is held. */
void sender_do_flow(const struct sender_input *in)
{
    struct sender *sender = in->sender;
    int left = BUDGET, sent = 0;

    if (hold(sender))
        return;
    for (; left > 0 && sent >= 0; left -= sent > 0 ? sent : 1)
        sent = send_next(sender);
    if (sender->manifests->count > 0)
        tell_manifests(sender);
    if (sent >= 0)
        sender_wake(sender); /* the budget is used up */
}

-- Deliveries of one queue that are unaccounted for → sent to that queue again, with the bytes of the event log.
--   psql "$DATABASE_URL" -v queue=syncer.bookings -f infra/send-again.sql
-- Wait until the queue is empty: what is merely late would be sent twice. A copy does no harm, for whoever has
-- settled an event recognises it by its id; it only costs time. A relay sends the rows within a second.
update deliveries d
set state = 'redelivery',
    due_at = now(),
    updated_at = now(),
    body = e.body,
    properties = jsonb_strip_nulls(jsonb_build_object(
        'message_id', e.id,
        'type', e.type,
        'correlation_id', e.correlation_id,
        'content_type', 'application/cloudevents+json'
    ))
from event_log e
where e.id = d.event_id
    and d.queue = :'queue'
    and d.state = 'waiting'
    and d.updated_at < now() - interval '5 minutes'
returning d.event_id, d.event_type, d.company_id;

-- What a service announced. Rows stay after they are published: a lost stream is rebuilt from them.
CREATE TABLE outbox (
    position        bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_pk PRIMARY KEY,
    event_id        uuid NOT NULL CONSTRAINT outbox_event_unique UNIQUE,
    aggregate_id    text NOT NULL,
    subject         text NOT NULL,
    -- json, not jsonb: what is published again must be the same bytes.
    headers         json NOT NULL,
    payload         json NOT NULL,
    created_at      timestamptz NOT NULL,
    published_at    timestamptz,
    stream_sequence bigint
);
CREATE INDEX outbox_waiting ON outbox (position) WHERE published_at IS NULL;

-- Which events a consumer dealt with, and how it decided.
CREATE TABLE inbox (
    consumer   text NOT NULL,
    event_id   uuid NOT NULL,
    decision   text NOT NULL,
    reason     text,
    decided_at timestamptz NOT NULL,
    CONSTRAINT inbox_pk PRIMARY KEY (consumer, event_id),
    CONSTRAINT inbox_decision CHECK (decision IN ('applied', 'duplicate', 'ignored'))
);

-- Rows are written in the order of time: a few pages of this index find the oldest.
CREATE INDEX inbox_age ON inbox USING brin (decided_at);

-- Calls to the outside, each asked for once: the effects ledger.
CREATE TABLE tasks (
    id              bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT tasks_pk PRIMARY KEY,
    kind            text NOT NULL,
    subject         text NOT NULL,
    idempotency_key text NOT NULL,
    request         json NOT NULL,
    traceparent     text NOT NULL,
    cause_event_id  uuid,
    status          text NOT NULL,
    attempts        integer NOT NULL DEFAULT 0,
    due_at          timestamptz NOT NULL,
    last_error      text,
    created_at      timestamptz NOT NULL,
    done_at         timestamptz,
    CONSTRAINT tasks_once UNIQUE (kind, subject),
    CONSTRAINT tasks_status CHECK (status IN ('waiting', 'done'))
);
CREATE INDEX tasks_due ON tasks (kind, due_at) WHERE status = 'waiting';

-- The answers to requests that carried an Idempotency-Key.
CREATE TABLE idempotency_keys (
    principal   uuid NOT NULL,
    route       text NOT NULL,
    key         text NOT NULL,
    fingerprint bytea NOT NULL,
    status      smallint NOT NULL,
    location    text,
    body        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_keys_pk PRIMARY KEY (principal, route, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Rows change within milliseconds of being written; statistics that lag cost plans.
ALTER TABLE outbox SET (autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.02, fillfactor = 80);
ALTER TABLE tasks SET (autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.02, fillfactor = 80);

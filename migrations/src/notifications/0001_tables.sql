-- Whom mail goes to: a projection of `user.*`, and the only place with addresses and names. After an erasure the id
-- stays, so that nothing which arrives late brings the person back.
CREATE TABLE recipients (
    user_id uuid        NOT NULL,
    email   text,
    name    text,
    erased  boolean     NOT NULL DEFAULT false,
    -- When the event was made that said so: of two, the later one counts.
    as_of   timestamptz NOT NULL,
    CONSTRAINT recipients_pk PRIMARY KEY (user_id),
    CONSTRAINT recipients_erased_have_nothing CHECK (erased = (email IS NULL) AND erased = (name IS NULL))
);

-- Whose order it is: the events of its payment do not say so.
CREATE TABLE order_customers (
    order_id    uuid NOT NULL,
    customer_id uuid NOT NULL,
    CONSTRAINT order_customers_pk PRIMARY KEY (order_id)
);

-- A person's inbox, or the one that the staff share (the nil UUID). Who adds a notification locks its row and takes the
-- next number, so that numbers become visible in their order: a stream of them can be resumed after any of them.
CREATE TABLE inboxes (
    inbox_id    uuid    NOT NULL,
    last_number bigint  NOT NULL DEFAULT 0,
    -- Nothing is ever put into it again.
    erased      boolean NOT NULL DEFAULT false,
    CONSTRAINT inboxes_pk PRIMARY KEY (inbox_id)
) WITH (fillfactor = 50);

-- Kept for ever: the key is what makes a notification happen once, whatever is replayed or announced again. Texts are
-- made when somebody reads.
CREATE TABLE notifications (
    id         uuid        NOT NULL,
    inbox_id   uuid        NOT NULL,
    number     bigint      NOT NULL,
    kind       text        NOT NULL,
    -- What it is about: an order's id as a rule.
    subject    text        NOT NULL,
    details    jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    read_at    timestamptz,
    CONSTRAINT notifications_pk PRIMARY KEY (id),
    CONSTRAINT notifications_once UNIQUE (subject, kind),
    CONSTRAINT notifications_in_order UNIQUE (inbox_id, number)
);
CREATE INDEX notifications_of_inbox ON notifications (inbox_id, id DESC);
CREATE INDEX notifications_unread ON notifications (inbox_id, id DESC) WHERE read_at IS NULL;

-- The mail of a notification, and what became of it.
CREATE TABLE mails (
    notification_id uuid        NOT NULL,
    status          text        NOT NULL,
    reason          text,
    -- How often the staff had it sent again.
    resends         integer     NOT NULL DEFAULT 0,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT mails_pk PRIMARY KEY (notification_id),
    CONSTRAINT mails_of_notification FOREIGN KEY (notification_id) REFERENCES notifications (id) ON DELETE CASCADE,
    CONSTRAINT mails_status_known CHECK (status IN ('waiting', 'sent', 'skipped', 'failed'))
) WITH (fillfactor = 80);
CREATE INDEX mails_by_status ON mails (status, notification_id DESC);

CREATE TABLE mail_attempts (
    id              bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    notification_id uuid        NOT NULL,
    outcome         text        NOT NULL,
    -- What the mail server said.
    detail          text,
    took_ms         integer     NOT NULL,
    at              timestamptz NOT NULL,
    CONSTRAINT mail_attempts_pk PRIMARY KEY (id),
    CONSTRAINT mail_attempts_of_mail FOREIGN KEY (notification_id) REFERENCES mails (notification_id) ON DELETE CASCADE,
    CONSTRAINT mail_attempts_outcome_known CHECK (outcome IN ('sent', 'refused', 'postponed'))
);
CREATE INDEX mail_attempts_of_mail ON mail_attempts (notification_id, id DESC);

-- Where third parties hear of the shop's events.
CREATE TABLE webhook_endpoints (
    id                    uuid        NOT NULL,
    url                   text        NOT NULL,
    description           text        NOT NULL,
    -- Subjects of events; none: all that there are.
    event_types           text[]      NOT NULL,
    secret                bytea       NOT NULL,
    -- Signs as well, until then: whoever checks signatures has that long to learn the new one.
    previous_secret       bytea,
    previous_secret_until timestamptz,
    disabled_at           timestamptz,
    disabled_reason       text,
    last_delivered_at     timestamptz,
    created_at            timestamptz NOT NULL,
    CONSTRAINT webhook_endpoints_pk PRIMARY KEY (id),
    CONSTRAINT webhook_endpoints_rotation CHECK ((previous_secret IS NULL) = (previous_secret_until IS NULL)),
    CONSTRAINT webhook_endpoints_disabled CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
    CONSTRAINT webhook_endpoints_reason_known CHECK (disabled_reason IN ('gone', 'failing'))
);

-- The events that somebody asked for, as they are sent.
CREATE TABLE webhook_messages (
    event_id   uuid        NOT NULL,
    type       text        NOT NULL,
    -- Names what happened: it is passed on once, under whatever event id it is announced again.
    fact       text        NOT NULL,
    body       text        NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT webhook_messages_pk PRIMARY KEY (event_id),
    CONSTRAINT webhook_messages_once UNIQUE (fact)
);
CREATE INDEX webhook_messages_age ON webhook_messages (created_at);

CREATE TABLE webhook_deliveries (
    endpoint_id uuid        NOT NULL,
    event_id    uuid        NOT NULL,
    status      text        NOT NULL,
    -- How often the staff had it sent again.
    resends     integer     NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT webhook_deliveries_pk PRIMARY KEY (endpoint_id, event_id),
    CONSTRAINT webhook_deliveries_to FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_of FOREIGN KEY (event_id) REFERENCES webhook_messages (event_id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_status_known CHECK (status IN ('waiting', 'delivered', 'failed', 'dropped'))
) WITH (fillfactor = 80);
CREATE INDEX webhook_deliveries_of_message ON webhook_deliveries (event_id);

CREATE TABLE webhook_attempts (
    id          uuid        NOT NULL,
    endpoint_id uuid        NOT NULL,
    event_id    uuid        NOT NULL,
    -- What was answered; nothing, if there was no answer.
    status      smallint,
    error       text,
    took_ms     integer     NOT NULL,
    at          timestamptz NOT NULL,
    CONSTRAINT webhook_attempts_pk PRIMARY KEY (id),
    CONSTRAINT webhook_attempts_of_delivery FOREIGN KEY (endpoint_id, event_id)
        REFERENCES webhook_deliveries (endpoint_id, event_id) ON DELETE CASCADE
);
CREATE INDEX webhook_attempts_of_endpoint ON webhook_attempts (endpoint_id, id DESC);
CREATE INDEX webhook_attempts_of_delivery ON webhook_attempts (event_id, endpoint_id);

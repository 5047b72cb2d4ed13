-- What the relay knows of its stream. A stream that is younger, shorter or has more gaps than this lost events.
CREATE TABLE relay_state (
    only_row          boolean NOT NULL DEFAULT true CONSTRAINT relay_state_pk PRIMARY KEY
                      CONSTRAINT relay_state_one_row CHECK (only_row),
    stream_created_at timestamptz,
    last_sequence     bigint NOT NULL,
    gaps              bigint NOT NULL DEFAULT 0
);
INSERT INTO relay_state (last_sequence) SELECT coalesce(max(stream_sequence), 0) FROM outbox;

-- Updated with every batch that is published.
ALTER TABLE relay_state SET (fillfactor = 10);

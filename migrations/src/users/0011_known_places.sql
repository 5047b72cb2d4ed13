-- Where the owner of an account signed in lately: guesses from elsewhere do not keep them out there. A place is a hash of the
-- account and the address, as in sign_in_attempts.
CREATE TABLE known_places (
    scope   bytea CONSTRAINT known_places_pk PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT known_places_user_fk REFERENCES users (id) ON DELETE CASCADE,
    until   timestamptz NOT NULL
);
CREATE INDEX known_places_of_user ON known_places (user_id);
CREATE INDEX known_places_age ON known_places (until);

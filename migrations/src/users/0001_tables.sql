CREATE TABLE users (
    id            uuid CONSTRAINT users_pk PRIMARY KEY,
    -- Lower case: two spellings of an address are one account.
    email         text NOT NULL CONSTRAINT users_email_unique UNIQUE,
    name          text NOT NULL,
    role          text NOT NULL,
    -- PHC string: it names its own parameters, so that they can change.
    password_hash text NOT NULL,
    blocked       boolean NOT NULL DEFAULT false,
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT users_email_lower CHECK (email = lower(email)),
    CONSTRAINT users_role CHECK (role IN ('customer', 'admin'))
);

-- One sign-in, and the family of its refresh tokens.
CREATE TABLE sessions (
    id         uuid CONSTRAINT sessions_pk PRIMARY KEY,
    user_id    uuid NOT NULL CONSTRAINT sessions_user_fk REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    -- When its newest tokens were issued.
    renewed_at timestamptz NOT NULL,
    ended_at   timestamptz,
    end_reason text,
    CONSTRAINT sessions_end CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_age ON sessions (renewed_at);

-- Used tokens stay until they expire: one that comes back was stolen.
CREATE TABLE refresh_tokens (
    -- SHA-256: who reads this table cannot sign in with it.
    hash       bytea CONSTRAINT refresh_tokens_pk PRIMARY KEY,
    session_id uuid NOT NULL CONSTRAINT refresh_tokens_session_fk REFERENCES sessions (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT refresh_tokens_hash CHECK (octet_length(hash) = 32)
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_age ON refresh_tokens (expires_at);

-- Guesses, by a hash of what they aim at: there is no address to be read here.
CREATE TABLE sign_in_attempts (
    scope    bytea CONSTRAINT sign_in_attempts_pk PRIMARY KEY,
    attempts integer NOT NULL,
    since    timestamptz NOT NULL
);
CREATE INDEX sign_in_attempts_age ON sign_in_attempts (since);

CREATE TABLE signing_keys (
    kid        text CONSTRAINT signing_keys_pk PRIMARY KEY,
    -- Private: only the user service's role can read this schema.
    pkcs8      bytea NOT NULL,
    created_at timestamptz NOT NULL,
    -- A retired key signs no more; its public half is published until its last token has expired.
    retired_at timestamptz
);
CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys ((true)) WHERE retired_at IS NULL;

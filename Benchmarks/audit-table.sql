-- What a table of accesses costs: one row, one commit, for each.
CREATE TABLE access (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    entry text NOT NULL,
    detail bytea NOT NULL
);

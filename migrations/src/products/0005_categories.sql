-- What the staff calls a category, and what it stands below. Products may name categories that nobody has named here: they stand at
-- the top, under their own slug.
CREATE TABLE categories (
    slug    text CONSTRAINT categories_pk PRIMARY KEY,
    parent  text,
    name_ko text NOT NULL,
    name_en text NOT NULL,
    CONSTRAINT categories_parent_known FOREIGN KEY (parent) REFERENCES categories (slug),
    CONSTRAINT categories_not_below_itself CHECK (parent <> slug)
);
CREATE INDEX categories_below ON categories (parent);

-- How long runs took and what they had around them.
ALTER TABLE runs ADD COLUMN seconds REAL;
ALTER TABLE runs ADD COLUMN environment TEXT NOT NULL DEFAULT 'null'; -- core::run::Environment, of runs on this machine

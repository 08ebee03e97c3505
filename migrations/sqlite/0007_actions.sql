-- What is done about figures (JSON of `domain::action::Action` without its steps). A row never
-- changes once it is registered.
CREATE TABLE actions (
    id TEXT PRIMARY KEY,
    registered_ms BIGINT NOT NULL,
    facts TEXT NOT NULL
);

-- What became of an action (JSON of `domain::action::Step`), numbered from 0. Rows are added only.
CREATE TABLE action_steps (
    action TEXT NOT NULL REFERENCES actions (id),
    number BIGINT NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (action, number)
);

CREATE TRIGGER actions_are_not_updated BEFORE UPDATE ON actions
BEGIN
    SELECT RAISE(ABORT, 'an action is never altered');
END;
CREATE TRIGGER actions_are_not_deleted BEFORE DELETE ON actions
BEGIN
    SELECT RAISE(ABORT, 'an action is never altered');
END;
CREATE TRIGGER action_steps_are_not_updated BEFORE UPDATE ON action_steps
BEGIN
    SELECT RAISE(ABORT, 'the timeline of an action is never altered');
END;
CREATE TRIGGER action_steps_are_not_deleted BEFORE DELETE ON action_steps
BEGIN
    SELECT RAISE(ABORT, 'the timeline of an action is never altered');
END;
-- INSERT OR REPLACE would delete a row without a trigger for it.
CREATE TRIGGER actions_are_not_replaced BEFORE INSERT ON actions
WHEN EXISTS (SELECT 1 FROM actions WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'an action is never altered');
END;
CREATE TRIGGER action_steps_are_not_replaced BEFORE INSERT ON action_steps
WHEN EXISTS (SELECT 1 FROM action_steps WHERE action = NEW.action AND number = NEW.number)
BEGIN
    SELECT RAISE(ABORT, 'the timeline of an action is never altered');
END;

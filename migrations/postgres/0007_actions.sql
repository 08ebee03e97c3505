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

CREATE TRIGGER actions_are_not_altered BEFORE UPDATE OR DELETE ON actions
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER actions_are_not_emptied BEFORE TRUNCATE ON actions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER action_steps_are_not_altered BEFORE UPDATE OR DELETE ON action_steps
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter();
CREATE TRIGGER action_steps_are_not_emptied BEFORE TRUNCATE ON action_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter();

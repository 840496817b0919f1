-- When it is worth trying again after a failure (the provider's Retry-After), as a moment: a page that is opened later
-- counts down to the same one. What runs while a database is upgraded gets the estimate of its prompt from its reservation.
ALTER TABLE message ADD COLUMN retry_ms INTEGER;
ALTER TABLE turn ADD COLUMN retry_ms INTEGER;
UPDATE turn SET input_tokens = (SELECT input_tokens FROM reservation WHERE reservation.id = turn.id) WHERE state = 'running';

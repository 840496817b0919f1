-- Removing a user's last row looked through everybody's turns: most of a second without any other write at 200,000 of them.
CREATE INDEX turn_user ON turn(user_id);

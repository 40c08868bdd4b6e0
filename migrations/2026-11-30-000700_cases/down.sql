DROP TABLE case_moves;
DROP TABLE case_events;
DROP TABLE cases;

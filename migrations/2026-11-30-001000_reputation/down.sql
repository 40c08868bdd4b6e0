DROP TABLE credit_turns, credit_months, credit_records, ratings_to_publish, rating_publications,
  rating_replies, ratings;
